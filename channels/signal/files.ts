import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { SignalApi } from './api.ts'
import { Refusal, toDeliveryError } from './failures.ts'
import type { Timing } from './timing.ts'

/** More wait at the server for good; they are few in a minute. */
const maxWaiting = 200

/**
 * The files people sent. The server keeps them for ever, so what was read to its end is deleted there; a little later,
 * because the gateway may fail to store it and ask again.
 */
export class ReceivedFiles {
  readonly #api: SignalApi
  readonly #clock: Clock
  readonly #timing: Timing
  readonly #waiting = new Set<string>()

  constructor(api: SignalApi, clock: Clock, timing: Timing) {
    this.#api = api
    this.#clock = clock
    this.#timing = timing
  }

  /** Opens a file; `life` ends with the connection. Throws `DeliveryError`. */
  async open(id: string, signal: AbortSignal, life: AbortSignal): Promise<Readable> {
    const path = `/v1/attachments/${encodeURIComponent(id)}`
    try {
      const stream = await this.#api.open(path, { signal, timeoutMs: this.#timing.fileMs })
      stream.once('end', () => void this.#forget(path, life))
      return stream
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) {
        const message = 'signal-cli no longer has this file: it was not downloaded, or was deleted.'
        throw new DeliveryError('rejected', message, { code: 'no-file', cause: error })
      }
      throw toDeliveryError(error, this.#timing)
    }
  }

  /** Best effort: what stays costs space at the server. */
  async #forget(path: string, life: AbortSignal): Promise<void> {
    if (this.#waiting.has(path) || this.#waiting.size >= maxWaiting) return
    this.#waiting.add(path)
    const { keepFileMs, readMs } = this.#timing
    await this.#clock.sleep(keepFileMs, life)
    this.#waiting.delete(path)
    if (life.aborted) return
    const options = { signal: life, timeoutMs: readMs }
    await this.#api.call('DELETE', path, undefined, options).catch(() => undefined)
  }
}
