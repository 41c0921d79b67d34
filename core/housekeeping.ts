import { describeMissing } from './attachment-line.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { BlobStore } from './ports.ts'
import type { Settings } from './settings.ts'
import type { AttachmentStore } from './store/attachments.ts'
import type { Upkeep } from './store/upkeep.ts'

const roundMs = 300_000
const pruneBatch = 500
const maxBatches = 200
const pauseMs = 50
const maxSweep = 1000
const expireBatch = 200
/** A file may be on its way into a row. */
const minFileAgeMs = 3_600_000

type Parts = {
  readonly upkeep: Upkeep
  readonly attachments: AttachmentStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
}

/** Keeps what grows within its bounds: the write-ahead log, finished work, files nobody refers to. */
export class Housekeeping {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop = this.#run(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#parts
    while (!signal.aborted) {
      await clock.sleep(roundMs, signal)
      if (signal.aborted) return
      try {
        await this.#prune(signal)
        await this.#sweepFiles()
        await this.#parts.upkeep.checkpoint()
      } catch (error) {
        events.emit({ type: 'fault', where: 'housekeeping', error })
      }
    }
  }

  async #prune(signal: AbortSignal): Promise<void> {
    const { upkeep, clock, settings } = this.#parts
    const { retentionMs } = settings()
    if (retentionMs === 0) return
    for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
      const gone = await upkeep.prune(clock.now() - retentionMs, pruneBatch)
      if (gone < pruneBatch) return
      await clock.sleep(pauseMs, signal)
    }
  }

  async #sweepFiles(): Promise<void> {
    const { attachments, blobs, clock, settings } = this.#parts
    const { retentionMs } = settings().media
    if (retentionMs === 0) return
    const olderThan = clock.now() - Math.max(minFileAgeMs, retentionMs)
    for (let batch = 0; batch < maxBatches; batch += 1) {
      const gone = await attachments.expire(olderThan, expireBatch, (attachment) =>
        describeMissing(attachment, undefined, 'no longer kept'),
      )
      if (gone < expireBatch) break
    }
    const isKept = (sha256: string) => attachments.isReferenced(sha256, olderThan)
    await blobs.sweep(isKept, olderThan, maxSweep)
  }
}
