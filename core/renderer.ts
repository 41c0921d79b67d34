import { Readable } from 'node:stream'
import type { Channels } from './channels.ts'
import type { Chunk, Reply } from './model.ts'
import type { BlobStore } from './ports.ts'

const maxOverflowBytes = 64 * 1024 * 1024

/** Turns replies into the rows that will be sent, with what is too long for a chat as a file. */
export class Renderer {
  readonly #channels: Channels
  readonly #blobs: BlobStore

  constructor(channels: Channels, blobs: BlobStore) {
    this.#channels = channels
    this.#blobs = blobs
  }

  /** Renders for a channel; one that is not configured any more gets the text as it is, for when it comes back. */
  async render(channel: string, reply: Reply): Promise<readonly Chunk[]> {
    const adapter = this.#channels.adapter(channel)
    if (!adapter)
      return [{ text: reply.text }, ...(reply.files ?? []).map((file) => ({ text: '', file }))]
    const { chunks, overflow } = await adapter.render(reply)
    if (!overflow) return chunks
    const stored = await this.#blobs.put(Readable.from([overflow.text]), maxOverflowBytes)
    const file = {
      sha256: stored.sha256,
      size: stored.size,
      name: overflow.name,
      mime: 'text/plain; charset=utf-8',
    }
    return [...chunks, { text: '', file }]
  }

  /**
   * An unfinished answer as one message: its beginning, with what is left open in its markup closed, and below it
   * `progress`, markdown of its own.
   */
  async preview(channel: string, text: string, progress: string): Promise<Chunk | undefined> {
    const adapter = this.#channels.adapter(channel)
    if (!adapter) return undefined
    const { default: remend } = await import('remend')
    const parts = [remend(text), progress].filter((part) => part !== '')
    const { chunks } = await adapter.render({ text: parts.join('\n\n'), format: 'markdown' })
    return chunks[0]
  }
}
