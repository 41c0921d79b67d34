import type { Clock } from './clock.ts'
import type { Owners } from './owners.ts'
import type { QuestionWording } from './question-wording.ts'
import type { ApprovalStore } from './store/approvals.ts'

const maxPlaced = 100

type Parts = {
  readonly approvals: Pick<ApprovalStore, 'unplaced' | 'place'>
  readonly owners: Pick<Owners, 'chat'>
  readonly wording: QuestionWording
  readonly clock: Clock
  readonly onDeliveries: () => void
}

/** Puts what runs without a chat ask to an owner, once there is one. */
export class UnplacedQuestions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Returns whether some still wait for an owner. */
  async place(): Promise<boolean> {
    const { approvals, owners, wording, clock, onDeliveries } = this.#parts
    const waiting = await approvals.unplaced(maxPlaced)
    if (waiting.length === 0) return false
    const owner = await owners.chat('')
    if (!owner) return true
    for (const { id, request } of waiting) {
      const message = await wording.forOwner(owner, request)
      const commit = approvals.place(id, owner.chat, message, clock.now())
      onDeliveries()
      await commit
    }
    return waiting.length === maxPlaced
  }
}
