import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { Address, InboundAttachment, Reply } from '../../core/model.ts'
import type {
  ChannelAdapter,
  ChannelHost,
  KnownMessage,
  OutboundDelivery,
  Reconciliation,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { discordTarget } from '../../core/rendering/discord-format.ts'
import { renderPlainReply } from '../../core/rendering/plain-reply.ts'
import type { BackfillLimits } from './backfill.ts'
import { capabilities } from './capabilities.ts'
import { toDeliveryError } from './failures.ts'
import type { Session } from './session.ts'
import { defaultTiming, type Timing } from './timing.ts'

export type DiscordOptions = {
  readonly name: string
  readonly token: string
  /** `https://discord.com/api`, or a server that speaks the same protocol. */
  readonly apiRoot: string
  readonly clock: Clock
  /** A mention in a server's channel is answered in a thread of its own. */
  readonly autoThread: boolean
  readonly backfill?: Partial<BackfillLimits>
  readonly timing?: Partial<Timing>
}

/** One Discord bot, in direct chats, servers and their threads. */
export class DiscordChannel implements ChannelAdapter {
  readonly name: string
  readonly type = 'discord'
  readonly capabilities = capabilities
  readonly #options: DiscordOptions
  readonly #timing: Timing
  #session: Session | undefined

  constructor(options: DiscordOptions) {
    this.name = options.name
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
  }

  /** How many events of the gateway made no sense since the last start. */
  get unreadable(): number {
    return this.#session?.receiver.unreadable ?? 0
  }

  async render(reply: Reply): Promise<Rendering> {
    if (reply.format === 'plain') return renderPlainReply(reply, discordTarget)
    // The markdown parser is some 10 MB, so it is loaded with the first answer that needs it.
    const { renderDiscord } = await import('../../core/rendering/discord.ts')
    return renderDiscord(reply)
  }

  async start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }> {
    await this.stop()
    // A gateway without Discord need not load what speaks to it.
    const { Session } = await import('./session.ts')
    const session = new Session({ ...this.#options, timing: this.#timing }, host)
    this.#session = session
    const { id, name } = await session.open(signal)
    return { account: `discord:${id}`, title: name }
  }

  async pause(): Promise<void> {
    await this.#session?.pause()
  }

  async stop(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.close()
  }

  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#call(({ sender }) => sender.send(delivery, signal))
  }

  edit(messageId: string, delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#call(({ sender }) => sender.edit(messageId, delivery, signal))
  }

  reconcile(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    return this.#call(({ sender }) => sender.reconcile(delivery, evidence, signal))
  }

  typing(to: Address, signal: AbortSignal): Promise<void> {
    return this.#call(async ({ sender, actions }) => {
      await sender.openThread(to, signal)
      await actions.showTyping(to, signal)
    })
  }

  react(to: Address, messageId: string, emoji: string | null, signal: AbortSignal): Promise<void> {
    return this.#call(({ actions }) => actions.setReaction(to, messageId, emoji, signal))
  }

  fetch({ ref }: InboundAttachment, signal: AbortSignal): Promise<Readable> {
    return this.#call(({ actions }) => actions.openFile(ref, signal))
  }

  publishCommands(
    commands: readonly { name: string; description: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    return this.#call(async ({ actions, bot }) => {
      if (bot) await actions.publishCommands(bot.applicationId, commands, signal)
    })
  }

  #connected(): Session {
    if (this.#session) return this.#session
    throw new DeliveryError('retry', 'The Discord channel is not connected.', {
      code: 'not-connected',
    })
  }

  async #call<T>(make: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await make(this.#connected())
    } catch (error) {
      throw toDeliveryError(error)
    }
  }
}
