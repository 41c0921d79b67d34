import type { Clock } from '../../core/clock.ts'
import { ChannelError } from '../../core/errors.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import { Actions } from './actions.ts'
import { DiscordApi } from './api.ts'
import { type BackfillLimits, defaultBackfill } from './backfill.ts'
import { toChannelError } from './failures.ts'
import { Gateway } from './gateway.ts'
import { type Bot, Receiver } from './receiver.ts'
import { Sender } from './sender.ts'
import { Threads } from './threads.ts'
import type { Timing } from './timing.ts'

export type SessionOptions = {
  readonly name: string
  readonly token: string
  readonly apiRoot: string
  readonly clock: Clock
  readonly autoThread: boolean
  readonly backfill?: Partial<BackfillLimits>
  readonly timing: Timing
}

/** Everything that is there from a start to the next stop: the REST connections, the gateway, and what it feeds. */
export class Session {
  readonly receiver: Receiver
  readonly sender: Sender
  readonly actions: Actions
  readonly #api: DiscordApi
  readonly #gateway: Gateway
  readonly #host: ChannelHost
  readonly #abort = new AbortController()
  /** Rejects when the session fails before it is open. */
  readonly #failed = Promise.withResolvers<never>()
  #shards = 1
  #receiving: Promise<void> = Promise.resolve()
  #bot: Bot | undefined

  constructor(options: SessionOptions, host: ChannelHost) {
    const { name, token, apiRoot, clock, autoThread, timing } = options
    const threads = new Threads()
    this.#host = host
    const api = new DiscordApi({ token, apiRoot, clock, connectTimeoutMs: timing.connectMs })
    this.#api = api
    this.receiver = new Receiver({
      name,
      host: { ...passOn(host), receive: (events) => receiveNaming(host, threads, events) },
      api,
      autoThread,
      backfill: { ...defaultBackfill, ...options.backfill },
      shards: () => this.#shards,
      clock,
      timing,
    })
    const directory = () => this.receiver.directory
    this.sender = new Sender({ api, directory, threads, autoThread, clock, timing })
    this.actions = new Actions({ api, clock, timing })
    const { health, intake } = this.receiver
    this.#gateway = new Gateway({
      api,
      token,
      clock,
      timing,
      room: (signal) => intake.room(signal),
      take: (dispatch) => this.receiver.take(dispatch),
      onUp: (shard) => health.set(shard),
      onDown: (shard, sentence) => {
        health.set(shard, sentence)
        this.#failed.reject(new ChannelError('unreachable', sentence))
      },
      onAlive: () => host.alive(),
    })
    // Whoever opens the session hears of it; afterwards nobody listens.
    this.#failed.promise.catch(() => undefined)
  }

  /** Who the bot is, once the session is open. */
  get bot(): Bot | undefined {
    return this.#bot
  }

  /** Connects; resolves when the gateway has let the bot in. Throws `ChannelError`. */
  async open(signal: AbortSignal): Promise<Bot> {
    const cancel = () => this.#abort.abort()
    if (signal.aborted) cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      this.#shards = await this.#gateway.prepare(this.#abort.signal)
      this.#receiving = this.#run()
      this.#bot = await Promise.race([this.receiver.ready, this.#failed.promise])
      return this.#bot
    } catch (error) {
      await this.close()
      throw toChannelError(error)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /** Stops receiving; calls go on. */
  async pause(): Promise<void> {
    this.#abort.abort()
    await this.#receiving
    await this.receiver.stop()
  }

  async close(): Promise<void> {
    await this.pause()
    await this.#api.destroy()
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    try {
      await this.#gateway.run(this.#shards, signal)
    } catch (error) {
      const failure = toChannelError(error)
      this.#failed.reject(failure)
      if (this.#bot && !signal.aborted) this.#host.report('failed', failure.message)
      return
    }
    this.#failed.reject(new ChannelError('stopped', 'The channel was stopped while it connected.'))
  }
}

function passOn(host: ChannelHost): Omit<ChannelHost, 'receive'> {
  return {
    report: (state, detail) => host.report(state, detail),
    alive: () => host.alive(),
    places: (account, limit) => host.places(account, limit),
    notice: (key, text) => host.notice(key, text),
  }
}

/** A thread that an answer opens is named after the message it starts from. */
function receiveNaming(
  host: ChannelHost,
  threads: Threads,
  events: readonly InboundEvent[],
): Promise<void> {
  for (const event of events) {
    if (event.type !== 'message') continue
    const { id, address, text } = event.message
    if (address.thread === id) threads.note(id, text)
  }
  return host.receive(events)
}
