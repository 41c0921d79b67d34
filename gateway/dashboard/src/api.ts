// Every call the page makes, and the shapes that come back. The gateway validates what it receives and sanitises
// what it sends; the page trusts the shapes but not the content.

import { ApiError, call, read } from './api-call.ts'

export type RunState =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'superseded'

export type Attachment = {
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly url: string
}

export type PressButton = { readonly label: string; readonly data: string }

/** One line of a chat. `html` is the gateway's rendering of an agent's markdown; `state` is that of `run`. */
export type Message = {
  readonly id: string
  readonly role: 'user' | 'agent' | 'notice'
  readonly text: string
  readonly html: string | null
  /** ISO 8601. */
  readonly at: string
  readonly run: string | null
  readonly state: RunState | null
  readonly attachments: readonly Attachment[]
  readonly buttons: readonly (readonly PressButton[])[]
}

/** Messages oldest first; `next` goes into `before` for the page of older ones. */
export type MessagePage = { readonly items: readonly Message[]; readonly next: string | null }

export type ChatSummary = { readonly id: string; readonly title: string; readonly lastAt: string }

export type ChannelState = 'starting' | 'up' | 'retrying' | 'failed' | 'off'

export type ChannelStatus = {
  readonly state: ChannelState
  readonly since: string | null
  readonly detail: string | null
  /** Whether its account is linked with a phone. */
  readonly canLink?: boolean
}

export type Status = {
  readonly version: string
  readonly agent: {
    readonly name: string
    readonly runtime: string
    readonly detail: string | null
    /** What would make its answers better. */
    readonly hint?: string
  }
  readonly channels: Readonly<Record<string, ChannelStatus>>
  readonly queue: { readonly depth: number; readonly oldestMs: number | null }
}

export type OutgoingMessage = {
  readonly text: string
  readonly attachments: readonly {
    readonly name: string
    readonly mime: string
    /** Base64. */
    readonly data: string
  }[]
  /** The same over every retry, so that a repeat is recognised. */
  readonly idempotencyKey: string
}

/** What the stream of a chat tells. `onClose` comes once, after which the stream is dead. */
export type StreamEvents = {
  readonly onOpen: () => void
  readonly onMessage: (message: Message) => void
  readonly onRun: (event: { readonly run: string; readonly state: RunState }) => void
  readonly onText: (event: {
    readonly run: string
    readonly text: string
    readonly steps: readonly string[]
  }) => void
  readonly onTyping: (event: { readonly run: string; readonly on: boolean }) => void
  readonly onClose: () => void
}

/** Exchanges a token or one-time code for a session cookie. */
export async function login(proof: { token: string } | { code: string }): Promise<void> {
  await call('POST', 'login', proof)
}

/** Ends the session. */
export async function logout(): Promise<void> {
  await call('POST', 'logout')
}

export async function fetchStatus(): Promise<Status> {
  return await read<Status>('status')
}

/** Begins to link a channel with a phone: a picture to scan. */
export async function linkChannel(name: string): Promise<string> {
  const response = await call('POST', `channels/${encodeURIComponent(name)}/link`)
  return ((await response.json()) as { svg: string }).svg
}

export async function fetchChats(): Promise<readonly ChatSummary[]> {
  return (await read<{ items: readonly ChatSummary[] }>('chats')).items
}

/** The newest messages of a chat, or those before a cursor. A chat nobody has written in yet is empty. */
export async function fetchMessages(
  chatId: string,
  before: string | null,
  signal: AbortSignal,
): Promise<MessagePage> {
  const query = before === null ? 'limit=50' : `before=${encodeURIComponent(before)}&limit=50`
  try {
    return await read<MessagePage>(`${chatPath(chatId)}/messages?${query}`, signal)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { items: [], next: null }
    throw error
  }
}

/** Hands a message over; once this resolves the gateway has stored it. Safe to repeat with the same key. */
export async function sendMessage(chatId: string, message: OutgoingMessage): Promise<Message> {
  const response = await call('POST', `${chatPath(chatId)}/messages`, message)
  return ((await response.json()) as { message: Message }).message
}

/** Presses a button under a message. */
export async function press(chatId: string, data: string): Promise<void> {
  await call('POST', `${chatPath(chatId)}/presses`, { data })
}

/** Opens the live stream of a chat and returns what closes it. Nothing reconnects by itself. */
export function openStream(chatId: string, events: StreamEvents): () => void {
  const source = new EventSource(`api/v1/${chatPath(chatId)}/stream`)
  const on = <T>(type: string, handle: (data: T) => void) =>
    source.addEventListener(type, (event: MessageEvent<string>) =>
      handle(JSON.parse(event.data) as T),
    )
  source.onopen = events.onOpen
  // The browser's own retry gives up on some errors and waits seconds on others; the caller does it better.
  source.onerror = () => {
    source.close()
    events.onClose()
  }
  on('message', events.onMessage)
  on('run', events.onRun)
  on('text', events.onText)
  on('typing', events.onTyping)
  return () => source.close()
}

function chatPath(chatId: string): string {
  return `chats/${encodeURIComponent(chatId)}`
}
