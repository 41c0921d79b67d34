/**
 * What runs ask of people, from the runtime's request to the runtime's answer. Invariants: what an agent waits for is a
 * row before anybody hears of it; a runtime is told only what is committed; what was decided while nobody listened to the
 * runtime is told when it names the request again.
 */
import type { ApprovalStore, RunAsked } from './approval-store.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { RunEventType } from './model.ts'
import type { Owners } from './owners.ts'
import { grantedAnswer, tooManyAnswer, unansweredAnswer } from './request-choices.ts'
import type { RequestWording } from './request-wording.ts'
import { backoffMs } from './retry.ts'
import type { AgentRuntime, RuntimeRequest } from './runtime-port.ts'
import { type Sentences, sentencesFor } from './sentences.ts'
import type { AccessStore, ClaimedRun } from './store.ts'

const answerMs = 600_000
const maxExpired = 500
const maxTries = 5
const tellBackoff = { firstMs: 500, maxMs: 5000 }

type Parts = {
  readonly approvals: ApprovalStore
  readonly access: Pick<AccessStore, 'language'>
  readonly owners: Pick<Owners, 'chat'>
  readonly wording: RequestWording
  readonly clock: Clock
  readonly events: Events
  /** There is a deadline now: called after the commit. */
  readonly onAsked: () => void
  /** Deliveries were queued: called before the commit, so that their claim shares it. */
  readonly onDeliveries: () => void
}

/** A run that has asked something of people and still executes. */
type AskingRun = {
  readonly run: ClaimedRun
  readonly runtime: AgentRuntime
  /** The runtime's id of everything it was heard to wait for, by the request's own. */
  readonly heard: Map<string, string>
  /** Requests it waits for. */
  readonly open: Set<string>
  waitedMs: number
  /** Since when it waits, or when it last went on. */
  since: number
}

export class Asking {
  readonly #parts: Parts
  readonly #runs = new Map<string, AskingRun>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Asks people, unless the answer is known already. Resolves once that is stored; false once the lease is lost. */
  async ask(run: ClaimedRun, request: RuntimeRequest, runtime: AgentRuntime): Promise<boolean> {
    const { approvals, clock, onDeliveries, onAsked } = this.#parts
    const { place, message } = await this.#question(run, request)
    const commit = approvals.ask(
      run.lease,
      {
        request,
        expiresAt: clock.now() + answerMs,
        granted: grantedAnswer(request),
        unanswered: unansweredAnswer(request),
        tooMany: tooManyAnswer(request),
        ...(place && { place }),
        message,
      },
      clock.now(),
    )
    onDeliveries()
    const asked = await commit
    if (!asked) return false
    this.#hear(run, runtime, asked, request.id)
    onAsked()
    // It may have been answered, or have run out of time, between its commit and this line.
    await this.settled([asked.id])
    return true
  }

  /** The runtime does not wait for it any more. */
  async close(run: ClaimedRun, runtimeId: string): Promise<void> {
    const { approvals, clock, onDeliveries } = this.#parts
    const commit = approvals.close(run.lease, runtimeId, clock.now())
    onDeliveries()
    await commit
    const asking = this.#runs.get(run.id)
    for (const [id, named] of asking?.heard ?? []) if (named === runtimeId) this.#goOn(run.id, id)
  }

  /** Another turn begins in place of the one that asked. */
  async forget(run: ClaimedRun): Promise<void> {
    const { approvals, clock, onDeliveries } = this.#parts
    const commit = approvals.closeAll(run.lease, clock.now())
    onDeliveries()
    await commit
    const asking = this.#runs.get(run.id)
    asking?.heard.clear()
    for (const id of [...(asking?.open ?? [])]) this.#goOn(run.id, id)
  }

  /** Nobody here follows the run any longer. */
  leave(runId: string): void {
    this.#runs.delete(runId)
  }

  isWaiting(runId: string): boolean {
    return (this.#runs.get(runId)?.open.size ?? 0) > 0
  }

  /** When the run last went on after an answer; 0 where it never waited. */
  resumedAt(runId: string): number {
    const asking = this.#runs.get(runId)
    return asking && asking.open.size === 0 ? asking.since : 0
  }

  /** How long the run has waited for people since it was begun here. */
  waitedMs(runId: string, now: number): number {
    const asking = this.#runs.get(runId)
    if (!asking) return 0
    return asking.waitedMs + (asking.open.size > 0 ? now - asking.since : 0)
  }

  /** These requests may be over: tells the runtimes that wait for them. Never rejects. */
  async settled(ids: readonly string[]): Promise<void> {
    const { approvals, events } = this.#parts
    for (const id of ids) {
      for (const asking of this.#runs.values()) {
        const runtimeId = asking.heard.get(id)
        if (runtimeId === undefined) continue
        try {
          const asked = await approvals.stateOf(id)
          if (!asked || asked.state === 'open') continue
          this.#goOn(asking.run.id, id)
          // One hand-over per hearing; not waited for, because the runtime may say more before it takes the answer.
          if (asking.heard.delete(id)) void this.#tell(asking, asked, runtimeId)
        } catch (error) {
          events.emit({ type: 'fault', where: `request ${id} of run ${asking.run.id}`, error })
        }
      }
    }
  }

  /** Ends what nobody answered in time. */
  async expire(): Promise<void> {
    const { approvals, clock, onDeliveries } = this.#parts
    for (;;) {
      const commit = approvals.expire(clock.now(), maxExpired)
      onDeliveries()
      const ended = await commit
      await this.settled(ended)
      if (ended.length < maxExpired) return
    }
  }

  async #question(run: ClaimedRun, request: RuntimeRequest) {
    const { access, owners, wording } = this.#parts
    const { route } = run
    const near = route ? undefined : await owners.chat('')
    const author = run.messages.findLast(({ form }) => form === 'full')?.author
    const language =
      route && author ? await access.language(route.account, author.id) : near?.language
    const words: Sentences = sentencesFor(language)
    const place = route ?? near?.chat
    const message = await wording.message(place?.channel ?? '', request, words)
    return { place: near?.chat, message }
  }

  #hear(run: ClaimedRun, runtime: AgentRuntime, asked: RunAsked, runtimeId: string): void {
    const now = this.#parts.clock.now()
    const asking = this.#runs.get(run.id) ?? {
      run,
      runtime,
      heard: new Map<string, string>(),
      open: new Set<string>(),
      waitedMs: 0,
      since: now,
    }
    this.#runs.set(run.id, asking)
    asking.heard.set(asked.id, runtimeId)
    if (asked.state !== 'open') return
    if (asking.open.size === 0) {
      asking.since = now
      this.#emit(run, 'run.waiting', 'waiting')
    }
    asking.open.add(asked.id)
  }

  #goOn(runId: string, id: string): void {
    const asking = this.#runs.get(runId)
    if (!asking?.open.delete(id) || asking.open.size > 0) return
    const now = this.#parts.clock.now()
    asking.waitedMs += now - asking.since
    asking.since = now
    this.#emit(asking.run, 'run.resumed', 'running')
  }

  async #tell({ run, runtime }: AskingRun, asked: RunAsked, runtimeId: string): Promise<void> {
    const { approvals, clock, events, onDeliveries } = this.#parts
    let mayHaveIt = false
    for (let attempt = 1; attempt <= maxTries && this.#runs.has(run.id); attempt += 1) {
      try {
        const isTaken = (await runtime.respond?.(run.id, runtimeId, asked.tell)) ?? false
        const now = clock.now()
        const commit =
          isTaken || mayHaveIt ? approvals.told(asked.id, now) : approvals.refused(asked.id, now)
        onDeliveries()
        await commit
        return
      } catch (error) {
        // Whether it was taken is not known: telling it twice is harmless, telling it never is not.
        mayHaveIt = true
        if (attempt === maxTries)
          events.emit({ type: 'fault', where: `request ${asked.id} of run ${run.id}`, error })
        await clock.sleep(backoffMs(attempt, tellBackoff))
      }
    }
  }

  #emit(run: ClaimedRun, event: RunEventType, state: 'waiting' | 'running'): void {
    this.#parts.events.emit({
      type: 'run.changed',
      event,
      runId: run.id,
      state,
      agent: run.agent,
      ...(run.route && { address: run.route }),
      attempt: run.attempt,
    })
  }
}
