import { Readable } from 'node:stream'
import { DeliveryError } from '../../core/errors.ts'
import type { Address, Chunk, InboundAttachment, InboundEvent, Reply } from '../../core/model.ts'
import type {
  Capabilities,
  ChannelAdapter,
  ChannelHost,
  ChannelState,
  OutboundDelivery,
  Reconciliation,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { renderReply } from '../../core/rendering/render-reply.ts'
import { Watched } from './watched.ts'

/** A message that arrived at the platform. */
export type Arrived = {
  readonly id: string
  readonly chat: string
  readonly thread: string | undefined
  readonly delivery: OutboundDelivery
  readonly at: number
}

export type Shown = { readonly chat: string; readonly at: number; readonly what: string }

type Options = {
  readonly name?: string
  readonly account?: string
  readonly capabilities?: Partial<Capabilities>
  readonly now: () => number
}

/** A chat platform in memory with its adapter: what a test sets in the `on…` fields is what the platform does. */
export class FakeChannel implements ChannelAdapter {
  readonly name: string
  readonly type = 'fake'
  readonly account: string
  readonly capabilities: Capabilities
  readonly watched = new Watched()
  readonly arrived: Arrived[] = []
  /** Every attempt to send, also the failed ones. */
  readonly attempts: { readonly text: string; readonly key: string; readonly at: number }[] = []
  readonly shown: Shown[] = []
  readonly commands: string[] = []
  /** Every change of a message, the last one of a message being what people see. */
  readonly edits: { readonly id: string; readonly text: string; readonly at: number }[] = []
  starts = 0
  stops = 0
  isPaused = false
  /** Throwing makes the attempt to start fail. */
  onStart: (signal: AbortSignal) => Promise<void> | void = () => undefined
  /** Throwing makes the send fail; while it lasts the send lasts, unless it is cut off. */
  onSend: (delivery: OutboundDelivery, signal: AbortSignal) => Promise<void> | void = () =>
    undefined
  /** Throwing makes the edit fail. */
  onEdit: (delivery: OutboundDelivery) => Promise<void> | void = () => undefined
  onReconcile: (delivery: OutboundDelivery) => Promise<Reconciliation> | Reconciliation = () => ({
    outcome: 'unknown',
    reason: 'nobody knows',
  })
  onFetch: (attachment: InboundAttachment) => Promise<Readable> | Readable = ({ ref }) =>
    Readable.from([ref])
  readonly #now: () => number
  #host: ChannelHost | undefined
  #ids = 1000

  constructor(options: Options) {
    this.name = options.name ?? 'fake'
    this.account = options.account ?? `fake:${this.name}`
    this.#now = options.now
    this.capabilities = {
      maxTextLength: 4096,
      maxUploadBytes: 1e6,
      maxDownloadBytes: 1e6,
      canEdit: true,
      hasButtons: true,
      hasReactions: true,
      hasReplies: true,
      typingMs: 5000,
      reportsDeletions: true,
      ...options.capabilities,
    }
  }

  get host(): ChannelHost {
    if (this.#host) return this.#host
    throw new Error(`Channel ${this.name} has not been started.`)
  }

  /** The platform hands over; resolves once it may forget. */
  receives(...events: InboundEvent[]): Promise<void> {
    return this.host.receive(events)
  }

  reports(state: ChannelState, detail?: string): void {
    this.host.report(state, detail)
  }

  nextId(): string {
    this.#ids += 1
    return String(this.#ids)
  }

  /** The next sends fail with these, one after the other; then all is well again. */
  failsNext(...errors: readonly Error[]): void {
    const left = [...errors]
    this.onSend = () => {
      const error = left.shift()
      if (error) throw error
    }
  }

  render(reply: Reply): Rendering {
    return renderReply(reply, {
      limit: this.capabilities.maxTextLength,
      toChunk: ({ text }) => ({ text }),
    })
  }

  async start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }> {
    this.starts += 1
    this.watched.look()
    await this.onStart(signal)
    this.#host = host
    this.isPaused = false
    return { account: this.account, title: '@fake' }
  }

  async send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    this.attempts.push({ text: delivery.chunk.text, key: delivery.key, at: this.#now() })
    this.watched.look()
    const { promise: cutOff, reject } = Promise.withResolvers<never>()
    const abort = () => reject(new DeliveryError('uncertain', 'The send was cut off.'))
    signal.addEventListener('abort', abort, { once: true })
    try {
      await Promise.race([this.onSend(delivery, signal), cutOff])
    } finally {
      signal.removeEventListener('abort', abort)
    }
    return this.arrives(delivery)
  }

  /** The platform has the message, whatever the caller heard. */
  arrives(delivery: OutboundDelivery): SentMessage {
    const { chat, thread } = delivery.to
    const message = { id: this.nextId(), chat, thread, delivery, at: this.#now() }
    this.arrived.push(message)
    this.watched.look()
    return { id: message.id }
  }

  async edit(id: string, delivery: OutboundDelivery): Promise<SentMessage> {
    await this.onEdit(delivery)
    this.edits.push({ id, text: delivery.chunk.text, at: this.#now() })
    this.watched.look()
    return { id }
  }

  async draft(to: Address, _number: number, { text }: Chunk): Promise<void> {
    this.#show(to, `draft: ${text}`)
  }

  async fetch(attachment: InboundAttachment): Promise<Readable> {
    return this.onFetch(attachment)
  }

  async typing(to: Address): Promise<void> {
    this.#show(to, 'typing')
  }

  async react(to: Address, messageId: string, emoji: string | null): Promise<void> {
    this.#show(to, `${emoji} ${messageId}`)
  }

  async reconcile(delivery: OutboundDelivery): Promise<Reconciliation> {
    return this.onReconcile(delivery)
  }

  async publishCommands(commands: readonly { name: string; description: string }[]): Promise<void> {
    this.commands.push(...commands.map(({ name }) => name))
  }

  async pause(): Promise<void> {
    this.isPaused = true
  }

  async stop(): Promise<void> {
    this.stops += 1
    this.watched.look()
  }

  #show({ chat }: Address, what: string): void {
    this.shown.push({ chat, at: this.#now(), what })
    this.watched.look()
  }
}
