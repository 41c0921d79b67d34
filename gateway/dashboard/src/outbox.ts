import type { Message, OutgoingMessage } from './api.ts'
import { ApiError, UnreachableError } from './api-call.ts'
import { randomId } from './random-id.ts'

/** A message on its way to the gateway. */
export type OutboxEntry = {
  readonly key: string
  readonly chatId: string
  readonly text: string
  readonly files: readonly File[]
  /** Epoch ms, by the reader's clock. */
  readonly at: number
  readonly state: 'sending' | 'failed'
  /** Why it was not sent, with the remedy; empty while sending. */
  readonly reason: string
  /** The stream has already shown it, so it is stored although the answer to the request is missing. */
  readonly isSeen: boolean
}

type Send = (chatId: string, message: OutgoingMessage) => Promise<Message>
type Kept = Pick<OutboxEntry, 'key' | 'chatId' | 'text' | 'at'>

const maxTries = 5
const firstWaitMs = 800
const storageKey = 'jackdaw.unsent'
const maxStored = 50

/**
 * Messages the gateway has not confirmed yet, over all chats. An entry keeps its idempotency key over every retry,
 * leaves only when it is confirmed or discarded, and (without its files) survives a reload of the page.
 * Messages leave in the order they were written; urgent ones (`/stop`) overtake.
 */
export class Outbox {
  readonly #send: Send
  readonly #storage: Storage | null
  readonly #changed = new Set<() => void>()
  readonly #sent = new Set<(chatId: string, message: Message) => void>()
  #entries: readonly OutboxEntry[]
  #queue: Promise<void> = Promise.resolve()

  constructor(send: Send, storage: Storage | null) {
    this.#send = send
    this.#storage = storage
    this.#entries = readKept(storage).map((kept) => ({
      ...kept,
      files: [],
      state: 'failed',
      reason: 'The page was closed before this was sent.',
      isSeen: false,
    }))
  }

  /** The entries, oldest first; the same array until something changes. */
  readonly entries = (): readonly OutboxEntry[] => this.#entries

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#changed.add(onChange)
    return () => this.#changed.delete(onChange)
  }

  /** Calls back with every confirmed message; returns what ends that. */
  onSent(listener: (chatId: string, message: Message) => void): () => void {
    this.#sent.add(listener)
    return () => this.#sent.delete(listener)
  }

  add(chatId: string, text: string, files: readonly File[], isUrgent = false): void {
    const entry: OutboxEntry = {
      key: randomId(),
      chatId,
      text,
      files,
      at: Date.now(),
      state: 'sending',
      reason: '',
      isSeen: false,
    }
    this.#set([...this.#entries, entry])
    this.#start(entry, isUrgent)
  }

  /** Tries a failed entry again, under the same key. */
  retry(key: string): void {
    const entry = this.#entries.find((known) => known.key === key && known.state === 'failed')
    if (!entry) return
    this.#change(key, { state: 'sending', reason: '' })
    this.#start(entry, false)
  }

  discard(key: string): void {
    this.#set(this.#entries.filter((entry) => entry.key !== key))
  }

  clear(): void {
    this.#set([])
  }

  /** Takes note of a person's message that the stream brought, in case it is one of ours. */
  see(chatId: string, text: string): void {
    const match = this.#entries.find(
      (entry) =>
        entry.chatId === chatId &&
        entry.state === 'sending' &&
        !entry.isSeen &&
        entry.text.trim() === text.trim(),
    )
    if (match) this.#change(match.key, { isSeen: true })
  }

  #start(entry: OutboxEntry, isUrgent: boolean): void {
    if (isUrgent) void this.#deliver(entry)
    else this.#queue = this.#queue.then(() => this.#deliver(entry))
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    let attempt = 0
    while (this.#has(entry.key)) {
      // Tries without a network do not count: the next one waits for the network.
      if (navigator.onLine) attempt++
      try {
        const attachments = await Promise.all(entry.files.map(readFile))
        const message = await this.#send(entry.chatId, {
          text: entry.text,
          attachments,
          idempotencyKey: entry.key,
        })
        for (const listener of this.#sent) listener(entry.chatId, message)
        this.discard(entry.key)
        return
      } catch (error) {
        if (attempt >= maxTries || !isTransient(error)) {
          this.#change(entry.key, { state: 'failed', reason: formatReason(error), isSeen: false })
          return
        }
        await waitToRetry(firstWaitMs * 2 ** Math.max(attempt - 1, 0))
      }
    }
  }

  #has(key: string): boolean {
    return this.#entries.some((entry) => entry.key === key)
  }

  #change(key: string, change: Partial<OutboxEntry>): void {
    this.#set(this.#entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)))
  }

  #set(entries: readonly OutboxEntry[]): void {
    this.#entries = entries
    writeKept(this.#storage, entries)
    for (const onChange of this.#changed) onChange()
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return true
  return error instanceof ApiError && (error.status >= 500 || error.status === 429)
}

function formatReason(error: unknown): string {
  if (error instanceof UnreachableError) return 'The gateway cannot be reached.'
  if (!(error instanceof ApiError)) return 'A file could not be read. Attach it again.'
  if (error.status === 401) return 'You were signed out meanwhile.'
  if (error.status === 413) return 'The gateway takes no message this large.'
  return error.message
}

/** Resolves after `ms`; without a network, once the browser says that it is back. */
async function waitToRetry(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (navigator.onLine) setTimeout(resolve, ms)
    else addEventListener('online', () => resolve(), { once: true })
  })
}

async function readFile(file: File): Promise<OutgoingMessage['attachments'][number]> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
  return {
    name: file.name,
    mime: file.type || 'application/octet-stream',
    data: url.slice(url.indexOf(',') + 1),
  }
}

function readKept(storage: Storage | null): readonly Kept[] {
  try {
    return JSON.parse(storage?.getItem(storageKey) ?? '[]') as Kept[]
  } catch {
    return []
  }
}

function writeKept(storage: Storage | null, entries: readonly OutboxEntry[]): void {
  const kept: readonly Kept[] = entries
    .filter((entry) => entry.files.length === 0)
    .slice(-maxStored)
    .map(({ key, chatId, text, at }) => ({ key, chatId, text, at }))
  try {
    if (kept.length === 0) storage?.removeItem(storageKey)
    else storage?.setItem(storageKey, JSON.stringify(kept))
  } catch {
    // The storage is full. An old list would bring back what was sent since, so none is better.
    storage?.removeItem(storageKey)
  }
}
