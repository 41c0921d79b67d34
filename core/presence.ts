import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { Address } from './model.ts'
import { Wakeup } from './wakeup.ts'

const tickMs = 250
const typingAfterMs = 250
/** A run that shows no life for so long shows no typing either. */
const maxQuietMs = 120_000
const noticeAfterMs = 2000
const maxWaiting = 1000

type Waiting = { readonly address: Address; readonly messageId: string; readonly at: number }
type Parts = {
  readonly channels: Channels
  readonly clock: Clock
  readonly active: () => ReadonlyMap<string, Execution>
}

/**
 * What people see while they wait: the typing sign, made from what executes, and a 👀 on a message that waits behind
 * another turn. One ticker for all of it, so nothing can be left on. Best effort: a failure is silent.
 */
export class Presence {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #typedAt = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting>()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  start(): void {
    this.#loop = this.#run(this.#stop.signal)
  }

  /** What was accepted waits until its run begins or ends. Returns the function that stops following. */
  follow(events: Events): () => void {
    return events.subscribe((event) => {
      if (event.type === 'run.changed') {
        this.#waiting.delete(event.runId)
        if (event.event === 'run.started') this.#wakeup.wake()
        return
      }
      if (event.type !== 'message.received' || event.runId === undefined) return
      if (this.#waiting.size >= maxWaiting || this.#parts.active().has(event.runId)) return
      const at = this.#parts.clock.now()
      this.#waiting.set(event.runId, { address: event.address, messageId: event.platformId, at })
      this.#wakeup.wake()
    })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, active } = this.#parts
    while (!signal.aborted) {
      const isQuiet = active().size === 0 && this.#waiting.size === 0
      if (isQuiet) await this.#wakeup.sleep(undefined, signal)
      await clock.sleep(tickMs, signal)
      if (signal.aborted) return
      const now = clock.now()
      for (const execution of active().values()) this.#type(execution, now, signal)
      for (const [runId, waiting] of this.#waiting) this.#notice(runId, waiting, now, signal)
      for (const runId of this.#typedAt.keys())
        if (!active().has(runId)) this.#typedAt.delete(runId)
    }
  }

  #type({ run, startedAt, progressAt }: Execution, now: number, signal: AbortSignal): void {
    const { route } = run
    if (!route || now - startedAt < typingAfterMs || now - progressAt > maxQuietMs) return
    const adapter = this.#parts.channels.sender(route.account)
    if (!adapter?.typing || adapter.capabilities.typingMs === 0) return
    if (now - (this.#typedAt.get(run.id) ?? 0) < adapter.capabilities.typingMs) return
    this.#typedAt.set(run.id, now)
    void adapter.typing(route, signal).catch(ignore)
  }

  #notice(runId: string, waiting: Waiting, now: number, signal: AbortSignal): void {
    if (now - waiting.at < noticeAfterMs) return
    this.#waiting.delete(runId)
    const adapter = this.#parts.channels.sender(waiting.address.account)
    if (!adapter?.react || !adapter.capabilities.hasReactions) return
    void adapter.react(waiting.address, waiting.messageId, '👀', signal).catch(ignore)
  }
}

/** A sign that was not shown is not worth a line. */
function ignore(): void {
  return
}
