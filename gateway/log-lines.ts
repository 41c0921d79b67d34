import { symbols } from 'pino'

/** pino's number for `warn`. */
const warn = 40
const maxPending = 64 * 1024

/**
 * Gathers the lines of one turn of the event loop, because writing one costs more than wording it. A warning and
 * anything worse is written at once, with all that was said before it, and so is everything when the process exits.
 */
export class LogLines {
  /** Makes pino tell the level of each line. */
  readonly [symbols.needsMetadataGsym] = true
  lastLevel = 0
  readonly #write: (lines: string) => void
  #pending = ''
  #turn: NodeJS.Immediate | undefined

  /** `write` takes whole lines, each with its end, and must not throw. */
  constructor(write: (lines: string) => void) {
    this.#write = write
    process.on('exit', this.flush)
  }

  write(line: string): void {
    this.#pending += line
    if (this.lastLevel >= warn || this.#pending.length > maxPending) this.flush()
    else this.#turn ??= setImmediate(this.flush)
  }

  readonly flush = (): void => {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const lines = this.#pending
    this.#pending = ''
    if (lines !== '') this.#write(lines)
  }

  close(): void {
    this.flush()
    process.off('exit', this.flush)
  }
}
