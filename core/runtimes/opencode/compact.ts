/**
 * Invariant: shortening ends by what the server has stored, as a turn does. The call that begins it may break off or
 * outlast its time limit; the session is asked until it is idle and has a new summary.
 */
import type { AssistantMessage } from '@opencode-ai/sdk/v2/client'
import type { Clock } from '../../clock.ts'
import { DetachedError, RuntimeError } from '../../errors.ts'
import type { RuntimeEvent } from '../../runtime-port.ts'
import type { OpenCodeClient } from './client.ts'
import { classifyTurn, isPassing } from './failure.ts'
import type { OpenCodeLink } from './link.ts'
import { type FollowLimits, Patience } from './patience.ts'
import type { OpenCodeServer } from './server.ts'
import { settle } from './settle.ts'
import { usageOf } from './usage-of.ts'
import type { ModelRef } from './wire.ts'

type Parts = {
  readonly link: OpenCodeLink
  readonly server: OpenCodeServer
  readonly clock: Clock
  readonly limits: FollowLimits
}

const nothing: RuntimeEvent = { type: 'done', reply: { text: '', format: 'plain' } }

/** Has the server shorten a session, with `model` or else with the one that answered there last. */
export async function* compactSession(
  parts: Parts,
  sessionId: string,
  model: ModelRef | undefined,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const client = await parts.link.client(signal)
  const before = await answersOf(client, sessionId, signal)
  const using = model ?? before.at(-1)
  // Nothing was answered there yet, so there is nothing to shorten.
  if (!using) return yield nothing
  const known = new Set(before.map(({ id }) => id))
  const { providerID, modelID } = using
  const call = new Call(client.summarize(sessionId, { providerID, modelID }, signal))
  let isOver = false
  try {
    const summary = await follow(parts, sessionId, known, call, signal)
    if (!summary) return
    isOver = true
    if (summary.error) throw client.safe(classifyTurn(summary.error, false))
    const usage = usageOf(summary)
    if (usage) yield { type: 'usage', usage: { ...usage, isLast: true } }
    yield nothing
  } finally {
    const isDetached = signal.reason instanceof DetachedError && !parts.server.isOwn
    if (!isOver && !isDetached) await settle(parts, sessionId)
  }
}

/** What became of the call that begins it. */
class Call {
  isAnswered = false
  refusal: RuntimeError | undefined
  readonly ended: Promise<void>

  constructor(work: Promise<void>) {
    this.ended = work.then(
      () => {
        this.isAnswered = true
      },
      (error: unknown) => {
        if (error instanceof RuntimeError) this.refusal = error
      },
    )
  }
}

/** Resolves with the new summary, and with nothing once `signal` aborts. */
async function follow(
  { link, clock, limits }: Parts,
  sessionId: string,
  known: ReadonlySet<string>,
  call: Call,
  signal: AbortSignal,
): Promise<AssistantMessage | undefined> {
  const patience = new Patience(clock, limits)
  let isFirst = true
  while (!signal.aborted) {
    const pause = clock.sleep(limits.pollMs, signal)
    await (isFirst ? Promise.race([call.ended, pause]) : pause)
    isFirst = !(call.isAnswered || call.refusal) && isFirst
    if (signal.aborted) return undefined
    try {
      const client = await link.client(signal)
      const isBusy = (await client.status(sessionId, signal)) !== 'idle'
      patience.seen(isBusy)
      if (isBusy) continue
      const answers = await answersOf(client, sessionId, signal)
      const summary = answers.find(({ id, summary }) => summary === true && !known.has(id))
      if (summary && (summary.error || summary.time.completed !== undefined)) return summary
    } catch (error) {
      if (signal.aborted) return undefined
      if (!isPassing(error)) throw error
      link.forget()
      patience.away(error)
      continue
    }
    if (call.refusal && !isPassing(call.refusal)) throw call.refusal
    patience.idle(call.isAnswered, call.refusal)
  }
  return undefined
}

async function answersOf(client: OpenCodeClient, sessionId: string, signal: AbortSignal) {
  const messages = await client.messagesSince(sessionId, 0, signal)
  return messages.flatMap(({ info }) => (info.role === 'assistant' ? [info] : []))
}
