import type { Clock } from './clock.ts'
import type { CoreEvent, Events } from './events.ts'
import type { Address } from './model.ts'
import { plainChunks } from './plain-chunks.ts'
import type { OccurrenceStore } from './scheduler/job-store.ts'
import { type Sentences, sentencesFor } from './sentences.ts'
import type { Settings } from './settings.ts'
import type { AccessStore } from './store/access.ts'
import type { DeliveryStore } from './store/deliveries.ts'

const dayMs = 86_400_000

/** An owner's chat and the platform's hint of their language. */
export type OwnerChat = { readonly chat: Address; readonly language: string | undefined }

/** How a notice goes, where it is not one about a channel. */
export type NoticeWay = {
  /** Names it for ever, instead of once a day. */
  readonly once?: string
  /** Nothing is wrong with the channel: owners there come first. */
  readonly isNear?: boolean
  /** A chat that hears of it anyway. */
  readonly except?: Address
}

type Parts = {
  readonly access: AccessStore
  readonly deliveries: Pick<DeliveryStore, 'queue'>
  readonly occurrences: Pick<OccurrenceStore, 'follows'>
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
  /** Ids of the configured accounts by channel name. */
  readonly accountOf: (channel: string) => string | undefined
  /** Whether messages can leave by a channel now. */
  readonly isUp: (channel: string) => boolean
  readonly onDeliveries: () => void
}

/** Finds the owners, and tells them what they should know. */
export class Owners {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Tells an owner once a day per account that an answer, or what an agent sent with a tool, could not be delivered. */
  follow(event: CoreEvent): void {
    if (event.type !== 'delivery.changed' || event.state !== 'discarded') return
    const { runId, toolRunId, address, detail } = event
    const { channel } = address
    // What was discarded by hand needs no notice, and what belongs to no run is one itself.
    if (detail === undefined) return
    if (runId !== undefined) void this.#tellLost(channel, runId, detail)
    if (toolRunId === undefined) return
    void this.notice(channel, 'undeliverable-message', (words) =>
      words.undeliverableMessage(channel, detail, toolRunId),
    )
  }

  /** The answer of a job is told by the job's own notice. */
  async #tellLost(channel: string, runId: string, detail: string): Promise<void> {
    const { occurrences, events } = this.#parts
    try {
      if (await occurrences.follows(runId)) return
    } catch (error) {
      events.emit({ type: 'fault', where: `looking for the job of run ${runId}`, error })
    }
    await this.notice(channel, 'undeliverable', (words) =>
      words.undeliverable(channel, detail, runId),
    )
  }

  /**
   * Queues a notice, once a day per channel and key. It goes through another channel where that is possible, because the
   * one it is about may not be able to. Nobody to tell, or a store that fails, is not an error here.
   */
  async notice(
    channel: string,
    key: string,
    say: string | ((words: Sentences) => string),
    how: NoticeWay = {},
  ): Promise<void> {
    const { deliveries, clock, events, onDeliveries } = this.#parts
    try {
      const owner = await this.chat(channel, how.isNear !== true)
      if (!owner || isSameChat(owner.chat, how.except)) return
      const now = clock.now()
      const text = typeof say === 'string' ? say : say(sentencesFor(owner.language))
      const once = how.once ?? `notice:${channel}:${key}:${Math.floor(now / dayMs)}`
      const queued = deliveries.queue(
        owner.chat,
        { chunks: plainChunks(text), lane: 'control' },
        once,
        now,
      )
      onDeliveries()
      await queued
    } catch (error) {
      events.emit({ type: 'fault', where: `telling an owner about ${channel}`, error })
    }
  }

  /**
   * Where notices go: the configured chat, else the first owner with a live direct chat, in the order of the file.
   * Owners of the channel in question come first, because they know whom to expect there; for `isAbout`, last.
   */
  async chat(near: string, isAbout = false): Promise<OwnerChat | undefined> {
    const { settings, accountOf } = this.#parts
    const { notify } = settings()
    if (notify) {
      const account = accountOf(notify.channel)
      if (account !== undefined) return { chat: placeOf(notify, account), language: undefined }
    }
    return this.direct(near, isAbout)
  }

  /** An owner's own direct chat, whatever is configured for notices, which may be a group. */
  async direct(near: string, isAbout = false): Promise<OwnerChat | undefined> {
    const { access, settings, accountOf, isUp } = this.#parts
    const { policies } = settings()
    const stored = await access.senders()
    const others = [...policies.keys()].filter((name) => name !== near)
    const channels = isAbout ? [...others.filter(isUp), near, ...others] : [near, ...others]
    for (const channel of channels) {
      const account = accountOf(channel)
      if (account === undefined) continue
      const owners = [
        ...(policies.get(channel)?.owners ?? []),
        ...stored
          .filter((sender) => sender.account === account && sender.status === 'owner')
          .map(({ id }) => id),
      ]
      for (const owner of owners) {
        const chat = await access.directChat(account, owner)
        if (chat) return { chat, language: await access.language(account, owner) }
      }
    }
    return undefined
  }
}

function isSameChat(one: Address, other: Address | undefined): boolean {
  return one.account === other?.account && one.chat === other.chat && one.thread === other.thread
}

function placeOf(
  { channel, chat, thread }: NonNullable<Settings['notify']>,
  account: string,
): Address {
  return thread === undefined ? { channel, account, chat } : { channel, account, chat, thread }
}
