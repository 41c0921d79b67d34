import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { Address } from '../../core/model.ts'
import { list, shape, text } from '../readers.ts'
import type { CallOptions, DiscordApi } from './api.ts'
import { parseRef } from './content.ts'
import { Refusal } from './failures.ts'
import { channelOf } from './outbound.ts'
import { type DiscordMessage, readMessage } from './payload.ts'
import type { Timing } from './timing.ts'

/** Discord's own file servers. Files of a message live nowhere else. */
const fileHosts = new Set(['cdn.discordapp.com', 'media.discordapp.net'])
const maxCommands = 100
const chatInput = 1
const stringOption = 3
/** In servers, and in direct chats with the bot. */
const contexts = [0, 1]
const argument = { name: 'argument', description: 'What the command is about', type: stringOption }

const present = list(
  shape(
    { name: text },
    { description: text, options: list(shape({ name: text }, { description: text }), 25) },
  ),
)

type Options = { readonly api: DiscordApi; readonly clock: Clock; readonly timing: Timing }

/** What a bot does besides writing. All of it throws `DeliveryError`, `Refusal` or `NetworkFailure`. */
export class Actions {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /** Shows "typing…" for some ten seconds. */
  async showTyping(to: Address, signal: AbortSignal): Promise<void> {
    await this.#call('POST', `/channels/${channelOf(to)}/typing`, signal)
  }

  /** Adds a reaction of the bot, or takes all of its own back. */
  async setReaction(
    to: Address,
    messageId: string,
    emoji: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    // The message that a thread started from stands in the channel above it, that of a forum's post in the post.
    if (messageId === to.thread) {
      try {
        return await this.#react(to.chat, messageId, emoji, signal)
      } catch (error) {
        if (!(error instanceof Refusal) || error.status >= 500) throw error
      }
    }
    await this.#react(channelOf(to), messageId, emoji, signal)
  }

  /** Opens a file that people sent. Addresses are signed and end after a day; then the message is asked for anew. */
  async openFile(ref: string, signal: AbortSignal): Promise<Readable> {
    const { api, clock, timing } = this.#options
    const file = { signal, timeoutMs: timing.fileMs }
    const parsed = parseRef(ref)
    if (!parsed) throw noFile('This is no file of Discord.')
    const { channelId, messageId, attachmentId } = parsed
    const url = toUrl(api, parsed.url)
    if (!isExpired(url, clock.now())) {
      try {
        return await api.download(url, file)
      } catch (error) {
        const isGone = error instanceof Refusal && (error.status === 403 || error.status === 404)
        if (!isGone) throw error
      }
    }
    const message = await this.#message(`/channels/${channelId}/messages/${messageId}`, signal)
    const parts = (message.message_snapshots ?? []).flatMap((one) => one.message ?? [])
    const files = [message, ...parts].flatMap((one) => one.attachments ?? [])
    const fresh = files.find(({ id }) => id === attachmentId)?.url
    if (fresh === undefined) throw noFile('The file is not there any more.')
    return api.download(toUrl(api, fresh), file)
  }

  /** Makes the command menu what it should be; silent when it already is. Names Discord does not take are left out. */
  async publishCommands(
    applicationId: string,
    commands: readonly { readonly name: string; readonly description: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    const { api } = this.#options
    const path = `/applications/${applicationId}/commands`
    const body = commands
      .filter(({ name }) => /^[-_\p{Ll}\p{N}]{1,32}$/u.test(name))
      .slice(0, maxCommands)
      .map(({ name, description }) => ({
        name,
        description: [...description].slice(0, 100).join('') || name,
        type: chatInput,
        contexts,
        integration_types: [0],
        options: [argument],
      }))
    const current = await api.get(path, present, this.#limits(signal))
    if (current.map(line).sort().join('\n') === body.map(line).sort().join('\n')) return
    await api.call({ method: 'PUT', path, body }, this.#limits(signal))
  }

  async #react(
    channel: string,
    messageId: string,
    emoji: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const message = `/channels/${channel}/messages/${encodeURIComponent(messageId)}`
    const reaction = (name: string) => `${message}/reactions/${encodeURIComponent(name)}/@me`
    if (emoji !== null) return this.#call('PUT', reaction(emoji), signal)
    const { reactions = [] } = await this.#message(message, signal)
    for (const { me, emoji: one } of reactions) {
      if (!me || one?.name === undefined) continue
      const name = one.id === undefined ? one.name : `${one.name}:${one.id}`
      await this.#call('DELETE', reaction(name), signal)
    }
  }

  #message(path: string, signal: AbortSignal): Promise<DiscordMessage> {
    return this.#options.api.get(path, readMessage, this.#limits(signal))
  }

  #call(method: 'POST' | 'PUT' | 'DELETE', path: string, signal: AbortSignal): Promise<void> {
    return this.#options.api.call({ method, path }, this.#limits(signal))
  }

  #limits(signal: AbortSignal): CallOptions {
    return { signal, timeoutMs: this.#options.timing.answerMs }
  }
}

/** Only where Discord keeps files, or the server that stands for it: an address must not lead anywhere else. */
function toUrl(api: DiscordApi, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const root = new URL(api.origin)
  const isOfDiscord = url?.protocol === 'https:' && fileHosts.has(url.hostname)
  const isOfRoot = url?.protocol === root.protocol && url.hostname === root.hostname
  if (url && (isOfDiscord || isOfRoot)) return url
  throw noFile('The file is not on a server of Discord.')
}

function isExpired(url: URL, now: number): boolean {
  const end = Number.parseInt(url.searchParams.get('ex') ?? '', 16) * 1000
  return Number.isFinite(end) && end <= now
}

function noFile(message: string): DeliveryError {
  return new DeliveryError('rejected', message, { code: 'no-file' })
}

type Line = {
  readonly name: string
  readonly description?: string | undefined
  readonly options?: readonly { readonly name: string; readonly description?: string }[] | undefined
}

function line({ name, description, options = [] }: Line): string {
  return [name, description, ...options.map((one) => `${one.name} ${one.description}`)].join(' | ')
}
