/**
 * Fetches what was said while nobody listened: Discord repeats nothing after a restart or a session that was lost. It
 * looks where core knows of messages, and in the open threads of these channels, from the newest message back to the
 * last known one. What was stored before is recognised by its id.
 */
import type { Clock } from '../../core/clock.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost, KnownPlace } from '../../core/ports.ts'
import { list, shape } from '../readers.ts'
import type { DiscordApi } from './api.ts'
import type { Channel, Directory } from './directory.ts'
import { NetworkFailure, Refusal } from './failures.ts'
import { History } from './history.ts'
import { readMessageEvents } from './inbound.ts'
import { isThread, readChannel, readMe } from './payload.ts'
import type { InboundContext } from './place.ts'
import { compareIds, isSnowflake, snowflakeAt } from './snowflake.ts'
import { pauseMs, type Timing } from './timing.ts'

/** How far a back-fill goes. */
export type BackfillLimits = {
  readonly maxAgeMs: number
  /** Messages of one chat, and of all together; the newest of each are kept. */
  readonly maxPerChat: number
  readonly maxMessages: number
  /** Chats that are asked about. */
  readonly maxPlaces: number
}

export const defaultBackfill: BackfillLimits = {
  maxAgeMs: 24 * 3_600_000,
  maxPerChat: 500,
  maxMessages: 5_000,
  maxPlaces: 200,
}

export type BackfillOptions = {
  readonly api: DiscordApi
  readonly places: ChannelHost['places']
  readonly directory: Directory
  readonly context: () => InboundContext
  readonly clock: Clock
  readonly timing: Timing
  readonly limits: BackfillLimits
  /** Whether a server (or direct chats, without one) belongs to the connection that is new. */
  readonly isMine: (guildId: string | undefined) => boolean
  /** Told when Discord does not answer, and when it does again. */
  readonly onTrouble: (sentence: string | undefined) => void
  /** Told what could not be fetched, in one sentence. */
  readonly onGap: (sentence: string) => void
}

/** A chat or thread and the newest id in it that needs no fetching. */
type Target = { readonly id: string; readonly after: string; readonly isDirect: boolean }

const batchSize = 100
/** A chat that fails so often while others are answered is given up. */
const maxFailedRounds = 5
const activeThreads = shape({ threads: list(readChannel, 2000) }, {})

export class Backfill {
  readonly #options: BackfillOptions
  readonly #store: (events: readonly InboundEvent[]) => Promise<void>
  readonly #signal: AbortSignal
  readonly #history: History
  readonly #cut: string[] = []
  #left: number

  constructor(
    options: BackfillOptions,
    store: (events: readonly InboundEvent[]) => Promise<void>,
    signal: AbortSignal,
  ) {
    this.#options = options
    this.#store = store
    this.#signal = signal
    this.#history = new History(options, signal)
    this.#left = options.limits.maxMessages
  }

  /** Resolves when everything within the limits is stored. Rejects only when `signal` aborts. */
  async run(account: string): Promise<void> {
    const places = await this.#places(account)
    let pending = await this.#targets(places)
    let failedRounds = 0
    for (let round = 1; pending.length > 0; round += 1) {
      const failed: Target[] = []
      let sentence = ''
      for (const target of pending) {
        const problem = await this.#attempt(() => this.#fill(target))
        if (problem === undefined) continue
        failed.push(target)
        sentence = problem
      }
      if (failed.length === 0) break
      // One chat that always fails must not hold up the others for ever; Discord being away is another matter.
      if ((await this.#attempt(() => this.#history.get('/users/@me', readMe))) === undefined)
        failedRounds += 1
      if (failedRounds >= maxFailedRounds) {
        this.#options.onGap(`Messages missed in ${this.#names(failed)} could not be fetched.`)
        break
      }
      this.#options.onTrouble(`Missed messages cannot be fetched yet: ${sentence}`)
      await this.#pause(pauseMs(round, this.#options.timing))
      pending = failed
    }
    this.#options.onTrouble(undefined)
    if (this.#cut.length > 0) {
      const where = this.#cut.slice(0, 3).join(', ')
      this.#options.onGap(`More was missed in ${where} than is fetched; the newest of it is here.`)
    }
  }

  async #places(account: string): Promise<readonly KnownPlace[]> {
    const { places, limits, timing } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      this.#signal.throwIfAborted()
      try {
        return await places(account, limits.maxPlaces)
      } catch {
        await this.#pause(pauseMs(attempt, timing))
      }
    }
  }

  async #targets(places: readonly KnownPlace[]): Promise<readonly Target[]> {
    const { directory, clock, limits, isMine } = this.#options
    const oldest = snowflakeAt(clock.now() - limits.maxAgeMs)
    const targets = new Map<string, Target>()
    const parents = new Map<string, Set<string>>()
    for (const { address, chatKind, lastMessageId } of places) {
      const id = address.thread ?? address.chat
      if (!isSnowflake(id)) continue
      const channel = directory.channel(id) ?? directory.channel(address.chat)
      if (!isMine(chatKind === 'dm' ? undefined : channel?.guildId)) continue
      if (channel?.guildId !== undefined) {
        const known = parents.get(channel.guildId) ?? new Set<string>()
        parents.set(channel.guildId, known.add(address.chat))
      }
      const isKnown = isSnowflake(lastMessageId) && compareIds(lastMessageId, oldest) > 0
      const after = isKnown ? lastMessageId : oldest
      targets.set(id, { id, after, isDirect: chatKind === 'dm' })
    }
    if (this.#options.context().autoThread) addOpeners(targets, places, oldest)
    for (const [guildId, chats] of parents) {
      for (const thread of await this.#threads(guildId)) {
        const isNew = thread.parentId !== undefined && chats.has(thread.parentId)
        if (isNew && !targets.has(thread.id)) {
          targets.set(thread.id, { id: thread.id, after: oldest, isDirect: false })
        }
      }
    }
    return [...targets.values()].filter((target) => this.#mayHaveNews(target))
  }

  /** Servers say of each channel which message is its newest, so most channels need no question. */
  #mayHaveNews({ id, after }: Target): boolean {
    const newest = this.#options.directory.channel(id)?.lastMessageId
    return newest === undefined || compareIds(newest, after) > 0
  }

  async #threads(guildId: string): Promise<readonly Channel[]> {
    const { directory } = this.#options
    await this.#attempt(async () => {
      const found = await this.#history.get(`/guilds/${guildId}/threads/active`, activeThreads)
      for (const thread of found?.threads ?? []) directory.putChannel(thread, guildId)
    })
    return directory.channelsOf(guildId).filter((one) => isThread(one) && !one.isArchived)
  }

  async #fill({ id, after, isDirect }: Target): Promise<void> {
    const guildId = isDirect ? undefined : await this.#guildOf(id)
    if (!isDirect && guildId === undefined) return
    const limit = Math.min(this.#options.limits.maxPerChat, this.#left)
    const { messages, isCut } = await this.#history.newest(id, after, limit)
    if (isCut) this.#cut.push(this.#nameOf(id))
    this.#left -= messages.length
    const events: InboundEvent[] = []
    for (const message of messages) {
      const member = message.member ?? (await this.#history.member(message, guildId))
      const whole = {
        ...message,
        ...(guildId !== undefined && { guild_id: guildId }),
        ...(member && { member }),
      }
      events.push(...readMessageEvents(whole, this.#options.context()))
    }
    for (let start = 0; start < events.length; start += batchSize) {
      await this.#store(events.slice(start, start + batchSize))
    }
  }

  /** Archived threads are not in the directory; without their channel their messages could not be placed. */
  async #guildOf(id: string): Promise<string | undefined> {
    const { directory } = this.#options
    const known = directory.channel(id)
    if (known) return known.guildId
    const info = await this.#history.get(`/channels/${id}`, readChannel)
    return info && directory.putChannel(info).guildId
  }

  /** What was wrong, as a sentence, when it may be right later. */
  async #attempt(work: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await work()
      return undefined
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof Refusal || error instanceof NetworkFailure) return `${error.message}.`
      throw error
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, this.#signal)
    this.#signal.throwIfAborted()
  }

  #names(targets: readonly Target[]): string {
    return targets
      .slice(0, 3)
      .map(({ id }) => this.#nameOf(id))
      .join(', ')
  }

  #nameOf(id: string): string {
    const name = this.#options.directory.channel(id)?.name
    return name === undefined ? 'a direct chat' : `#${name}`
  }
}

/**
 * Where mentions open threads, a channel may be known by its threads only. A thread has the id of the message that
 * opened it, which stands in the channel: the newest of them is the last one known there.
 */
function addOpeners(
  targets: Map<string, Target>,
  places: readonly KnownPlace[],
  oldest: string,
): void {
  const heard = new Set(places.map(({ address }) => address.thread ?? address.chat))
  for (const { address } of places) {
    const { chat, thread } = address
    if (thread === undefined || heard.has(chat) || !targets.has(thread)) continue
    const known = targets.get(chat)?.after ?? oldest
    const after = compareIds(thread, known) > 0 ? thread : known
    targets.set(chat, { id: chat, after, isDirect: false })
  }
}
