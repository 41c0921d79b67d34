import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import type { CoreEvent, Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { Address } from './model.ts'
import { Wakeup } from './wakeup.ts'

const tickMs = 250
const typingAfterMs = 250
/** A run that shows no life for so long shows no typing either. */
const maxQuietMs = 120_000
const noticeAfterMs = 2000
const maxWaiting = 1000
const maxPerRun = 20
const maxSeen = 100

type Waiting = { readonly address: Address; readonly messageId: string; readonly at: number }
type Typing = { readonly address: Address; readonly at: number }
type Parts = {
  readonly channels: Channels
  readonly clock: Clock
  readonly events: Events
  readonly active: () => ReadonlyMap<string, Execution>
}

/**
 * What people see while they wait: that their messages are read once a run begins with them, the typing sign, made from
 * what executes, and a 👀 on a message that waits behind another turn. One ticker for all of it, so nothing can be left on. Best effort: a failure is silent.
 */
export class Presence {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #typing = new Map<string, Typing>()
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
    const { active, clock } = this.#parts
    if (event.type === 'run.changed') {
      this.#waiting.delete(event.runId)
      if (event.event !== 'run.started') return
      this.#wakeup.wake()
      const execution = active().get(event.runId)
      if (execution) this.#see(execution)
      return
    }
    if (event.type !== 'message.received' || event.runId === undefined) return
    if (this.#waiting.size >= maxWaiting || active().has(event.runId)) return
    const { address, platformId: messageId, runId } = event
    const waiting = this.#waiting.get(runId) ?? []
    if (waiting.length >= maxPerRun) return
    this.#waiting.set(runId, [...waiting, { address, messageId, at: clock.now() }])
    this.#wakeup.wake()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, active } = this.#parts
    while (!signal.aborted) {
      const isQuiet = active().size + this.#waiting.size + this.#typing.size === 0
      if (isQuiet) await this.#wakeup.sleep(undefined, signal)
      await clock.sleep(tickMs, signal)
      if (signal.aborted) return
      const now = clock.now()
      for (const execution of active().values()) this.#type(execution, now, signal)
      for (const [runId, { address }] of this.#typing) {
        if (this.#isAtWork(runId, now)) continue
        this.#typing.delete(runId)
        this.#parts.events.emit({ type: 'typing', address, isOn: false })
      }
      // Nothing executes: then what waits does not wait behind another turn.
      if (active().size > 0) this.#notice(now, signal)
    }
  }

  #isAtWork(runId: string, now: number): boolean {
    const execution = this.#parts.active().get(runId)
    return execution !== undefined && now - execution.progressAt <= maxQuietMs
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

  #type({ run, startedAt }: Execution, now: number, signal: AbortSignal): void {
    const { route } = run
    if (!route || now - startedAt < typingAfterMs || !this.#isAtWork(run.id, now)) return
    const adapter = this.#parts.channels.sender(route.account)
    if (!adapter?.typing || adapter.capabilities.typingMs === 0) return
    const before = this.#typing.get(run.id)
    if (before && now - before.at < adapter.capabilities.typingMs) return
    this.#typing.set(run.id, { address: route, at: now })
    this.#parts.events.emit({ type: 'typing', address: route, isOn: true })
    void adapter.typing(route, signal).catch(ignore)
  }

  #notice(now: number, signal: AbortSignal): void {
    for (const [runId, waiting] of this.#waiting) {
      const later = waiting.filter(({ at }) => now - at < noticeAfterMs)
      if (later.length === waiting.length) continue
      if (later.length === 0) this.#waiting.delete(runId)
      else this.#waiting.set(runId, later)
      for (const { address, messageId } of waiting.slice(0, waiting.length - later.length)) {
        const adapter = this.#parts.channels.sender(address.account)
        if (!adapter?.react || !adapter.capabilities.hasReactions) continue
        void adapter.react(address, messageId, '👀', signal).catch(ignore)
      }
    }
  }
}

/** A sign that was not shown is not worth a line. */
function ignore(): void {
  return
}
