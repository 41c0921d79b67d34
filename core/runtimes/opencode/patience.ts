import type { Clock } from '../../clock.ts'
import type { RuntimeError } from '../../errors.ts'
import { lost } from '../lost.ts'

export type FollowLimits = {
  /** How often the server is asked while nothing is heard of it. */
  readonly pollMs: number
  /** How long a prompt may take to begin. */
  readonly startMs: number
  /** How long a turn without an end may stand idle: its server has died. */
  readonly idleMs: number
  /** How long a server may be away. */
  readonly awayMs: number
}

/** How long a turn is waited for while nothing can be known of it. */
export class Patience {
  readonly #clock: Clock
  readonly #limits: FollowLimits
  #openSince: number | undefined
  #awaySince: number | undefined

  constructor(clock: Clock, limits: FollowLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Something is amiss, and it is worth looking again soon. */
  get isTried(): boolean {
    return this.#openSince !== undefined || this.#awaySince !== undefined
  }

  /** The server answered, and the turn runs (`isBusy`) or stands idle. */
  seen(isBusy: boolean): void {
    this.#awaySince = undefined
    if (isBusy) this.#openSince = undefined
  }

  /** Throws once the server has been away for too long. */
  away(error: RuntimeError): void {
    this.#awaySince ??= this.#clock.now()
    if (this.#clock.now() - this.#awaySince < this.#limits.awayMs) return
    throw lost(`OpenCode has gone away in the middle of the turn. ${error.message}`)
  }

  /** Throws once an idle session has kept its turn without an end for too long; `refusal` if it never came there. */
  idle(hasBegun: boolean, refusal: RuntimeError | undefined): void {
    this.#openSince ??= this.#clock.now()
    const waited = this.#clock.now() - this.#openSince
    if (refusal && waited >= this.#limits.idleMs) throw refusal
    if (waited < (hasBegun ? this.#limits.idleMs : this.#limits.startMs)) return
    throw lost(
      hasBegun
        ? 'OpenCode was stopped in the middle of the turn.'
        : 'OpenCode took the prompt and did not begin with it.',
    )
  }
}
