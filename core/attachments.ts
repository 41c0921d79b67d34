import type { Readable } from 'node:stream'
import { describeMissing, formatSize } from './attachment-line.ts'
import type { Clock } from './clock.ts'
import { DeliveryError, GatewayError, StoreError, TooLargeError } from './errors.ts'
import type { Events } from './events.ts'
import { safeFileName } from './file-names.ts'
import type { InboundAttachment, StoredFile } from './model.ts'
import type { BlobStore, ChannelAdapter } from './ports.ts'
import { sniffFile } from './sniff.ts'
import type { AttachmentStore, PendingAttachment } from './store/attachments.ts'
import { type Transcriber, transcribe } from './transcription.ts'

const maxAtOnce = 4
const maxAttempts = 3
const timeoutMs = 60_000
/** A run waits for its files for about a minute, so all attempts must fit into that. */
const backoffMs: readonly number[] = [2_000, 8_000]
const maxRetryAfterMs = 60_000
/** How many waiting rows are looked at; rows of a channel that is down may fill part of it. */
const maxLooked = 500
/** Only a safety net: whoever makes a row or starts a channel calls `wake`. */
const idleMs = 15_000

type Delay = { readonly attempts: number; readonly notBefore: number }

type Parts = {
  readonly store: Pick<AttachmentStore, 'pending' | 'stored' | 'unavailable'>
  readonly blobs: Pick<BlobStore, 'put' | 'path'>
  /** Undefined while the channel cannot fetch: its files wait. */
  readonly channels: (name: string) => ChannelAdapter | undefined
  readonly clock: Clock
  readonly events: Events
  readonly maxBytes: () => number
  /** Turns a voice message into text; undefined where nothing is configured for it. */
  readonly transcriber?: () => Transcriber | undefined
  /** Called after a file was stored or given up: a run may have become due. */
  readonly onStored?: () => void
}

/**
 * Fetches the files of messages in the background, a few at a time. Every pending row ends as `stored` or, with a
 * line the agent can read, as `unavailable`; while its channel is down it stays pending. Attempts are counted in
 * memory: a restart starts again, which costs a download and loses nothing.
 */
export class AttachmentFetcher {
  readonly #parts: Parts
  readonly #underWay = new Map<string, Promise<void>>()
  /** Settled since the rows were last read, which may still list them. */
  readonly #justSettled = new Set<string>()
  readonly #delayed = new Map<string, Delay>()
  #isWoken = false
  #sleep: AbortController | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Looks for work now, instead of at the next turn. */
  wake(): void {
    this.#isWoken = true
    this.#sleep?.abort()
  }

  /** Works until `signal` aborts; what is under way then is given up and stays pending. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false
      const waitMs = await this.#startDue(signal)
      await this.#rest(waitMs, signal)
    }
    await Promise.all(this.#underWay.values())
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken) return
    this.#sleep = new AbortController()
    await this.#parts.clock.sleep(ms, AbortSignal.any([signal, this.#sleep.signal]))
    this.#sleep = undefined
  }

  /** Starts what can be started. Returns how long nothing else is due. */
  async #startDue(signal: AbortSignal): Promise<number> {
    const { clock, channels, store } = this.#parts
    if (this.#underWay.size >= maxAtOnce) return idleMs
    let pending: readonly PendingAttachment[]
    this.#justSettled.clear()
    try {
      pending = await store.pending(maxLooked)
    } catch (error) {
      this.#reportFault(error)
      return idleMs
    }
    this.#forgetGone(pending)
    let waitMs = idleMs
    for (const row of pending) {
      if (this.#underWay.size >= maxAtOnce || signal.aborted) break
      if (this.#underWay.has(row.id) || this.#justSettled.has(row.id)) continue
      const dueInMs = (this.#delayed.get(row.id)?.notBefore ?? 0) - clock.now()
      const adapter = channels(row.address.channel)
      if (dueInMs > 0) waitMs = Math.min(waitMs, dueInMs)
      else if (adapter) this.#start(row, adapter, signal)
    }
    return waitMs
  }

  #forgetGone(pending: readonly PendingAttachment[]): void {
    const ids = new Set(pending.map(({ id }) => id))
    for (const id of this.#delayed.keys()) if (!ids.has(id)) this.#delayed.delete(id)
  }

  #start(row: PendingAttachment, adapter: ChannelAdapter, signal: AbortSignal): void {
    const work = this.#settle(row, adapter, signal).finally(() => {
      this.#underWay.delete(row.id)
      this.#justSettled.add(row.id)
      this.wake()
    })
    this.#underWay.set(row.id, work)
  }

  async #settle(
    row: PendingAttachment,
    adapter: ChannelAdapter,
    signal: AbortSignal,
  ): Promise<void> {
    const { attachment } = row
    const maxBytes = Math.min(this.#parts.maxBytes(), adapter.capabilities.maxDownloadBytes)
    try {
      if ((attachment.size ?? 0) > maxBytes) throw new TooLargeError(maxBytes)
      const file = await this.#fetch(attachment, adapter, maxBytes, signal)
      const transcript =
        attachment.kind === 'voice' ? await transcribe(file, this.#parts, signal) : undefined
      await this.#parts.store.stored(row.id, file, this.#parts.clock.now(), transcript)
      this.#parts.onStored?.()
    } catch (error) {
      if (!signal.aborted) await this.#failed(row, error)
    }
  }

  async #fetch(
    attachment: InboundAttachment,
    adapter: ChannelAdapter,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<StoredFile> {
    const finished = new AbortController()
    const expired = new AbortController()
    const either = AbortSignal.any([signal, expired.signal])
    const timer = this.#parts.clock
      .sleep(timeoutMs, AbortSignal.any([signal, finished.signal]))
      .then(() => expired.abort())
    try {
      const stream = await untilAborted(adapter.fetch(attachment, either), either)
      const blob = await this.#parts.blobs.put(stream, maxBytes, either)
      const { mime, extension } = await sniffFile(blob.path, attachment.mime)
      const name = safeFileName(attachment.name, attachment.kind, extension)
      return { sha256: blob.sha256, name, mime, size: blob.size }
    } catch (error) {
      if (!expired.signal.aborted) throw error
      throw new DeliveryError('retry', `The file did not arrive within ${timeoutMs} ms.`, {
        cause: error,
      })
    } finally {
      finished.abort()
      await timer
    }
  }

  async #failed(row: PendingAttachment, error: unknown): Promise<void> {
    const { clock, store } = this.#parts
    const attempts = (this.#delayed.get(row.id)?.attempts ?? 0) + 1
    const wanted = error instanceof DeliveryError ? error.retryAfterMs : undefined
    const waitMs = Math.min(wanted ?? backoffMs[attempts - 1] ?? idleMs, maxRetryAfterMs)
    // Also when it is given up now: should that fail to be recorded, the row comes round again, but not at once.
    this.#delayed.set(row.id, { attempts, notBefore: clock.now() + waitMs })
    if (error instanceof StoreError) this.#reportFault(error)
    if (isWorthRepeating(error) && attempts < maxAttempts) return
    if (!(error instanceof GatewayError)) this.#reportFault(error)
    try {
      await store.unavailable(row.id, describe(row.attachment, error), clock.now())
      this.#parts.onStored?.()
    } catch (storeError) {
      this.#reportFault(storeError)
    }
  }

  #reportFault(error: unknown): void {
    this.#parts.events.emit({ type: 'fault', where: 'attachments', error })
  }
}

/** What is not classified broke on the way (a reset connection, a full disk) and may pass. */
function isWorthRepeating(error: unknown): boolean {
  if (error instanceof TooLargeError) return false
  if (!(error instanceof DeliveryError)) return true
  return error.failure === 'retry' || error.failure === 'uncertain'
}

function describe(attachment: InboundAttachment, error: unknown): string {
  if (error instanceof TooLargeError) {
    // Platforms claim sizes that are missing or wrong; then only the limit is known.
    const isKnown = attachment.size !== undefined && attachment.size > error.maxBytes
    const size = isKnown ? formatSize(attachment.size) : `over ${formatSize(error.maxBytes)}`
    return describeMissing(attachment, size, 'too large')
  }
  const reason = error instanceof StoreError ? 'could not be stored' : 'could not be fetched'
  return describeMissing(attachment, undefined, reason)
}

/** For adapters that do not listen: gives up waiting on abort, and closes a stream that comes too late. */
async function untilAborted(opening: Promise<Readable>, signal: AbortSignal): Promise<Readable> {
  const aborted = Promise.withResolvers<never>()
  const giveUp = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([opening, aborted.promise])
  } catch (error) {
    opening.then((stream) => stream.destroy()).catch(() => undefined)
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
