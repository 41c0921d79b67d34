import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError, RequestError } from '../../core/errors.ts'
import type {
  Address,
  AttachmentKind,
  InboundAttachment,
  InboundEvent,
  Reply,
  Sender,
} from '../../core/model.ts'
import type {
  BlobStore,
  Capabilities,
  ChannelAdapter,
  ChannelHost,
  OutboundDelivery,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { renderWeb } from './outbound.ts'

/** What the page hands over: a message with its files. `idempotencyKey` makes a repeat harmless. */
export type WebMessage = {
  readonly chat: string
  readonly text: string
  readonly attachments: readonly WebFile[]
  readonly idempotencyKey: string
  readonly sender: Sender
}

export type WebFile = { readonly name: string; readonly mime: string; readonly content: Buffer }

export type WebPress = { readonly chat: string; readonly data: string; readonly sender: Sender }

const maxTextLength = 100_000

/**
 * The chats of the page the gateway serves itself. There is no platform behind it: what the API takes is received,
 * and a delivery has arrived with its row, which the page reads. So nothing here can fail half-way.
 */
export class WebChannel implements ChannelAdapter {
  readonly type = 'web'
  readonly name: string
  /** The same under every name in the configuration, so that renaming keeps the chats. */
  readonly account = 'web'
  readonly capabilities: Capabilities
  readonly #blobs: BlobStore
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #receiving = new Set<Promise<void>>()
  #host: ChannelHost | undefined
  #isPaused = false

  constructor(options: { name: string; blobs: BlobStore; clock: Clock; maxBytes: number }) {
    this.name = options.name
    this.#blobs = options.blobs
    this.#clock = options.clock
    this.#maxBytes = options.maxBytes
    this.capabilities = {
      maxTextLength,
      maxUploadBytes: options.maxBytes,
      maxDownloadBytes: options.maxBytes,
      canEdit: true,
      hasButtons: true,
      hasReactions: false,
      hasReplies: false,
      typingMs: 5000,
      reportsDeletions: false,
    }
  }

  render(reply: Reply): Promise<Rendering> {
    return renderWeb(reply, maxTextLength)
  }

  async start(host: ChannelHost): Promise<{ account: string; title: string }> {
    this.#host = host
    this.#isPaused = false
    host.alive()
    return { account: this.account, title: 'Web page' }
  }

  /**
   * Hands a message to the gateway; once it resolves the message is stored. Returns where it was written. Throws
   * `RequestError` 503 while the channel does not receive, `TooLargeError`, `StoreError`.
   */
  async submit(message: WebMessage): Promise<Address> {
    this.#requireOpen()
    const attachments: InboundAttachment[] = []
    for (const file of message.attachments) attachments.push(await this.#keep(file))
    const address = this.#addressOf(message.chat)
    await this.#receive({
      type: 'message',
      message: {
        id: message.idempotencyKey,
        version: 0,
        address,
        chatKind: 'dm',
        sender: message.sender,
        text: message.text,
        notes: [],
        attachments,
        sentAt: this.#clock.now(),
      },
    })
    return address
  }

  /** Hands the press of a button over. Throws as `submit` does. */
  async press({ chat, data, sender }: WebPress): Promise<void> {
    await this.#receive({
      type: 'press',
      id: randomUUID(),
      address: this.#addressOf(chat),
      chatKind: 'dm',
      sender,
      data,
      at: this.#clock.now(),
    })
  }

  async send(delivery: OutboundDelivery): Promise<SentMessage> {
    return { id: delivery.key }
  }

  async edit(messageId: string): Promise<SentMessage> {
    return { id: messageId }
  }

  async typing(): Promise<void> {
    // The page hears of it from core's own events; that this is here makes core emit them.
  }

  async fetch({ ref }: InboundAttachment): Promise<Readable> {
    const sha256 = /^blob:([0-9a-f]{64}):/.exec(ref)?.[1]
    if (sha256 === undefined) {
      throw new DeliveryError('rejected', `The web channel has no attachment ${ref}.`)
    }
    return createReadStream(this.#blobs.path(sha256))
  }

  async pause(): Promise<void> {
    this.#isPaused = true
    await Promise.allSettled(this.#receiving)
  }

  async stop(): Promise<void> {
    await this.pause()
    this.#host = undefined
  }

  async #receive(event: InboundEvent): Promise<void> {
    const host = this.#requireOpen()
    const received = host.receive([event])
    this.#receiving.add(received)
    try {
      await received
      host.alive()
    } finally {
      this.#receiving.delete(received)
    }
  }

  #requireOpen(): ChannelHost {
    if (this.#host !== undefined && !this.#isPaused) return this.#host
    throw new RequestError(
      503,
      'channel-paused',
      'The gateway takes no messages at the moment. Try again.',
    )
  }

  async #keep({ name, mime, content }: WebFile): Promise<InboundAttachment> {
    const { sha256, size } = await this.#blobs.put(Readable.from([content]), this.#maxBytes)
    return { ref: `blob:${sha256}:${name}`, kind: kindOf(mime), name, mime, size }
  }

  #addressOf(chat: string): Address {
    return { channel: this.name, account: this.account, chat }
  }
}

function kindOf(mime: string): AttachmentKind {
  if (mime === 'image/gif') return 'animation'
  if (/^image\/(png|jpeg|webp)$/.test(mime)) return 'photo'
  if (mime.startsWith('audio/')) return 'audio'
  return mime.startsWith('video/') ? 'video' : 'document'
}
