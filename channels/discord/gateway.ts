import type { Clock } from '../../core/clock.ts'
import { ChannelError } from '../../core/errors.ts'
import type { DiscordApi } from './api.ts'
import { toChannelError } from './failures.ts'
import { type GatewayInfo, readGateway } from './payload.ts'
import { Shard, type ShardOptions } from './shard.ts'
import type { Timing } from './timing.ts'

/**
 * Guilds, their messages and reactions, direct messages and their reactions, and the content of messages, which must
 * be switched on in the developer portal. https://discord.com/developers/docs/events/gateway#gateway-intents
 */
const intents = (1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15)

export type GatewayOptions = {
  readonly api: DiscordApi
  readonly token: string
  readonly clock: Clock
  readonly timing: Timing
  readonly room: ShardOptions['room']
  readonly take: ShardOptions['take']
  readonly onUp: (shard: number) => void
  readonly onDown: (shard: number, sentence: string) => void
  readonly onAlive: () => void
}

/** A used-up budget of session starts is looked at again after at most this long. */
const maxBudgetWaitMs = 600_000

/** The bot's connections to the gateway: as many as Discord wants, within the session starts it grants. */
export class Gateway {
  readonly #options: GatewayOptions
  #info: GatewayInfo | undefined
  #identifying: Promise<void> = Promise.resolve()
  #identifiedAt = Number.NEGATIVE_INFINITY

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** Asks where to connect and how often the bot may; returns the number of shards. Throws `ChannelError`. */
  async prepare(signal: AbortSignal): Promise<number> {
    const info = await this.#ask(signal)
    const exhausted = describeExhausted(info)
    if (exhausted !== undefined) throw new ChannelError('no-session-starts', exhausted)
    return Math.max(1, info.shards ?? 1)
  }

  /** Keeps all connections until `signal` aborts. Throws the fatal `ChannelError` of any, after ending the others. */
  async run(count: number, signal: AbortSignal): Promise<void> {
    const { onUp, onDown, ...common } = this.#options
    const stop = new AbortController()
    const either = AbortSignal.any([signal, stop.signal])
    const runs = Array.from({ length: count }, async (_, id) => {
      const shard = new Shard({
        ...common,
        id,
        count,
        intents,
        findUrl: async (abort) => (await this.#ask(abort)).url,
        mayIdentify: (abort) => this.#mayIdentify(id, abort),
        onUp: () => onUp(id),
        onDown: (sentence) => onDown(id, sentence),
      })
      try {
        await shard.run(either)
      } finally {
        stop.abort()
      }
    })
    const results = await Promise.allSettled(runs)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #ask(signal: AbortSignal): Promise<GatewayInfo> {
    const { api, timing } = this.#options
    const options = { signal, timeoutMs: timing.answerMs }
    try {
      const info = await api.get('/gateway/bot', readGateway, options)
      if (!URL.canParse(info.url)) {
        throw new ChannelError('nonsense', `Discord names "${info.url}" as its gateway.`)
      }
      this.#info = info
      return info
    } catch (error) {
      throw toChannelError(error)
    }
  }

  /** One after the other, with the pause that Discord wants between two. */
  #mayIdentify(shard: number, signal: AbortSignal): Promise<void> {
    const turn = this.#identifying.then(() => this.#waitForBudget(shard, signal))
    this.#identifying = turn
    return turn
  }

  async #waitForBudget(shard: number, signal: AbortSignal): Promise<void> {
    const { clock, timing, onDown } = this.#options
    const together = Math.max(1, this.#info?.session_start_limit?.max_concurrency ?? 1)
    const readyAt = this.#identifiedAt + timing.identifyMs / together
    if (readyAt > clock.now()) await clock.sleep(readyAt - clock.now(), signal)
    while (!signal.aborted) {
      const exhausted = this.#info && describeExhausted(this.#info)
      if (exhausted === undefined) break
      onDown(shard, exhausted)
      const resetMs = this.#info?.session_start_limit?.reset_after ?? maxBudgetWaitMs
      await clock.sleep(Math.min(Math.max(resetMs, 1_000), maxBudgetWaitMs), signal)
      // Unknown is not enough: Discord resets the token of a bot that goes over the limit.
      await this.#ask(signal).catch(() => undefined)
    }
    if (signal.aborted) return
    this.#identifiedAt = clock.now()
    this.#spend()
  }

  #spend(): void {
    const limit = this.#info?.session_start_limit
    if (!this.#info || limit?.remaining === undefined) return
    const remaining = Math.max(0, limit.remaining - 1)
    this.#info = { ...this.#info, session_start_limit: { ...limit, remaining } }
  }
}

/** A sentence when so few session starts are left that they must be kept; `undefined` while there are enough. */
function describeExhausted({ session_start_limit: limit }: GatewayInfo): string | undefined {
  const { remaining, total = 1000, reset_after = 0 } = limit ?? {}
  if (remaining === undefined || remaining > Math.min(50, Math.floor(total / 20))) return undefined
  const minutes = Math.max(1, Math.ceil(reset_after / 60_000))
  return `Only ${remaining} of ${total} session starts of this bot are left: waiting up to ${minutes} minutes instead of using them up, because Discord then resets the token. Something restarts it too often.`
}
