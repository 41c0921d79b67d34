import { createWriteStream, type WriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'

const maxBytes = 1024 * 1024
const maxTail = 2_000

/** What a child writes, in a file of at most a megabyte beside the one before it, and the end of it in memory. */
export class ChildLog {
  readonly #path: string
  #file: WriteStream | undefined
  #bytes = 0
  #tail = ''

  constructor(path: string) {
    this.#path = path
  }

  /** The last lines. */
  get tail(): string {
    return this.#tail.trim()
  }

  /** Begins a file for a new child. */
  async open(): Promise<void> {
    this.#file?.end()
    this.#tail = ''
    this.#bytes = 0
    await rename(this.#path, `${this.#path}.1`).catch(() => undefined)
    this.#file = createWriteStream(this.#path, { mode: 0o600 })
    // A full disk costs the log, not the agent.
    this.#file.on('error', () => undefined)
  }

  write(chunk: Buffer): void {
    this.#tail = (this.#tail + chunk.toString()).slice(-maxTail)
    if (this.#bytes >= maxBytes) return
    this.#bytes += chunk.length
    this.#file?.write(chunk)
  }

  close(): void {
    this.#file?.end()
    this.#file = undefined
  }
}
