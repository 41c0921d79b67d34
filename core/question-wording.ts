import type { Address } from './model.ts'
import type { OwnerChat, Owners } from './owners.ts'
import type { RequestWording } from './request-wording.ts'
import type { RuntimeRequest } from './runtime-port.ts'
import { sentencesFor } from './sentences.ts'
import type { AccessStore } from './store/access.ts'
import type { RunQuestion } from './store/approvals.ts'
import type { ClaimedRun } from './store/runs.ts'

type Message = RunQuestion['message']

type Parts = {
  readonly access: Pick<AccessStore, 'language'>
  readonly owners: Pick<Owners, 'chat'>
  readonly wording: RequestWording
}

/** Decides where a run's question is put, and words it for the people there. */
export class QuestionWording {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** `place` is absent where it is the run's own chat, or where nobody can be asked yet. */
  async ofRun(
    run: ClaimedRun,
    request: RuntimeRequest,
  ): Promise<{ place: Address | undefined; message: Message }> {
    const { access, owners, wording } = this.#parts
    const { route, source } = run
    // Of planned work nobody in the chat knows that it is at work now.
    const isForOwner = !route || source === 'job' || source === 'heartbeat'
    const owner = isForOwner ? await owners.chat(route?.channel ?? '') : undefined
    if (owner) return { place: owner.chat, message: await this.forOwner(owner, request) }
    const author = run.messages.findLast(({ form }) => form === 'full')?.author
    const language = route && author ? await access.language(route.account, author.id) : undefined
    const words = sentencesFor(language)
    return {
      place: undefined,
      message: await wording.message(route?.channel ?? '', request, words),
    }
  }

  /** The question as it is put to an owner. */
  forOwner({ chat, language }: OwnerChat, request: RuntimeRequest): Promise<Message> {
    return this.#parts.wording.message(chat.channel, request, sentencesFor(language))
  }
}
