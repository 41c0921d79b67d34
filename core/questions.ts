import { pressData } from './answers.ts'
import { askAbout } from './chat-approval.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Address, Chunk } from './model.ts'
import type { Owners } from './owners.ts'
import { plainChunks } from './plain-chunks.ts'
import type { Capabilities } from './ports.ts'
import { backoffMs } from './retry.ts'
import { type Sentences, sentencesFor } from './sentences.ts'
import type { AccessStore } from './store/access.ts'
import type { Closings } from './store/approvals.ts'
import type { InboundRecord } from './store/intake.ts'
import type { RequestStore } from './store/requests.ts'
import { Wakeup } from './wakeup.ts'

const maxExpired = 500
/** When there was no owner to ask, one is looked for again. */
const noOwnerMs = 600_000
/** What a run asks waits for minutes only. */
const noPlaceMs = 10_000
const storeBackoff = { firstMs: 1000, maxMs: 60_000 }

type Parts = {
  readonly requests: RequestStore
  readonly access: AccessStore
  readonly owners: Owners
  readonly clock: Clock
  readonly events: Events
  readonly capabilities: (
    channel: string,
  ) => Pick<Capabilities, 'canEdit' | 'hasButtons' | 'hasReactions'> | undefined
  /** Ends what runs asked and nobody answered in time. */
  readonly expireAsked: () => Promise<void>
  /** Puts to owners what runs asked while there were none. Resolves with whether some still wait for one. */
  readonly placeAsked: () => Promise<boolean>
  readonly onDeliveries: () => void
}

/** Asks people what is to be asked, and ends what nobody answered in time. */
export class Questions {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  start(): void {
    this.#loop = this.#run(this.#stop.signal)
  }

  wake(): void {
    this.#wakeup.wake()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  /** Asks an owner whether a stranger may talk to the agent. Without an owner there is the command line. */
  async askOwner(pairingId: string, record: InboundRecord): Promise<void> {
    const { requests, owners, clock, events, onDeliveries } = this.#parts
    try {
      const owner = await owners.chat(record.address.channel)
      if (!owner) return
      const words = sentencesFor(owner.language)
      const text = words.pairingRequested(record.author.name, record.address.channel)
      const asked = (requestId: string) =>
        this.#question(owner.chat, requestId, text, words, [words.allow, words.deny])
      const closings = this.#closings(owner.chat, text, words)
      const commit = requests.askPairing(pairingId, owner.chat, asked, clock.now(), closings)
      onDeliveries()
      await commit
      // It has a deadline too.
      this.wake()
    } catch (error) {
      events.emit({ type: 'fault', where: `asking an owner about ${pairingId}`, error })
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, events, requests, placeAsked } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      try {
        await this.#askDigests()
        await this.#askAboutChats()
        await this.#expire()
        const isUnplaced = await placeAsked()
        const nextAt = await requests.nextAt()
        failures = 0
        const now = clock.now()
        const at = isUnplaced ? Math.min(nextAt ?? Infinity, now + noPlaceMs) : nextAt
        await this.#wakeup.sleep(at === undefined ? undefined : Math.max(at, now + 100), signal)
      } catch (error) {
        failures += 1
        events.emit({ type: 'fault', where: 'asking questions', error })
        await clock.sleep(backoffMs(failures, storeBackoff), signal)
      }
    }
  }

  async #expire(): Promise<void> {
    const { requests, clock, expireAsked, onDeliveries } = this.#parts
    let count: number
    do {
      const commit = requests.expire(clock.now(), maxExpired)
      onDeliveries()
      count = await commit
    } while (count === maxExpired)
    await expireAsked()
  }

  async #askDigests(): Promise<void> {
    const { requests, clock, onDeliveries } = this.#parts
    for (const { id, address, count } of await requests.dueDigests(clock.now())) {
      const words = await this.#words(address)
      const labels = [words.answerThem, words.ignoreThem] as const
      const text = words.stale(count)
      const chunks = this.#question(address, id, text, words, labels)
      const closings = this.#closings(address, text, words)
      const commit = requests.ask(id, chunks, clock.now(), closings)
      onDeliveries()
      await commit
    }
  }

  /** Asks an owner whether a chat may be served; the row waits until there is an owner to ask. */
  async #askAboutChats(): Promise<void> {
    const { requests, owners, clock, onDeliveries } = this.#parts
    for (const { id, about } of await requests.dueChats(clock.now())) {
      const owner = await owners.chat(about.address.channel)
      if (!owner) {
        await requests.putOff(id, clock.now() + noOwnerMs)
        continue
      }
      const words = sentencesFor(owner.language)
      const labels = [words.allow, words.deny] as const
      const text = askAbout(about, words)
      const chunks = this.#question(owner.chat, id, text, words, labels)
      const closings = this.#closings(owner.chat, text, words)
      const commit = requests.askAboutChat(id, owner.chat, chunks, clock.now(), closings)
      onDeliveries()
      await commit
    }
  }

  /** A question with two buttons, or, where there are none, with the signs or words that do the same. */
  #question(
    { channel }: Address,
    requestId: string,
    text: string,
    words: Sentences,
    [yes, no]: readonly [string, string],
  ): readonly Chunk[] {
    const can = this.#parts.capabilities(channel)
    const number = requestId.slice(1)
    if (can?.hasButtons !== true) {
      const how = can?.hasReactions === true ? words.answerByReaction : words.answerByText
      return plainChunks(`${text}\n${how(number)}`)
    }
    const buttons = [
      { label: yes, data: pressData(requestId, 'yes'), style: 'primary' as const },
      { label: no, data: pressData(requestId, 'no') },
    ]
    return plainChunks(text).map((chunk) => ({ ...chunk, buttons: [buttons] }))
  }

  #closings({ channel }: Address, body: string, words: Sentences): Closings {
    const isEdit = this.#parts.capabilities(channel)?.canEdit !== false
    const end = (line: string) => ({ text: isEdit ? `${body}\n\n${line}` : line })
    return { isEdit, body, expired: end(words.unanswered), void: end(words.noLongerAsked) }
  }

  async #words(address: Address): Promise<Sentences> {
    return sentencesFor(await this.#parts.access.language(address.account, address.chat))
  }
}
