/**
 * The way from the gateway to the store, in the order of the gateway: what happens is turned into events at once and
 * stands in one queue. A fresh session puts a back-fill into the queue first, so that nothing new is stored before
 * what was missed; otherwise the new would hide the old from the next back-fill.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import { type IntakeTask, PushIntake } from '../push-intake.ts'
import { acknowledge } from './acknowledge.ts'
import type { DiscordApi } from './api.ts'
import { Backfill, type BackfillLimits } from './backfill.ts'
import type { Dispatch } from './connection.ts'
import { Directory } from './directory.ts'
import { Health } from './health.ts'
import { History } from './history.ts'
import {
  readDeletionEvents,
  readEditEvents,
  readMessageEvents,
  readReactionEvents,
} from './inbound.ts'
import { kindOf, readInteractionEvents } from './interaction.ts'
import {
  type DiscordInteraction,
  type DiscordMessage,
  isThread,
  readInteraction,
  readMessage,
  readReady,
} from './payload.ts'
import type { InboundContext } from './place.ts'
import { Surroundings } from './surroundings.ts'
import type { Timing } from './timing.ts'

export type ReceiverOptions = {
  readonly name: string
  readonly host: ChannelHost
  readonly api: DiscordApi
  readonly autoThread: boolean
  readonly backfill: BackfillLimits
  /** How many connections the bot has. */
  readonly shards: () => number
  readonly clock: Clock
  readonly timing: Timing
}

/** Who the bot is, as the gateway says. */
export type Bot = {
  readonly id: string
  readonly name: string
  readonly applicationId: string
}

type Known = { readonly bot: Bot; readonly account: string; readonly surroundings: Surroundings }

export class Receiver {
  readonly health: Health
  readonly intake: PushIntake
  readonly #options: ReceiverOptions
  readonly #ready = Promise.withResolvers<Bot>()
  readonly #abort = new AbortController()
  #known: Known | undefined
  /** How many events made no sense since the start. */
  unreadable = 0

  constructor(options: ReceiverOptions) {
    const { host, clock } = options
    this.#options = options
    this.health = new Health((state, detail) => host.report(state, detail))
    this.intake = new PushIntake({
      receive: (events) => host.receive(events),
      clock,
      onTrouble: (isTrouble) => {
        this.health.set('store', isTrouble ? 'Messages could not be stored.' : undefined)
      },
      onTaskFailed: (error) => {
        const reason = error instanceof Error ? error.message : String(error)
        this.health.note('bug', `Messages may be missing, because of a bug: ${reason}.`)
      },
    })
  }

  /** Resolves with the first session. */
  get ready(): Promise<Bot> {
    return this.#ready.promise
  }

  get directory(): Directory | undefined {
    return this.#known?.surroundings.directory
  }

  /** Takes one event of the gateway. False: there is no room, and it must come again. */
  take(dispatch: Dispatch): boolean {
    if (dispatch.name === 'READY') return this.#begin(dispatch)
    if (!this.#known) return true
    const taken = this.#read(dispatch, this.#known)
    if (taken === undefined) this.unreadable += 1
    else if (typeof taken === 'function' || taken.length > 0) return this.intake.add(taken)
    return true
  }

  /** Ends receiving: waits for the commit under way. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.intake.stop()
  }

  #begin({ data, shard }: Dispatch): boolean {
    const ready = readReady(data)
    if (!ready) return true
    const { user, application, guilds = [] } = ready
    const { name, host } = this.#options
    const bot = {
      id: user.id,
      name: user.username ?? user.id,
      // For all but the oldest bots the two are the same.
      applicationId: application?.id ?? user.id,
    }
    const account = `discord:${bot.id}`
    this.#known ??= {
      bot,
      account,
      surroundings: new Surroundings(new Directory(bot.id), { name, account }),
    }
    const { surroundings } = this.#known
    const isMine = (guildId: string | undefined) => this.#shardOf(guildId) === shard
    surroundings.expect(
      guilds.map(({ id }) => id),
      isMine,
    )
    this.#ready.resolve(bot)
    host.alive()
    return this.intake.add((store, signal) => this.#catchUp(isMine, store, signal))
  }

  async #catchUp(
    isMine: (guildId: string | undefined) => boolean,
    store: (events: readonly InboundEvent[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const known = this.#known
    if (!known) return
    const { api, host, clock, timing, backfill: limits } = this.#options
    // What is said about health must not come before core knows that the channel has started.
    await turnOfTheLoop()
    await known.surroundings.complete(clock, timing.guildsMs, signal)
    this.health.open()
    this.#notePermissions(known)
    this.health.note('back-fill', undefined)
    const { directory } = known.surroundings
    await new Backfill(
      {
        api,
        places: (account, limit) => host.places(account, limit),
        directory,
        context: () => this.#context(known),
        clock,
        timing,
        limits,
        isMine,
        onTrouble: (sentence) => this.health.set('back-fill', sentence),
        onGap: (sentence) => this.health.note('back-fill', sentence),
      },
      store,
      signal,
    ).run(known.account)
  }

  /** What an event is to the queue; `undefined` when it makes no sense. */
  #read(dispatch: Dispatch, known: Known): readonly InboundEvent[] | IntakeTask | undefined {
    const { name, data, sessionId, sequence } = dispatch
    const context = this.#context(known)
    const id = `${sessionId}:${sequence}`
    switch (name) {
      case 'MESSAGE_CREATE':
      case 'MESSAGE_UPDATE': {
        const message = readMessage(data)
        const read = name === 'MESSAGE_CREATE' ? readMessageEvents : readEditEvents
        return message && this.#placed(message, known, () => read(message, this.#context(known)))
      }
      case 'MESSAGE_DELETE':
      case 'MESSAGE_DELETE_BULK':
        return readDeletionEvents(data, context)
      case 'MESSAGE_REACTION_ADD':
        return readReactionEvents(data, id, context)
      case 'INTERACTION_CREATE': {
        const interaction = readInteraction(data)
        return interaction && this.#interact(interaction, known)
      }
      default: {
        const events = known.surroundings.apply(name, data, id, context.now) ?? []
        // At a start all servers describe themselves one by one; `#catchUp` looks at them together.
        const isChange = name.startsWith('GUILD_') && name !== 'GUILD_CREATE'
        if (isChange || events.length > 0) this.#notePermissions(known)
        return events
      }
    }
  }

  /** A message in a channel nobody has described: whether it is a thread, and of what, must be asked. */
  #placed(
    { channel_id, guild_id }: DiscordMessage,
    { surroundings: { directory } }: Known,
    read: () => readonly InboundEvent[],
  ): readonly InboundEvent[] | IntakeTask {
    if (guild_id === undefined || directory.channel(channel_id)) return read()
    return async (store, signal) => {
      const info = await new History(this.#options, signal).describe(channel_id)
      if (info) directory.putChannel(info, guild_id)
      await store(read())
    }
  }

  #interact(interaction: DiscordInteraction, known: Known): readonly InboundEvent[] | IntakeTask {
    const kind = kindOf(interaction)
    const { channel, guild_id } = interaction
    const { directory } = known.surroundings
    // An archived thread is not in the directory, and an interaction is the only event that describes its place.
    const isUnknown = channel && isThread(channel) && !directory.channel(channel.id)
    if (isUnknown) directory.putChannel(channel, guild_id)
    const events = readInteractionEvents(interaction, this.#context(known))
    if (kind === 'other' || events.length === 0) return []
    const { api, timing } = this.#options
    const limits = { signal: this.#abort.signal, timeoutMs: timing.answerMs }
    const { dismiss } = acknowledge(api, interaction, kind, known.bot.applicationId, limits)
    if (kind === 'press') return events
    return async (store) => {
      await store(events)
      void dismiss()
    }
  }

  #notePermissions({ surroundings }: Known): void {
    this.health.note('permissions', surroundings.describe(this.#options.autoThread))
  }

  #context({ account, surroundings: { directory } }: Known): InboundContext {
    const { name: channel, autoThread, clock } = this.#options
    return { channel, account, directory, autoThread, now: clock.now() }
  }

  /** Direct chats are the first connection's. https://discord.com/developers/docs/events/gateway#sharding */
  #shardOf(guildId: string | undefined): number {
    return guildId === undefined
      ? 0
      : Number((BigInt(guildId) >> 22n) % BigInt(this.#options.shards()))
  }
}
