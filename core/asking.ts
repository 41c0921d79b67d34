/**
 * What runs ask of people, from the request to its answer. Invariants: what an agent waits for is a row before anybody
 * hears of it; whoever asked, the runtime or a tool, is told only what is committed; what was decided while nobody
 * listened to the runtime is told when it names the request again; what a tool asked ends with the tool's call.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { RunEventType } from './model.ts'
import type { QuestionWording } from './question-wording.ts'
import { grantedAnswer, tooManyAnswer, unansweredAnswer } from './request-choices.ts'
import type { RuntimeRequest, Turn } from './runtime-port.ts'
import type { ApprovalStore, RunAsked } from './store/approvals.ts'
import type { ClaimedRun } from './store/runs.ts'
import { type Heard, tellAsker } from './tell-asker.ts'

const answerMs = 600_000
const maxExpired = 500

type Parts = {
  readonly approvals: ApprovalStore
  readonly wording: QuestionWording
  readonly clock: Clock
  readonly events: Events
  /** There is a deadline now: called after the commit. */
  readonly onAsked: () => void
  /** Deliveries were queued: called before the commit, so that their claim shares it. */
  readonly onDeliveries: () => void
}

/** A run that executes. */
type AskingRun = {
  readonly run: ClaimedRun
  /** Who was heard to wait for what, by the request's id. */
  readonly heard: Map<string, Heard>
  /** Requests it waits for. */
  readonly open: Set<string>
  waitedMs: number
  /** Since when it waits, or when it last went on. */
  since: number
  /** Aborted when the turn is over; made for the first tool that asks. */
  over: AbortController | undefined
}

/** What tools ask is called so, and never again by the same name. */
const toolStart = 'ask_user:'
/** Made once: an abort without a reason makes an error with a stack. */
const turnOver = new Error('The turn is over.')

export class Asking {
  readonly #parts: Parts
  readonly #runs = new Map<string, AskingRun>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A run is followed from here on. Its tools do not wait for what they asked of the gateway before this one. */
  async begin(run: ClaimedRun, turn: Turn, isResumed: boolean): Promise<void> {
    const heard = new Map()
    this.#runs.set(run.id, { run, heard, open: new Set(), over: undefined, waitedMs: 0, since: 0 })
    if (isResumed) await this.#closeAll(run, toolStart)
    else if (turn.isInterrupted || turn.attempt > 1) await this.forget(run)
  }

  /** A new name for what a tool asks. */
  toolRequestId(): string {
    return `${toolStart}${randomUUID()}`
  }

  /** Aborted when the turn that executes now is over; at once where there is none. */
  over(run: ClaimedRun): AbortSignal {
    const asking = this.#followed(run)
    if (asking) asking.over ??= new AbortController()
    return asking?.over?.signal ?? AbortSignal.abort(turnOver)
  }

  /**
   * Asks people, unless the answer is known already, and tells `asker`. Resolves once that is stored; false once the
   * lease is lost or the run is over.
   */
  async ask(run: ClaimedRun, request: RuntimeRequest, asker: Heard['asker']): Promise<boolean> {
    const { approvals, clock, wording, onAsked } = this.#parts
    const { place, message } = await wording.ofRun(run, request)
    if (!this.#followed(run)) return false
    const asking = {
      request,
      expiresAt: clock.now() + answerMs,
      granted: grantedAnswer(request),
      unanswered: unansweredAnswer(request),
      tooMany: tooManyAnswer(request),
      ...(place && { place }),
      message,
    }
    const asked = await this.#committed(approvals.ask(run.lease, asking, clock.now()))
    if (!asked) return false
    this.#hear(run, { asker, runtimeId: request.id }, asked)
    onAsked()
    // It may have been answered, or have run out of time, between its commit and this line.
    await this.settled([asked.id])
    return true
  }

  /** The runtime does not wait for it any more. */
  async close(run: ClaimedRun, runtimeId: string): Promise<void> {
    const { approvals, clock } = this.#parts
    await this.#committed(approvals.close(run.lease, runtimeId, clock.now()))
    const asking = this.#runs.get(run.id)
    for (const [id, named] of asking?.heard ?? [])
      if (named.runtimeId === runtimeId) this.#goOn(run.id, id)
  }

  /** Another turn begins in place of the one that asked. */
  async forget(run: ClaimedRun): Promise<void> {
    await this.#closeAll(run)
    const asking = this.#followed(run)
    if (!asking) return
    asking.heard.clear()
    for (const id of [...asking.open]) this.#goOn(run.id, id)
    asking.over?.abort(turnOver)
    asking.over = undefined
  }

  /** Nobody here follows the run any longer: what its tools wait for is void. Never rejects. */
  async leave(run: ClaimedRun): Promise<void> {
    const asking = this.#followed(run)
    if (!asking) return
    this.#runs.delete(run.id)
    asking.over?.abort(turnOver)
    try {
      for (const runtimeId of askedByTools(asking)) await this.close(run, runtimeId)
    } catch (error) {
      this.#parts.events.emit({ type: 'fault', where: `what run ${run.id} asks`, error })
    }
  }

  isWaiting(runId: string): boolean {
    return (this.#runs.get(runId)?.open.size ?? 0) > 0
  }

  /** The run waits only for what its runtime asked: no tool, which would hear of no answer after this process. */
  isRuntimeWaiting(runId: string): boolean {
    const asking = this.#runs.get(runId)
    return asking !== undefined && asking.open.size > 0 && askedByTools(asking).length === 0
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
        const heard = asking.heard.get(id)
        if (!heard) continue
        try {
          const asked = await approvals.stateOf(id)
          if (!asked || asked.state === 'open') continue
          this.#goOn(asking.run.id, id)
          // One hand-over per hearing; not waited for, because the runtime may say more before it takes the answer.
          if (asking.heard.delete(id))
            void tellAsker(
              { ...this.#parts, isFollowed: () => this.#runs.get(asking.run.id) === asking },
              asking.run.id,
              asked,
              heard,
            )
        } catch (error) {
          events.emit({ type: 'fault', where: `request ${id} of run ${asking.run.id}`, error })
        }
      }
    }
  }

  /** Ends what nobody answered in time. */
  async expire(): Promise<void> {
    const { approvals, clock } = this.#parts
    for (;;) {
      const ended = await this.#committed(approvals.expire(clock.now(), maxExpired))
      await this.settled(ended)
      if (ended.length < maxExpired) return
    }
  }

  #followed(run: ClaimedRun): AskingRun | undefined {
    const asking = this.#runs.get(run.id)
    return asking?.run.lease.token === run.lease.token ? asking : undefined
  }

  async #closeAll(run: ClaimedRun, idStart?: string): Promise<void> {
    const { approvals, clock } = this.#parts
    await this.#committed(approvals.closeAll(run.lease, clock.now(), idStart))
  }

  /** What it queues is claimed in the same commit. */
  #committed<T>(commit: Promise<T>): Promise<T> {
    this.#parts.onDeliveries()
    return commit
  }

  #hear(run: ClaimedRun, heard: Heard, asked: RunAsked): void {
    const now = this.#parts.clock.now()
    const asking = this.#followed(run)
    if (!asking) return
    asking.heard.set(asked.id, heard)
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

function askedByTools({ open, heard }: AskingRun): readonly string[] {
  const asked = [...open].flatMap((id) => heard.get(id)?.runtimeId ?? [])
  return asked.filter((runtimeId) => runtimeId.startsWith(toolStart))
}
