import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { AttachmentFetcher } from '../../core/attachments.ts'
import { type CoreEvent, Events } from '../../core/events.ts'
import type { InboundAttachment, StoredFile } from '../../core/model.ts'
import type { ChannelAdapter } from '../../core/ports.ts'
import type { PendingAttachment } from '../../core/store/attachments.ts'
import type { Transcriber } from '../../core/transcription.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import { ManualClock } from './manual-clock.ts'

type Fetch = ChannelAdapter['fetch']

/** The rows of files, in memory: what a store keeps of them, and nothing else. */
class Rows {
  readonly waiting = new Map<string, PendingAttachment>()
  readonly ended = new Map<string, StoredFile | string>()
  readonly transcripts = new Map<string, string>()
  looks = 0
  failure: Error | undefined

  add(id: string, attachment: Partial<InboundAttachment> = {}, channel = 'chat'): void {
    this.waiting.set(id, {
      id,
      address: { channel, account: `${channel}:1`, chat: 'c1' },
      attachment: { ref: id, kind: 'photo', ...attachment },
    })
  }

  async pending(limit: number): Promise<readonly PendingAttachment[]> {
    this.looks++
    if (this.failure) throw this.failure
    const rows = [...this.waiting.values()].slice(0, limit)
    await turnOfTheLoop()
    return rows
  }

  async stored(id: string, file: StoredFile, _now: number, transcript?: string): Promise<void> {
    if (transcript !== undefined) this.transcripts.set(id, transcript)
    this.#end(id, file)
  }

  async unavailable(id: string, reason: string): Promise<void> {
    this.#end(id, reason)
  }

  #end(id: string, outcome: StoredFile | string): void {
    if (this.failure) throw this.failure
    assert.ok(this.waiting.delete(id), `${id} ends once`)
    this.ended.set(id, outcome)
  }
}

/** A channel that can do nothing but fetch. */
export function fetchingAdapter(fetch: Fetch, maxDownloadBytes = 1_000_000): ChannelAdapter {
  return {
    name: 'chat',
    type: 'chat',
    capabilities: {
      maxTextLength: 100,
      maxUploadBytes: 0,
      maxDownloadBytes,
      canEdit: false,
      hasButtons: false,
      hasReactions: false,
      hasReplies: false,
      typingMs: 0,
      reportsDeletions: false,
    },
    render: () => ({ chunks: [] }),
    start: async () => ({ account: 'chat:1', title: 'chat' }),
    send: async () => ({ id: '1' }),
    fetch,
    pause: async () => undefined,
    stop: async () => undefined,
  }
}

/** A fetcher with real files, whose only channel fetches like this. `start` runs it until the test ends. */
export async function setUpFetcher(
  t: TestContext,
  fetch: Fetch,
  maxBytes = 1_000_000,
  transcriber?: Transcriber,
) {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-attachments-'))
  const rows = new Rows()
  const blobs = await DiskBlobStore.open(dir)
  const clock = new ManualClock()
  const events = new Events()
  const seen: CoreEvent[] = []
  events.subscribe((event) => seen.push(event))
  const adapters = new Map([['chat', fetchingAdapter(fetch)]])
  let told = 0
  const fetcher = new AttachmentFetcher({
    store: rows,
    blobs,
    channels: (name) => adapters.get(name),
    clock,
    events,
    maxBytes: () => maxBytes,
    onStored: () => told++,
    transcriber: () => transcriber,
  })
  const stop = new AbortController()
  const start = () => {
    const running = fetcher.run(stop.signal)
    t.after(async () => {
      stop.abort()
      await running
      await rm(dir, { recursive: true, force: true })
    })
    return running
  }
  return { dir, rows, blobs, clock, seen, adapters, fetcher, stop, start, told: () => told }
}

/** Files are real, so their ends are waited for; time stands still meanwhile. */
export async function until(isTrue: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!isTrue()) {
    assert.ok(performance.now() < giveUpAt, 'it must come true')
    await turnOfTheLoop()
  }
}

/** A stream of one text. */
export const text = (content: string) => Readable.from([content], { objectMode: false })
