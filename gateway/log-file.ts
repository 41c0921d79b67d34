import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024
const keptFiles = 3

/**
 * A log file of bounded size: beyond 10 MB it becomes `<file>.1`, and the three newest are kept. Writing is
 * synchronous, so that the last words of a crash are there, and never throws: a full disk must not stop the gateway.
 */
export class LogFile {
  readonly #path: string
  readonly #maxBytes: number
  #fd: number | undefined
  #size = 0

  constructor(path: string, limit = maxBytes) {
    this.#path = path
    this.#maxBytes = limit
  }

  write(line: string): void {
    try {
      this.#fd ??= this.#open()
      this.#size += writeSync(this.#fd, line)
      if (this.#size > this.#maxBytes) this.#rotate()
    } catch {
      // Opened again with the next line, when there may be room; the terminal has this one.
      this.close()
    }
  }

  /** The next write opens it again. */
  close(): void {
    if (this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    closeSync(fd)
  }

  #open(): number {
    const fd = openSync(this.#path, 'a', 0o600)
    this.#size = fstatSync(fd).size
    return fd
  }

  #rotate(): void {
    this.close()
    rmSync(`${this.#path}.${keptFiles}`, { force: true })
    for (let number = keptFiles - 1; number >= 0; number--) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`
      renameIfThere(from, `${this.#path}.${number + 1}`)
    }
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
