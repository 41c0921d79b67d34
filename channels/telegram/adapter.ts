import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { Address, InboundAttachment, InboundEvent, Reply } from '../../core/model.ts'
import type {
  Capabilities,
  ChannelAdapter,
  ChannelHost,
  KnownMessage,
  OutboundDelivery,
  Reconciliation,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { renderTelegram } from '../../core/rendering/telegram.ts'
import { TelegramApi } from './api.ts'
import { maxDownloadBytes } from './content.ts'
import { toChannelError, toDeliveryError } from './failures.ts'
import { type InboundContext, maxTextLength, toEvents } from './inbound.ts'
import { chatId, threadOf } from './outbound.ts'
import { Poller } from './poll.ts'
import { findReaction } from './reactions.ts'
import { Sender } from './sender.ts'
import { defaultTiming, type Timing } from './timing.ts'
import { allowedUpdates, readUpdate } from './update.ts'
import { type WebhookOptions, WebhookReceiver } from './webhook.ts'

export type TelegramOptions = {
  readonly name: string
  readonly token: string
  /** `https://api.telegram.org`, or a server that speaks the same protocol. */
  readonly apiRoot: string
  /** Updates are posted to the gateway instead of being polled. */
  readonly webhook?: WebhookOptions
  readonly clock: Clock
  readonly timing?: Partial<Timing>
}

const capabilities: Capabilities = {
  maxTextLength,
  maxUploadBytes: 50 * 1024 * 1024,
  maxDownloadBytes,
  canEdit: true,
  hasButtons: true,
  hasReactions: true,
  // The sign fades after 5 s.
  typingMs: 4500,
  reportsDeletions: false,
}

/** Sends of different chats at the same time; more wait for a free connection. */
const maxConnections = 16
/** How long a proof waits for the first complete poll before it starts without. */
const maxCatchUpMs = 60_000

/** What is there from a successful start to the next stop. */
type Session = {
  readonly host: ChannelHost
  readonly bot: Omit<InboundContext, 'now'>
  readonly seesAllGroups: boolean
  readonly abort: AbortController
  /** Ends when receiving has ended. */
  readonly receiving: Promise<void>
  readonly caughtUp: Promise<void>
}

/** One Telegram bot. Receives by polling, or by webhook where the options have one. */
export class TelegramChannel implements ChannelAdapter {
  readonly name: string
  readonly type = 'telegram'
  readonly capabilities = capabilities
  /** Where posts of Telegram go in; absent when the bot polls. */
  readonly webhook: WebhookReceiver | undefined
  readonly #options: TelegramOptions
  readonly #timing: Timing
  readonly #sender: Sender
  #api: TelegramApi | undefined
  #session: Session | undefined
  /** Updates that made no sense since the process started. */
  #unreadable = 0

  constructor(options: TelegramOptions) {
    this.name = options.name
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.webhook =
      options.webhook && new WebhookReceiver(options.webhook, (updates) => this.#take(updates))
    this.#sender = new Sender({
      api: () => this.#connected(),
      clock: options.clock,
      timing: this.#timing,
      onBadFormat: () =>
        this.#session?.host.report(
          'up',
          'Telegram could not read the formatting of a message: a bug. It went out plain.',
        ),
    })
  }

  /** How many updates made no sense and were skipped. */
  get unreadable(): number {
    return this.#unreadable
  }

  render(reply: Reply): Rendering {
    return renderTelegram(reply)
  }

  async start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }> {
    await this.stop()
    const api = this.#connect(maxConnections)
    try {
      const me = await api.call('getMe', {}, this.#limits(signal))
      const account = `telegram:${me.id}`
      if (this.webhook) await this.#setWebhook(api, this.webhook, signal)
      else await api.call('deleteWebhook', { drop_pending_updates: false }, this.#limits(signal))
      this.#api = api
      this.#receive(host, me.can_read_all_group_messages === true, {
        channel: this.name,
        account,
        botId: me.id,
        username: me.username,
      })
      return { account, title: `@${me.username}` }
    } catch (error) {
      await api.destroy()
      throw toChannelError(error)
    }
  }

  async pause(): Promise<void> {
    this.#session?.abort.abort()
    await this.webhook?.close()
    await this.#session?.receiving
  }

  async stop(): Promise<void> {
    await this.pause()
    const api = this.#api
    this.#session = undefined
    this.#api = undefined
    await api?.destroy()
  }

  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#sender.send(delivery, signal)
  }

  edit(messageId: string, delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#sender.edit(messageId, delivery, signal)
  }

  async reconcile(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const session = this.#session
    if (!session) return { outcome: 'unknown' }
    // Messages that wait at the platform have ids too, and only a poll makes them known.
    const isOver = new AbortController()
    const limit = this.#options.clock.sleep(maxCatchUpMs, AbortSignal.any([signal, isOver.signal]))
    await Promise.race([session.caughtUp, limit]).finally(() => isOver.abort())
    return this.#sender.reconcile(delivery, evidence, session.seesAllGroups, signal)
  }

  async typing(to: Address, signal: AbortSignal): Promise<void> {
    const payload = { chat_id: chatId(to), action: 'typing' as const, ...threadOf(to) }
    await this.#call((api) => api.call('sendChatAction', payload, this.#limits(signal)))
  }

  async react(
    to: Address,
    messageId: string,
    emoji: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const reaction = emoji === null ? undefined : findReaction(emoji)
    if (emoji !== null && !reaction) {
      throw new DeliveryError('rejected', `Telegram has no reaction ${emoji}.`, {
        code: 'no-such-reaction',
      })
    }
    const payload = {
      chat_id: chatId(to),
      message_id: Number(messageId),
      reaction: reaction ? [{ type: 'emoji' as const, emoji: reaction }] : [],
    }
    await this.#call((api) => api.call('setMessageReaction', payload, this.#limits(signal)))
  }

  async fetch({ ref }: InboundAttachment, signal: AbortSignal): Promise<Readable> {
    const limits = { signal, timeoutMs: this.#timing.fileMs }
    return this.#call(async (api) => {
      const { file_path: path } = await api.call('getFile', { file_id: ref }, limits)
      if (path) return api.download(path, limits)
      throw new DeliveryError('rejected', 'Telegram has no path for this file.', {
        code: 'no-file',
      })
    })
  }

  async publishCommands(
    commands: readonly { name: string; description: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = commands
      .filter(({ name }) => /^[a-z0-9_]{1,32}$/.test(name))
      .slice(0, 100)
      .map(({ name, description }) => ({ command: name, description: description.slice(0, 256) }))
    await this.#call(async (api) => {
      const present = await api.call('getMyCommands', {}, this.#limits(signal))
      const line = (one: { command: string; description: string }) =>
        `${one.command} ${one.description}`
      if (present.map(line).join('\n') === wanted.map(line).join('\n')) return
      await api.call('setMyCommands', { commands: wanted }, this.#limits(signal))
    })
  }

  #receive(host: ChannelHost, seesAllGroups: boolean, bot: Omit<InboundContext, 'now'>): void {
    const abort = new AbortController()
    const { clock } = this.#options
    const common = { host, bot, seesAllGroups, abort }
    if (this.webhook) {
      this.#session = { ...common, receiving: Promise.resolve(), caughtUp: Promise.resolve() }
      this.webhook.open()
      host.report('up')
      return
    }
    const poller = new Poller({
      connect: () => this.#connect(1),
      clock,
      timing: this.#timing,
      report: (state, detail) => host.report(state, detail),
      alive: () => host.alive(),
      take: (updates) => this.#take(updates),
    })
    this.#session = { ...common, receiving: poller.run(abort.signal), caughtUp: poller.caughtUp }
  }

  /** Resolves once the batch is stored. What makes no sense is counted, and never stops what comes after it. */
  async #take(updates: readonly unknown[]): Promise<void> {
    const session = this.#session
    if (!session) throw new Error('The channel does not receive.')
    const context = { ...session.bot, now: this.#options.clock.now() }
    const events: InboundEvent[] = []
    const presses: string[] = []
    for (const raw of updates) {
      const update = readUpdate(raw)
      if (!update || Object.keys(update).length === 1) {
        this.#unreadable += 1
        continue
      }
      events.push(...toEvents(update, context))
      if (update.callback_query) presses.push(update.callback_query.id)
    }
    if (events.length > 0) await session.host.receive(events)
    for (const id of presses) void this.#acknowledge(id, session.abort.signal)
  }

  /** Ends the spinner on a button. Best effort: the press counts either way, and a late one is refused. */
  async #acknowledge(id: string, signal: AbortSignal): Promise<void> {
    await this.#api
      ?.call('answerCallbackQuery', { callback_query_id: id }, this.#limits(signal))
      .catch(() => undefined)
  }

  async #setWebhook(
    api: TelegramApi,
    { url, secret }: WebhookReceiver,
    signal: AbortSignal,
  ): Promise<void> {
    const payload = {
      url,
      secret_token: secret,
      allowed_updates: allowedUpdates,
      // One post at a time keeps the order of messages.
      max_connections: 1,
      drop_pending_updates: false,
    }
    await api.call('setWebhook', payload, this.#limits(signal))
  }

  #connect(connections: number): TelegramApi {
    const { token, apiRoot } = this.#options
    return new TelegramApi({
      token,
      apiRoot,
      connections,
      connectTimeoutMs: this.#timing.connectMs,
    })
  }

  #connected(): TelegramApi {
    if (this.#api) return this.#api
    throw new DeliveryError('retry', 'The Telegram channel is not connected.', {
      code: 'not-connected',
    })
  }

  async #call<T>(make: (api: TelegramApi) => Promise<T>): Promise<T> {
    try {
      return await make(this.#connected())
    } catch (error) {
      throw toDeliveryError(error)
    }
  }

  #limits(signal: AbortSignal): { signal: AbortSignal; timeoutMs: number } {
    return { signal, timeoutMs: this.#timing.answerMs }
  }
}
