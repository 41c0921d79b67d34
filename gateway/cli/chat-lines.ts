import type { z } from 'zod'
import type { chatLineShape } from '../http/chat-line.ts'
import { print, printable } from './output.ts'

export type ChatLine = z.infer<typeof chatLineShape>

/** Prints each message of the other side once, however often the stream tells it. */
export class ChatLines {
  readonly #seen = new Set<string>()

  /** Takes a message as known without printing it. */
  skip(line: ChatLine): void {
    this.#seen.add(line.id)
  }

  /** Whether it was printed now. */
  show(line: ChatLine): boolean {
    if (line.role === 'user' || this.#seen.has(line.id)) return false
    this.#seen.add(line.id)
    if (line.text !== '') print(printable(line.text))
    for (const { name, url } of line.attachments) print(`[${printable(name)}: ${url}]`)
    line.buttons.flat().forEach(({ label }, index) => {
      print(`  /${index + 1} ${printable(label)}`)
    })
    return true
  }
}
