import type { SpoolClient } from '../spool/client.ts'
import type { SpoolAccount, SpoolAccountState, SpoolPage } from '../spool/protocol.ts'
import type { FrameSource, SourceOptions, Take } from './source.ts'

export type SpoolSourceOptions = SourceOptions & {
  /** Also taken by post, under this name and with this secret. */
  readonly webhook?: SpoolAccount['webhook']
  /** Finds the spool or starts it; asked again whenever it is lost. */
  readonly open: (signal: AbortSignal) => Promise<SpoolClient>
  readonly waitMs?: number
}

const maxFrames = 200
const acknowledgeMs = 2_000
const unconnectedMs = 100
const backoff = { firstMs: 250, maxMs: 5_000 }

/**
 * Receives from the spool. A frame is acknowledged after it is stored, so one that was stored by a gateway which died
 * in between comes again, and the store knows it by its id.
 */
export class SpoolSource implements FrameSource {
  readonly #options: SpoolSourceOptions
  #failures = 0
  #told = ''

  constructor(options: SpoolSourceOptions) {
    this.#options = options
  }

  async run(take: Take, signal: AbortSignal): Promise<void> {
    const { clock, open, account, url, webhook } = this.#options
    while (!signal.aborted) {
      try {
        const spool = await open(signal)
        const wanted = { account, url, ...(webhook ? { webhook } : {}) }
        await spool.setAccounts([wanted], false, signal)
        await this.#follow(spool, take, signal)
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        this.#tell('retrying', `The spool cannot be reached: ${reason}`)
        await clock.sleep(this.#pause(), signal)
      }
    }
  }

  /** Pulls and stores until the spool is lost or `signal` aborts. */
  async #follow(spool: SpoolClient, take: Take, signal: AbortSignal): Promise<void> {
    const { account, waitMs = 25_000 } = this.#options
    let after = 0
    // The first answer says how things are; the others come when there is something to say.
    let wait = 0
    while (!signal.aborted) {
      const page = await spool.pull({ account, after, limit: maxFrames, waitMs: wait }, signal)
      this.#heed(page.account)
      const last = page.frames.at(-1)
      if (last && (await this.#store(page, take, signal))) {
        after = last.id
        // Also when it is time to stop: what is stored need not come again.
        await spool.acknowledge(account, after, AbortSignal.timeout(acknowledgeMs))
      }
      this.#failures = 0
      // It may have connected between two questions, and then only says so when asked.
      wait = page.account?.state === 'up' ? waitMs : Math.min(waitMs, unconnectedMs)
    }
  }

  /** Offers the frames until they are taken; false when it was told to stop before. */
  async #store({ frames }: SpoolPage, take: Take, signal: AbortSignal): Promise<boolean> {
    while (true) {
      try {
        await take(frames.map(({ frame }) => frame))
        return true
      } catch {
        // Core has told whoever runs the gateway why. The spool keeps them, and nothing behind them is offered first.
        if (signal.aborted) return false
        this.#tell('retrying', 'Messages could not be stored; the spool keeps them.')
        await this.#options.clock.sleep(this.#pause(), signal)
        if (signal.aborted) return false
      }
    }
  }

  #heed(state: SpoolAccountState | null): void {
    if (!state) return
    if (state.state === 'up') {
      this.#options.alive()
      const lost = `The spool was full and has lost ${state.dropped} messages.`
      this.#tell('up', state.dropped > 0 ? lost : undefined)
    } else this.#tell('retrying', state.detail ?? 'Receiving is interrupted.')
  }

  #pause(): number {
    const pause = backoff.firstMs * 2 ** Math.min(this.#failures, 16)
    this.#failures += 1
    return Math.min(pause, backoff.maxMs)
  }

  #tell(state: 'up' | 'retrying', detail?: string): void {
    const told = `${state} ${detail ?? ''}`
    if (told === this.#told) return
    this.#told = told
    this.#options.report(state, detail)
  }
}
