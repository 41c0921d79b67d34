import type { Address } from '../../core/model.ts'
import type { CallOptions, DiscordApi } from './api.ts'
import type { Directory } from './directory.ts'
import { codes, Refusal } from './failures.ts'

const maxKept = 500
const maxName = 100
/** Discord archives a thread after a day without messages; writing in it opens it again. */
const archiveMinutes = 1440

/**
 * Opens the threads that mentions ask for, when the first answer goes there: a thread that starts from a message has
 * the message's id, so its address is known before it exists.
 */
export class Threads {
  /** Words of messages that may open a thread, to name it by. */
  readonly #names = new Map<string, string>()
  readonly #opened = new Set<string>()

  /** Notes what a message said that a thread is to start from. */
  note(messageId: string, text: string): void {
    this.#names.set(messageId, text)
    dropOldest(this.#names)
  }

  /** Makes sure that the thread of an address exists. Throws `Refusal` or `NetworkFailure`. */
  async open(
    api: DiscordApi,
    { chat, thread }: Address,
    directory: Directory | undefined,
    options: CallOptions,
  ): Promise<void> {
    if (thread === undefined || this.#opened.has(thread) || directory?.channel(thread)) return
    const path = `/channels/${chat}/messages/${thread}/threads`
    const body = { name: nameFor(this.#names.get(thread)), auto_archive_duration: archiveMinutes }
    try {
      await api.call({ method: 'POST', path, body }, options)
    } catch (error) {
      // There already, or a thread that no message started: the send will say what is wrong, if anything.
      const isThere =
        error instanceof Refusal &&
        (error.code === codes.threadExists || error.code === codes.unknownMessage)
      if (!isThere) throw error
    }
    this.#names.delete(thread)
    this.#opened.add(thread)
    dropOldest(this.#opened)
  }
}

function nameFor(text: string | undefined): string {
  const line = (text ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  if (line === '') return 'Conversation'
  const characters = [...line]
  if (characters.length <= maxName) return line
  return `${characters.slice(0, maxName - 1).join('')}…`
}

function dropOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= maxKept) return
  for (const oldest of kept.keys()) {
    kept.delete(oldest)
    return
  }
}
