import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { CoreEvent, Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { Address } from './model.ts'
import { Wakeup } from './wakeup.ts'

const tickMs = 250
/** While a first typing sign is due soon: people should see within 300 ms that they were heard. */
const quickTickMs = 25
const typingAfterMs = 250
/** A run that shows no life for so long shows no typing either. */
const maxQuietMs = 120_000
const noticeAfterMs = 2000
const maxWaiting = 1000
const maxPerRun = 20
const maxSeen = 100

type Waiting = { readonly address: Address; readonly messageId: string; readonly at: number }
type Typing = { readonly address: Address; readonly at: number }
type Accepted = { readonly address: Address; readonly at: number }
type Parts = {
  readonly channels: Channels
  readonly clock: Clock
  readonly events: Events
  readonly dispatcher: Pick<Dispatcher, 'active' | 'isToBeNoted'>
}

/**
 * What people see while they wait: that their messages are read once a run begins with them, the typing sign, made from
 * what was accepted and what executes, a 👀 on a message that waits behind another turn, and a 👌 on one that was handed
 * to it. One ticker for all of it, so nothing can be left on. Best effort: a failure is silent.
 */
export class Presence {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #typing = new Map<string, Typing>()
  /** Runs that have not ended, since their first message. */
  readonly #accepted = new Map<string, Accepted>()
  /** Messages by the run they wait for. */
  readonly #waiting = new Map<string, Waiting[]>()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  start(): void {
    this.#parts.events.subscribe((event) => this.#follow(event))
    this.#loop = this.#run(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  /** What was accepted waits until its run begins or ends. */
  #follow(event: CoreEvent): void {
    const { dispatcher, clock } = this.#parts
    if (event.type === 'run.changed') {
      this.#waiting.delete(event.runId)
      if (event.state !== 'running') this.#accepted.delete(event.runId)
      if (event.event !== 'run.started') return
      this.#wakeup.wake()
      const execution = dispatcher.active().get(event.runId)
      if (execution) this.#see(execution)
      return
    }
    if (event.type === 'message.noted') {
      for (const id of event.platformIds) this.#react(event.address, id, '👌')
      return
    }
    if (event.type !== 'message.received' || event.runId === undefined) return
    if (this.#waiting.size >= maxWaiting || dispatcher.active().has(event.runId)) return
    const { address, platformId: messageId, runId } = event
    if (this.#accepted.size < maxWaiting && !this.#accepted.has(runId)) {
      this.#accepted.set(runId, { address, at: clock.now() })
    }
    const waiting = this.#waiting.get(runId) ?? []
    if (waiting.length >= maxPerRun) return
    this.#waiting.set(runId, [...waiting, { address, messageId, at: clock.now() }])
    this.#wakeup.wake()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, dispatcher } = this.#parts
    while (!signal.aborted) {
      const isQuiet = dispatcher.active().size + this.#accepted.size + this.#typing.size === 0
      if (isQuiet) await this.#wakeup.sleep(undefined, signal)
      await clock.sleep(this.#isFresh(clock.now()) ? quickTickMs : tickMs, signal)
      if (signal.aborted) return
      const now = clock.now()
      for (const { run, startedAt } of dispatcher.active().values()) {
        if (run.route) this.#type(run.id, run.route, startedAt, now, signal)
      }
      this.#typeForWaiting(now, signal)
      for (const [runId, { address }] of this.#typing) {
        if (this.#isAtWork(runId, now)) continue
        this.#typing.delete(runId)
        this.#parts.events.emit({ type: 'typing', runId, address, isOn: false })
      }
      // Nothing executes: then what waits does not wait behind another turn.
      if (dispatcher.active().size > 0) this.#notice(now)
    }
  }

  /** Whether somebody has been accepted a moment ago and sees nothing yet. */
  #isFresh(now: number): boolean {
    for (const [runId, { at }] of this.#accepted) {
      if (now - at <= typingAfterMs && !this.#typing.has(runId)) return true
    }
    return false
  }

  #isAtWork(runId: string, now: number): boolean {
    const execution = this.#parts.dispatcher.active().get(runId)
    // Nobody writes while a person is asked.
    if (execution?.isWaiting === true) return false
    const progressAt = execution?.progressAt ?? this.#accepted.get(runId)?.at
    return progressAt !== undefined && now - progressAt <= maxQuietMs
  }

  /** Who waits for more parts, for files or for a free place sees the sign too, unless their chat shows it already. */
  #typeForWaiting(now: number, signal: AbortSignal): void {
    const active = this.#parts.dispatcher.active()
    if (this.#accepted.size === 0) return
    const busy = new Set([...active.values()].map(({ run }) => run.route && placeOf(run.route)))
    for (const [runId, { address, at }] of this.#accepted) {
      if (!active.has(runId) && now - at > maxQuietMs) this.#accepted.delete(runId)
      if (active.has(runId) || busy.has(placeOf(address))) continue
      this.#type(runId, address, at, now, signal)
    }
  }

  /** What is only context was nobody's question, and its authors may be strangers. */
  #see({ run }: Execution): void {
    const { route, messages } = run
    if (!route || run.attempt > 1) return
    const adapter = this.#parts.channels.sender(route.account)
    const ids = messages.flatMap(({ form, platformId }) => (form === 'context' ? [] : [platformId]))
    if (!adapter?.seen || ids.length === 0) return
    void adapter.seen(route, ids.slice(-maxSeen), this.#stop.signal).catch(ignore)
  }

  #type(
    runId: string,
    address: Address,
    startedAt: number,
    now: number,
    signal: AbortSignal,
  ): void {
    const since = Math.min(startedAt, this.#accepted.get(runId)?.at ?? startedAt)
    if (now - since < typingAfterMs || !this.#isAtWork(runId, now)) return
    const adapter = this.#parts.channels.sender(address.account)
    if (!adapter?.typing || adapter.capabilities.typingMs === 0) return
    const before = this.#typing.get(runId)
    if (before && now - before.at < adapter.capabilities.typingMs) return
    this.#typing.set(runId, { address, at: now })
    this.#parts.events.emit({ type: 'typing', runId, address, isOn: true })
    void adapter.typing(address, signal).catch(ignore)
  }

  #notice(now: number): void {
    for (const [runId, waiting] of this.#waiting) {
      if (this.#parts.dispatcher.isToBeNoted(runId)) continue
      const later = waiting.filter(({ at }) => now - at < noticeAfterMs)
      if (later.length === waiting.length) continue
      if (later.length === 0) this.#waiting.delete(runId)
      else this.#waiting.set(runId, later)
      for (const { address, messageId } of waiting.slice(0, waiting.length - later.length)) {
        this.#react(address, messageId, '👀')
      }
    }
  }

  #react(address: Address, messageId: string, emoji: string): void {
    const adapter = this.#parts.channels.sender(address.account)
    if (!adapter?.react || !adapter.capabilities.hasReactions) return
    void adapter.react(address, messageId, emoji, this.#stop.signal).catch(ignore)
  }
}

/** A sign that was not shown is not worth a line. */
function ignore(): void {
  return
}

function placeOf({ account, chat, thread = '' }: Address): string {
  return `${account}\n${chat}\n${thread}`
}
