/** One request of a model's client, checked as strictly as the strictest real server would. */
export type ModelRequest = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: ChatBody
  /** Text of the newest user message; of several parts, joined. */
  readonly lastUserText: string
  readonly systemText: string
  /** Resolves when the client has gone before the answer was whole. */
  readonly abandoned: Promise<void>
}

export type ChatBody = {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly tool_choice?: unknown
  readonly max_tokens?: number
}

export type ChatMessage = {
  readonly role: string
  readonly content?: string | null | readonly ContentPart[]
  readonly tool_calls?: readonly { readonly id: string }[]
  readonly tool_call_id?: string
}

export type ContentPart = {
  readonly type: string
  readonly text?: string
  readonly image_url?: { readonly url: string }
}

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool'])
const imageUrl = /^data:image\/(jpeg|png|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/

/** Returns what is wrong with a chat request, or the request itself. */
export function parseChatBody(json: string): ChatBody | string {
  let body: unknown
  try {
    body = JSON.parse(json)
  } catch {
    return 'The body is not JSON.'
  }
  if (!isRecord(body)) return 'The body is not an object.'
  const { model, messages, stream, stream_options: streamOptions, tools } = body
  if (typeof model !== 'string' || model === '') return 'you must provide a model parameter'
  if (!Array.isArray(messages) || messages.length === 0) return "'messages' must not be empty"
  if (stream !== undefined && typeof stream !== 'boolean') return "'stream' must be a boolean"
  if (streamOptions !== undefined && stream !== true) return "'stream_options' needs 'stream'"
  if (tools !== undefined && !Array.isArray(tools)) return "'tools' must be a list"
  const pendingCalls = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const problem = problemOf(message, pendingCalls)
    if (problem) return `messages[${index}]: ${problem}`
  }
  if (pendingCalls.size > 0) return `tool calls without a result: ${[...pendingCalls].join(', ')}`
  const parsed: ChatBody = {
    ...body,
    model,
    messages: messages.filter(isMessage),
    ...(stream === undefined ? {} : { stream }),
  }
  return parsed
}

/** The text of a message, whatever its form. */
export function textOf(message: ChatMessage | undefined): string {
  const content = message?.content
  if (typeof content === 'string') return content
  return (content ?? []).map((part) => part.text ?? '').join('')
}

function problemOf(message: unknown, pendingCalls: Set<string>): string | undefined {
  if (!isMessage(message)) return 'not a message with a role'
  if (!roles.has(message.role)) return `unknown role '${message.role}'`
  for (const call of message.tool_calls ?? []) pendingCalls.add(call.id)
  if (message.role === 'tool' && !pendingCalls.delete(message.tool_call_id ?? '')) {
    return 'a tool result for no call'
  }
  const { content } = message
  if (content === null || content === undefined) {
    return message.role === 'assistant' && message.tool_calls ? undefined : 'content is missing'
  }
  if (typeof content === 'string') {
    return content.includes('\0') ? 'content holds NUL' : undefined
  }
  if (message.role !== 'user') return 'content must be a string'
  for (const part of content) {
    if (part.type === 'text' && typeof part.text === 'string') continue
    if (part.type === 'image_url' && imageUrl.test(part.image_url?.url ?? '')) continue
    return `unknown or malformed content part '${part.type}'`
  }
  return content.length === 0 ? 'content is empty' : undefined
}

function isMessage(value: unknown): value is ChatMessage {
  if (!isRecord(value) || typeof value['role'] !== 'string') return false
  const { content } = value
  return (
    content === undefined ||
    content === null ||
    typeof content === 'string' ||
    (Array.isArray(content) &&
      content.every((part) => isRecord(part) && typeof part['type'] === 'string'))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
