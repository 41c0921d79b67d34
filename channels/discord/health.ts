import type { ChannelHost } from '../../core/ports.ts'

/**
 * How the channel is, of everything that can be wrong at the same time: connections that are down, messages that
 * cannot be stored, a back-fill that Discord does not answer. Silent until `open`, because before that the start itself
 * says how it went.
 */
export class Health {
  readonly #report: ChannelHost['report']
  readonly #down = new Map<number | 'store' | 'back-fill', string>()
  readonly #notes = new Map<string, string>()
  #isOpen = false
  #last = ''

  constructor(report: ChannelHost['report']) {
    this.#report = report
  }

  open(): void {
    this.#isOpen = true
    this.#tell()
  }

  /** Notes what is wrong with one part; without a sentence it is well again. */
  set(part: number | 'store' | 'back-fill', sentence?: string): void {
    if (sentence === undefined) this.#down.delete(part)
    else this.#down.set(part, sentence)
    this.#tell()
  }

  /** What people should know while all works; replaces the note of the same key. */
  note(key: string, sentence: string | undefined): void {
    if (sentence === undefined) this.#notes.delete(key)
    else this.#notes.set(key, sentence)
    this.#tell()
  }

  #tell(): void {
    if (!this.#isOpen) return
    const [trouble] = this.#down.values()
    const detail = trouble ?? [...this.#notes.values()].join(' ')
    const state = trouble === undefined ? 'up' : 'retrying'
    if (this.#last === `${state} ${detail}`) return
    this.#last = `${state} ${detail}`
    this.#report(state, detail === '' ? undefined : detail)
  }
}
