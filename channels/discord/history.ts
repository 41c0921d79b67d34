import type { Clock } from '../../core/clock.ts'
import { list, type Reader } from '../readers.ts'
import type { DiscordApi } from './api.ts'
import { Refusal } from './failures.ts'
import {
  type DiscordChannelInfo,
  type DiscordMember,
  type DiscordMessage,
  readChannel,
  readMember,
  readMessage,
} from './payload.ts'
import { compareIds } from './snowflake.ts'
import { pauseMs, type Timing } from './timing.ts'

type Options = { readonly api: DiscordApi; readonly clock: Clock; readonly timing: Timing }

const pageSize = 100
const maxMembers = 200
const maxWaits = 20
const maxTries = 5
const page = list(readMessage, pageSize)

/** Reads what was said, as fast as Discord allows. All of it throws when Discord does not answer. */
export class History {
  readonly #options: Options
  readonly #signal: AbortSignal
  readonly #members = new Map<string, DiscordMember | undefined>()

  constructor(options: Options, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** The newest messages after an id, at most `limit` of them, oldest first; `isCut` when there were more. */
  async newest(
    channelId: string,
    after: string,
    limit: number,
  ): Promise<{ messages: readonly DiscordMessage[]; isCut: boolean }> {
    const found: DiscordMessage[] = []
    let before: string | undefined
    while (found.length <= limit) {
      const query = `limit=${pageSize}${before === undefined ? '' : `&before=${before}`}`
      const messages = (await this.get(`/channels/${channelId}/messages?${query}`, page)) ?? []
      const newer = messages.filter((one) => compareIds(one.id, after) > 0)
      found.push(...newer)
      const oldest = newer.map((one) => one.id).sort(compareIds)[0]
      if (oldest === undefined || newer.length < pageSize || oldest === before) break
      before = oldest
    }
    found.sort((a, b) => compareIds(a.id, b.id))
    const isCut = found.length > limit
    return { messages: isCut ? found.slice(found.length - limit) : found, isCut }
  }

  /** The history leaves out who somebody is in the server: their roles decide what they may. */
  async member(
    { author, webhook_id }: DiscordMessage,
    guildId: string | undefined,
  ): Promise<DiscordMember | undefined> {
    if (!author || author.bot || webhook_id !== undefined || guildId === undefined) return undefined
    const path = `/guilds/${guildId}/members/${author.id}`
    if (!this.#members.has(path) && this.#members.size < maxMembers) {
      this.#members.set(path, await this.get(path, readMember))
    }
    return this.#members.get(path)
  }

  /** What a channel is; `undefined` when Discord does not say, or not soon. */
  async describe(channelId: string): Promise<DiscordChannelInfo | undefined> {
    const { clock, timing } = this.#options
    for (let tries = 1; tries <= maxTries; tries += 1) {
      try {
        return await this.get(`/channels/${channelId}`, readChannel)
      } catch {
        await clock.sleep(pauseMs(tries, timing), this.#signal)
      }
    }
    return undefined
  }

  /** Waits where Discord asks for it; `undefined` where the bot may not look or nothing is there. */
  async get<T>(path: string, reader: Reader<T>): Promise<T | undefined> {
    const { api, clock, timing } = this.#options
    for (let waits = 0; ; waits += 1) {
      this.#signal.throwIfAborted()
      try {
        return await api.get(path, reader, { signal: this.#signal, timeoutMs: timing.answerMs })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (isNothingThere(error)) return undefined
        if (error.status !== 429 || waits >= maxWaits) throw error
        await clock.sleep(error.retryAfterMs ?? pauseMs(waits, timing), this.#signal)
      }
    }
  }
}

function isNothingThere({ status }: Refusal): boolean {
  return status === 400 || status === 403 || status === 404
}
