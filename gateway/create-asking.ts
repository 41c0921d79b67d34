import { AnswerPlanner } from '../core/answer-planner.ts'
import { Asking } from '../core/asking.ts'
import type { Channels } from '../core/channels.ts'
import type { Clock } from '../core/clock.ts'
import type { Events } from '../core/events.ts'
import type { Owners } from '../core/owners.ts'
import { QuestionWording } from '../core/question-wording.ts'
import { Questions } from '../core/questions.ts'
import type { Renderer } from '../core/renderer.ts'
import { RequestWording } from '../core/request-wording.ts'
import type { Settings } from '../core/settings.ts'
import type { Store } from '../core/store/store.ts'
import { UnplacedQuestions } from '../core/unplaced-questions.ts'

/** Puts together what asks people, for runs and for the gateway itself, and what takes their answers. */
export function createAsking(around: {
  readonly store: Store
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
  readonly channels: Channels
  readonly renderer: Renderer
  readonly owners: Owners
  readonly onDeliveries: () => void
}) {
  const { store, clock, events, settings, channels, renderer, owners } = around
  const capabilities = (channel: string) => channels.adapter(channel)?.capabilities
  const wording = new RequestWording({ renderer, capabilities })
  const { approvals, requests, access } = store
  const { onDeliveries } = around
  const placing = new QuestionWording({ access, owners, wording })
  const unplaced = new UnplacedQuestions({
    approvals,
    owners,
    wording: placing,
    clock,
    onDeliveries,
  })
  const asking: Asking = new Asking({
    approvals,
    wording: placing,
    clock,
    events,
    onAsked: () => questions.wake(),
    onDeliveries,
  })
  const answers = new AnswerPlanner({ requests, approvals, wording, clock, settings })
  const questions: Questions = new Questions({
    requests,
    access,
    owners,
    clock,
    events,
    capabilities,
    expireAsked: () => asking.expire(),
    placeAsked: () => unplaced.place(),
    onDeliveries,
  })
  return { asking, answers, questions }
}
