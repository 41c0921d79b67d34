import type { Clock } from '../../../core/clock.ts'
import { SocketSource } from '../receive/socket.ts'
import type { SpoolAccount, SpoolAccountState } from './protocol.ts'
import type { SpoolStore } from './store.ts'

export type ListenerOptions = {
  readonly account: SpoolAccount
  readonly store: SpoolStore
  readonly clock: Clock
  /** Says something on stderr. */
  readonly say: (line: string) => void
  /** Something came, or the state is another. */
  readonly onChange: () => void
}

/** Listens for one account until it is closed, and keeps what comes. */
export class Listener {
  readonly account: SpoolAccount
  readonly #options: ListenerOptions
  readonly #stop = new AbortController()
  readonly #receiving: Promise<void>
  #state: 'up' | 'retrying' = 'retrying'
  #detail: string | null = 'not connected yet'
  #aliveAt: number | null = null
  #received = 0
  #repeated = 0

  constructor(options: ListenerOptions) {
    const { account, clock } = options
    this.account = account
    this.#options = options
    const source = new SocketSource({
      url: account.url,
      account: account.account,
      clock,
      report: (state, detail) => this.#report(state === 'up' ? 'up' : 'retrying', detail ?? null),
      alive: () => this.#live(),
    })
    this.#receiving = source.run(async (frames) => this.keep(frames), this.#stop.signal)
  }

  /** Stores frames before it returns; throws when none of them is stored. */
  keep(frames: readonly unknown[]): void {
    const { store, clock, onChange } = this.#options
    const bodies = frames.filter(isWorthKeeping).map((frame) => JSON.stringify(frame))
    this.#live()
    if (bodies.length === 0) return
    const added = store.add(this.account.account, bodies, clock.now())
    this.#received += added
    this.#repeated += bodies.length - added
    if (added > 0) onChange()
  }

  health(dropped: number): SpoolAccountState {
    const { account, url } = this.account
    return {
      account,
      url,
      state: this.#state,
      detail: this.#detail,
      aliveAt: this.#aliveAt,
      ...this.#options.store.waiting(account),
      received: this.#received,
      repeated: this.#repeated,
      dropped,
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#receiving
  }

  #live(): void {
    this.#aliveAt = this.#options.clock.now()
  }

  #report(state: 'up' | 'retrying', detail: string | null): void {
    this.#state = state
    this.#detail = detail
    this.#options.say(`${this.account.account}: ${detail ?? 'receiving'}`)
    this.#options.onChange()
  }
}

/** A frame has an envelope. That somebody types is of no use later, and comes too often to be written to a disk. */
function isWorthKeeping(frame: unknown): boolean {
  if (typeof frame !== 'object' || frame === null || !('envelope' in frame)) return false
  const { envelope } = frame
  return !(typeof envelope === 'object' && envelope !== null && 'typingMessage' in envelope)
}
