import type { CoreEvent, Events } from '../../core/events.ts'
import type { Address } from '../../core/model.ts'
import { progressLine } from '../../core/progress-sentences.ts'
import type { Store } from '../../core/store/store.ts'
import type { StreamClient } from './event-streams.ts'

/** How far back a new reader is told, so that nothing falls between reading a chat and following it. */
const overlap = 20
const maxReadersPerChat = 20
const maxWaiting = 1000
/** The shapes of the API take 9 MB, and nobody may look at the page for days. */
const loadFormat = () => import('./chat-line.ts')

/**
 * The live side of the page's chats. What readers are told about messages and runs is read from the store, one thing
 * after another, so that an older state never overtakes a newer one.
 */
export class Chats {
  readonly #store: Store
  readonly #events: Events
  readonly #readers = new Map<string, Set<StreamClient>>()
  readonly #end: () => void
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor({ store, events }: { readonly store: Store; readonly events: Events }) {
    this.#store = store
    this.#events = events
    this.#end = events.subscribe((event) => this.#hear(event))
  }

  /** Tells `client` the newest messages, then everything new, until it has gone. */
  async follow(account: string, chat: string, client: StreamClient): Promise<void> {
    const key = keyOf({ account, chat })
    const readers = this.#readers.get(key) ?? new Set()
    const [oldest] = readers
    // A page that was left open and lost its connection reads on with a new one.
    if (readers.size >= maxReadersPerChat) oldest?.close()
    readers.add(client)
    this.#readers.set(key, readers)
    client.signal.addEventListener('abort', () => this.#leave(key, client), { once: true })
    this.#inTurn(async () => {
      const { items } = await this.#store.views.chat(account, chat, { limit: overlap })
      const { formatChatLine } = await loadFormat()
      for (const line of items) client.send({ event: 'message', data: formatChatLine(line) })
    })
    await this.#tail
  }

  close(): void {
    this.#end()
  }

  #leave(key: string, client: StreamClient): void {
    const readers = this.#readers.get(key)
    readers?.delete(client)
    if (readers?.size === 0) this.#readers.delete(key)
  }

  #hear(event: CoreEvent): void {
    if (this.#readers.size === 0) return
    if (!('address' in event) || event.address === undefined) return
    const key = keyOf(event.address)
    if (!this.#readers.has(key)) return
    switch (event.type) {
      case 'message.received':
        this.#tellLine(key, event.messageId)
        break
      case 'delivery.changed':
        if (event.state === 'sent') this.#tellLine(key, event.deliveryId)
        break
      case 'run.changed':
        if (event.event === 'run.started') this.#tellQuestion(key, event.address, event.runId)
        this.#inTurn(async () => this.#tell(key, 'run', { run: event.runId, state: event.state }))
        break
      case 'run.live':
        this.#tell(key, 'text', {
          run: event.runId,
          text: event.text,
          steps: event.steps.map((step) => progressLine(step, undefined, (title) => title)),
        })
        break
      case 'typing':
        this.#tell(key, 'typing', { run: event.runId, on: event.isOn })
    }
  }

  #tellLine(key: string, id: string): void {
    this.#inTurn(async () => {
      const line = await this.#store.views.chatLine(id)
      if (line === undefined) return
      const { formatChatLine } = await loadFormat()
      this.#tell(key, 'message', formatChatLine(line))
    })
  }

  /** A run starts once its attachments are there: now the messages it answers can show them. */
  #tellQuestion(key: string, { account, chat }: Address, runId: string): void {
    this.#inTurn(async () => {
      const { items } = await this.#store.views.chat(account, chat, { limit: overlap })
      const { formatChatLine } = await loadFormat()
      for (const line of items) {
        if (line.runId !== runId || line.attachments.length === 0) continue
        this.#tell(key, 'message', formatChatLine(line))
      }
    })
  }

  #tell(key: string, event: string, data: unknown): void {
    for (const reader of this.#readers.get(key) ?? []) reader.send({ event, data })
  }

  #inTurn(step: () => Promise<void>): void {
    if (this.#waiting >= maxWaiting) {
      // The store is far behind: the readers come back and read everything anew.
      for (const readers of this.#readers.values()) for (const reader of readers) reader.close()
      return
    }
    this.#waiting++
    this.#tail = this.#tail
      .then(step)
      .catch((error: unknown) => {
        this.#events.emit({ type: 'fault', where: 'chat stream', error })
      })
      .finally(() => {
        this.#waiting--
      })
  }
}

function keyOf({ account, chat }: { readonly account: string; readonly chat: string }): string {
  return `${account}\n${chat}`
}
