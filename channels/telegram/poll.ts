import type { Clock } from '../../core/clock.ts'
import { ChannelError } from '../../core/errors.ts'
import type { ChannelHost } from '../../core/ports.ts'
import type { TelegramApi } from './api.ts'
import { Refusal, toChannelError } from './failures.ts'
import type { Timing } from './timing.ts'
import { allowedUpdates } from './update.ts'

export type PollOptions = {
  /** A connection used for polling alone, so that it can be thrown away after a failure. */
  readonly connect: () => TelegramApi
  readonly clock: Clock
  readonly timing: Timing
  readonly report: ChannelHost['report']
  readonly alive: ChannelHost['alive']
  /** Takes a batch as it came; resolves once it is stored, and only then is it confirmed. */
  readonly take: (updates: readonly unknown[]) => Promise<void>
}

const maxBatch = 100
/** Made once: an abort without a reason makes an error with a stack. */
const answered = new Error('The poll was answered.')

/**
 * Polls for updates and never loses one: a batch is confirmed by the poll after the one that brought it, and only
 * once it is stored. No offset is kept over a restart, because update ids may start anew; what the platform then
 * repeats is recognised by its id.
 */
export class Poller {
  readonly #options: PollOptions
  readonly #caughtUp = Promise.withResolvers<void>()
  #api: TelegramApi | undefined
  #offset: number | undefined
  #failures = 0
  /** After a failure one poll returns at once: it shows that the connection is back. */
  #isFirst = true

  constructor(options: PollOptions) {
    this.#options = options
  }

  /** Resolves once a poll has brought all that was pending. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise
  }

  /** Polls until `signal` aborts; resolves when the batch under way is stored. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const error = await this.#poll(signal)
      if (signal.aborted) break
      if (error) await clock.sleep(await this.#backOff(error, signal), signal)
    }
    await this.#disconnect()
  }

  async #poll(signal: AbortSignal): Promise<ChannelError | undefined> {
    const { alive, report, take } = this.#options
    try {
      const updates = await this.#fetch(signal)
      alive()
      if (updates.length > 0) {
        const next = nextOffset(updates)
        await take(updates).catch((cause) => {
          throw new ChannelError(
            'not-stored',
            'Messages could not be stored; Telegram keeps them.',
            { cause },
          )
        })
        this.#offset = next
      } else {
        // Everything is confirmed. Without an offset, ids that begin anew after a quiet week do no harm.
        this.#offset = undefined
      }
      if (updates.length < maxBatch) this.#caughtUp.resolve()
      if (this.#isFirst) report('up')
      this.#failures = 0
      this.#isFirst = false
      return undefined
    } catch (error) {
      return toChannelError(error)
    }
  }

  /** One poll. The deadline is for what socket timeouts miss: an answer that trickles, a connection half open. */
  async #fetch(signal: AbortSignal): Promise<readonly unknown[]> {
    const { clock, timing, connect } = this.#options
    const timeoutMs = this.#isFirst ? 0 : timing.pollMs
    const isOver = new AbortController()
    const end = new AbortController()
    const stop = () => end.abort(signal.reason)
    signal.addEventListener('abort', stop)
    const watchdog = clock.sleep(timing.watchdogMs, isOver.signal).then(() => {
      if (!isOver.signal.aborted) end.abort()
    })
    this.#api ??= connect()
    try {
      const parameters = {
        ...(this.#offset === undefined ? {} : { offset: this.#offset }),
        limit: maxBatch,
        timeout: Math.ceil(timeoutMs / 1000),
        allowed_updates: allowedUpdates,
      }
      const updates: unknown = await this.#api.call('getUpdates', parameters, {
        signal: end.signal,
        timeoutMs: timeoutMs + timing.answerMs,
      })
      if (!Array.isArray(updates)) throw new Error('The answer to getUpdates is no list.')
      return updates
    } finally {
      signal.removeEventListener('abort', stop)
      isOver.abort(answered)
      await watchdog
    }
  }

  /** Says what is wrong and how long to wait for it to pass. */
  async #backOff(error: ChannelError, signal: AbortSignal): Promise<number> {
    const { report, timing } = this.#options
    if (error.code === 'webhook-active') await this.#takeOver(signal)
    await this.#disconnect()
    this.#isFirst = true
    this.#failures += 1
    report(error.isFatal ? 'failed' : 'retrying', error.message)
    if (error.isFatal) return timing.fatalBackoffMs
    const first = error.code === 'conflict' ? timing.conflictBackoffMs : timing.minBackoffMs
    const pause = first * 2 ** Math.min(this.#failures - 1, 10) * (1 + Math.random() / 2)
    const { cause } = error
    const asked = cause instanceof Refusal ? (cause.retryAfterMs ?? 0) : 0
    return Math.max(Math.min(pause, timing.maxBackoffMs), asked)
  }

  /** Somebody set a webhook: polling needs it gone, and nothing that is pending may go with it. */
  async #takeOver(signal: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: this.#options.timing.answerMs }
    const done = this.#api?.call('deleteWebhook', { drop_pending_updates: false }, options)
    // Without success the next poll says the same again.
    await done?.catch(() => undefined)
  }

  async #disconnect(): Promise<void> {
    const api = this.#api
    this.#api = undefined
    await api?.destroy()
  }
}

/** Confirms everything in the batch. An id below zero would make the platform forget updates; it is none. */
function nextOffset(updates: readonly unknown[]): number {
  let last = -1
  for (const update of updates) {
    const id =
      typeof update === 'object' && update !== null && 'update_id' in update ? update.update_id : -1
    if (typeof id === 'number' && Number.isSafeInteger(id)) last = Math.max(last, id)
  }
  if (last < 0) throw new ChannelError('nonsense', 'Telegram sent updates without ids.')
  return last + 1
}
