import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { ChannelError, DeliveryError } from '../../core/errors.ts'
import type { Address, InboundAttachment, Reply } from '../../core/model.ts'
import type {
  ChannelAdapter,
  ChannelHost,
  OutboundDelivery,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { renderPlainReply } from '../../core/rendering/plain-reply.ts'
import { signalTarget } from '../../core/rendering/signal-format.ts'
import { checkAccount, linkDevice } from './account.ts'
import { SignalApi } from './api.ts'
import { capabilities } from './capabilities.ts'
import { toDeliveryError } from './failures.ts'
import { ReceivedFiles } from './files.ts'
import { GroupDirectory } from './groups.ts'
import { Intake } from './intake.ts'
import { Memory } from './memory.ts'
import type { Notice, Place } from './notices.ts'
import { SocketSource } from './receive/socket.ts'
import type { FrameSource, SourceOptions } from './receive/source.ts'
import type { SignalWebhook } from './receive/webhook.ts'
import { Sender } from './sender.ts'
import { Signs } from './signs.ts'
import { defaultTiming, type Timing } from './timing.ts'

export type SignalOptions = {
  readonly name: string
  /** Of signal-cli-rest-api in mode json-rpc. */
  readonly url: string
  /** Number of the account, `+4915112345678`. */
  readonly account: string
  readonly clock: Clock
  /** Where received messages come from; the server's WebSocket unless it says otherwise. */
  readonly source?: (options: SourceOptions) => FrameSource
  /** What posts to the gateway go to, where it takes any. */
  readonly webhook?: SignalWebhook
  readonly timing?: Partial<Timing>
}

const noUuid =
  'The uuid of this account is not known yet, so it goes by its number; mentions by uuid are not recognised.'

const openSocket = (options: SourceOptions) => new SocketSource(options)

/** Whether receiving has begun, and what is in its way. */
type Opening = { readonly up: PromiseWithResolvers<void>; trouble: string | undefined }

/** What is there from a successful start to the next stop. */
type Session = {
  readonly host: ChannelHost
  readonly ownId: string
  readonly groups: GroupDirectory
  readonly intake: Intake
  readonly opening: Opening
  readonly receiving: AbortController
  /** Ends when receiving has ended. */
  readonly done: Promise<void>
  readonly life: AbortController
}

/** One Signal account behind signal-cli-rest-api. */
export class SignalChannel implements ChannelAdapter {
  readonly name: string
  readonly type = 'signal'
  readonly capabilities = capabilities
  readonly webhook: SignalWebhook | undefined
  readonly #options: SignalOptions
  readonly #timing: Timing
  readonly #place: Place
  readonly #api: SignalApi
  readonly #memory = new Memory()
  readonly #sender: Sender
  readonly #signs: Signs
  readonly #files: ReceivedFiles
  #session: Session | undefined

  constructor(options: SignalOptions) {
    const { name, account: number, clock } = options
    this.name = name
    this.webhook = options.webhook
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    const { origin, pathname } = new URL(options.url)
    this.#place = { url: origin + pathname.replace(/\/+$/, ''), number }
    this.#api = new SignalApi({
      url: this.#place.url,
      clock,
      connectTimeoutMs: this.#timing.connectMs,
    })
    const common = { api: this.#api, memory: this.#memory, ownId: () => this.#connected().ownId }
    this.#signs = new Signs({ ...common, number, timeoutMs: this.#timing.readMs })
    this.#files = new ReceivedFiles(this.#api, clock, this.#timing)
    this.#sender = new Sender({
      ...common,
      channel: name,
      clock,
      place: this.#place,
      timing: this.#timing,
      titleOf: (group) => this.#session?.groups.find(group)?.title,
      notice: (notice) => this.#notify(notice),
    })
  }

  /** How many frames made no sense since the last start. */
  get unreadable(): number {
    return this.#session?.intake.unreadable ?? 0
  }

  async render(reply: Reply): Promise<Rendering> {
    if (reply.format === 'plain') return renderPlainReply(reply, signalTarget)
    // The markdown parser is some 10 MB, so it is loaded with the first answer that needs it.
    const { renderSignal } = await import('../../core/rendering/signal.ts')
    return renderSignal(reply)
  }

  async start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }> {
    await this.stop()
    const { url, number } = this.#place
    const limits = { signal, timeoutMs: this.#timing.readMs }
    const wanted = { channel: this.name, number, url }
    const uuid = await checkAccount(this.#api, wanted, limits)
    const account = `signal:${uuid ?? number}`
    const session = this.#receive(host, uuid, account)
    this.#session = session
    await this.#untilReceiving(session, signal)
    return { account, title: uuid === undefined ? `${number}. ${noUuid}` : number }
  }

  async pause(): Promise<void> {
    this.#session?.receiving.abort()
    await this.#session?.done
  }

  async stop(): Promise<void> {
    await this.pause()
    this.#session?.life.abort()
    this.#session = undefined
  }

  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#try((all) => this.#sender.send(delivery, all), signal)
  }

  edit(messageId: string, delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#try((all) => this.#sender.edit(messageId, delivery, all), signal)
  }

  typing(to: Address, signal: AbortSignal): Promise<void> {
    return this.#try((all) => this.#signs.typing(to, all), signal)
  }

  seen(_to: Address, messageIds: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#try((all) => this.#signs.seen(messageIds, all), signal)
  }

  react(to: Address, messageId: string, emoji: string | null, signal: AbortSignal): Promise<void> {
    return this.#try((all) => this.#signs.react(to, messageId, emoji, all), signal)
  }

  fetch({ ref }: InboundAttachment, signal: AbortSignal): Promise<Readable> {
    return this.#try((all, { life }) => this.#files.open(ref, all, life.signal), signal)
  }

  link(signal: AbortSignal): Promise<{ readonly uri: string }> {
    return linkDevice(this.#api, this.#place.url, { signal, timeoutMs: this.#timing.readMs })
  }

  #receive(host: ChannelHost, uuid: string | undefined, account: string): Session {
    const { clock, source = openSocket } = this.#options
    const { url, number } = this.#place
    const ownId = uuid ?? number
    const life = new AbortController()
    const receiving = new AbortController()
    const signal = AbortSignal.any([life.signal, receiving.signal])
    const path = `/v1/groups/${encodeURIComponent(number)}`
    const groups = new GroupDirectory({
      list: (stop) =>
        this.#api.call('GET', path, undefined, { signal: stop, timeoutMs: this.#timing.readMs }),
      isSelf: (member) => member === ownId || member === number,
      clock,
      waitMs: this.#timing.groupMs,
    })
    const intake = new Intake({
      self: { channel: this.name, account, ownId, number },
      place: this.#place,
      groups,
      memory: this.#memory,
      receive: (events) => host.receive(events),
      notice: (notice) => this.#notify(notice),
      signal,
    })
    const opening: Opening = { up: Promise.withResolvers(), trouble: undefined }
    const frames = source({
      url,
      account: number,
      clock,
      report: (state, detail) => {
        if (state === 'up') opening.up.resolve()
        else opening.trouble = detail ?? 'Receiving is interrupted.'
        host.report(state, detail ?? (state === 'up' && uuid === undefined ? noUuid : undefined))
      },
      alive: () => host.alive(),
    })
    void groups.refresh(life.signal)
    const done = frames.run((raw) => intake.take(raw), signal)
    return { host, ownId, groups, intake, opening, receiving, done, life }
  }

  /** What the server receives while nobody listens is lost, so the channel is up only when somebody does. */
  async #untilReceiving({ opening, done }: Session, signal: AbortSignal): Promise<void> {
    const isOver = new AbortController()
    const limit = AbortSignal.any([signal, isOver.signal])
    const late = this.#options.clock.sleep(this.#timing.readMs, limit).then(() => 'late' as const)
    const first = await Promise.race([opening.up.promise, done, late])
    isOver.abort()
    if (first !== 'late') return
    await this.stop()
    const why = signal.aborted ? 'It was stopped while it started.' : 'Nobody listens yet.'
    throw new ChannelError('unreachable', opening.trouble ?? why)
  }

  #connected(): Session {
    if (this.#session) return this.#session
    throw new DeliveryError('retry', 'The Signal channel is not connected.', {
      code: 'not-connected',
    })
  }

  /** Ends with the connection, and fails in the words of deliveries. */
  async #try<T>(
    make: (signal: AbortSignal, session: Session) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      const session = this.#connected()
      return await make(AbortSignal.any([signal, session.life.signal]), session)
    } catch (error) {
      throw toDeliveryError(error, this.#timing)
    }
  }

  /** Owners hear of it if they can; `notice` never rejects. */
  #notify([key, text]: Notice): void {
    void this.#session?.host.notice(key, text)
  }
}
