import type { Database } from 'better-sqlite3'
import type { JobEffect } from '../../core/scheduler/job-store.ts'
import type { Effect, EffectOutcome } from '../../core/store/effects.ts'
import type { ChatApprovals } from './chat-approvals.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import type { SqliteHeartbeats } from './heartbeats.ts'
import { formatId, parseId } from './ids.ts'
import type { JobActs } from './job-acts.ts'
import type { JobRows } from './job-rows.ts'
import type { Pairings } from './pairings.ts'
import type { Repeats } from './repeats.ts'
import type { SqliteRequests } from './requests.ts'
import type { RunQueue } from './run-queue.ts'
import type { RunRequests } from './run-requests.ts'
import type { SessionRows } from './sessions.ts'

const nothing: EffectOutcome = { isDone: false, cancelled: [] }

type From = { readonly conversation: ConversationRow; readonly message: number }

/** What commands change, in the transaction that records the command: it is done and answered, or neither. */
export class Effects {
  readonly #db: Database
  readonly #sessions: SessionRows
  readonly #queue: RunQueue
  readonly #repeats: Repeats
  readonly #pairings: Pairings
  readonly #requests: SqliteRequests
  readonly #asked: RunRequests
  readonly #conversations: Conversations
  readonly #approvals: ChatApprovals
  readonly #jobs: JobRows
  readonly #jobActs: JobActs
  readonly #heartbeats: SqliteHeartbeats

  constructor(
    db: Database,
    parts: {
      sessions: SessionRows
      queue: RunQueue
      repeats: Repeats
      pairings: Pairings
      requests: SqliteRequests
      asked: RunRequests
      conversations: Conversations
      approvals: ChatApprovals
      jobs: JobRows
      jobActs: JobActs
      heartbeats: SqliteHeartbeats
    },
  ) {
    this.#db = db
    this.#sessions = parts.sessions
    this.#queue = parts.queue
    this.#repeats = parts.repeats
    this.#pairings = parts.pairings
    this.#requests = parts.requests
    this.#asked = parts.asked
    this.#conversations = parts.conversations
    this.#approvals = parts.approvals
    this.#jobs = parts.jobs
    this.#jobActs = parts.jobActs
    this.#heartbeats = parts.heartbeats
  }

  /** `from` is where the command was given, and its message. */
  apply(effect: Effect, from: From, now: number): EffectOutcome {
    switch (effect.type) {
      case 'none':
        return nothing
      case 'reset': {
        const session = this.#sessions.find(effect.sessionKey)
        return session ? this.#sessions.reset(session.id, this.#queue, now) : nothing
      }
      case 'stop': {
        const session = this.#sessions.find(effect.sessionKey)
        if (!session) return nothing
        const stopped = this.#queue.stop(session.id, now)
        return { isDone: stopped.abort !== undefined || stopped.cancelled.length > 0, ...stopped }
      }
      case 'resume': {
        const session = this.#sessions.find(effect.sessionKey)
        return session
          ? this.#sessions.resume(session.id, effect.generation, this.#queue, now)
          : { ...nothing, detail: 'unknown' }
      }
      case 'choose': {
        const { sessionKey, agent, change } = effect
        const session = this.#sessions.ensure(sessionKey, agent, from.conversation.id, now)
        this.#sessions.choose(session.id, change)
        return { isDone: true, cancelled: [] }
      }
      case 'compact':
        return this.#compact(effect, from, now)
      case 'mode': {
        const { sessionKey, agent } = effect
        const session = this.#sessions.ensure(sessionKey, agent, from.conversation.id, now)
        this.#sessions.setMode(session.id, effect.mode)
        return { isDone: true, cancelled: [], detail: effect.mode }
      }
      case 'retry': {
        const session = this.#sessions.find(effect.sessionKey)
        const last =
          session &&
          (this.#db
            .prepare('SELECT id FROM runs WHERE session_id = ? ORDER BY id DESC LIMIT 1')
            .pluck()
            .get(session.id) as number | undefined)
        if (last === undefined) return nothing
        const again = this.#repeats.again(last, undefined, now)
        return typeof again === 'number'
          ? { isDone: true, cancelled: [], queued: formatId('r', again) }
          : nothing
      }
      case 'answer':
        return this.#requests.answer(parseId('q', effect.requestId), effect, now)
      case 'respond': {
        const { requestId, answer, closing } = effect
        return this.#asked.answer(parseId('q', requestId), answer, closing, now)
      }
      case 'job':
        return this.#actOnJob(effect.act, now)
      case 'heartbeat':
        return { isDone: this.#heartbeats.demandNow(effect.agent, now), cancelled: [] }
      case 'approve-chat':
        this.#approvals.decide(effect.address, true, now)
        return { isDone: true, cancelled: [] }
      case 'settings': {
        const { address, chatKind, change } = effect
        const conversation = this.#conversations.ensure(address, chatKind, undefined, now)
        this.#conversations.configure(conversation, change)
        return { isDone: true, cancelled: [] }
      }
      case 'approve': {
        const approval = this.#pairings.approve(effect.code, effect.isOwner, now)
        return approval.result === 'approved'
          ? { isDone: true, cancelled: [], detail: approval.sender.name }
          : { ...nothing, detail: approval.result }
      }
    }
  }

  #compact(
    { sessionKey, maxAttempts }: Extract<Effect, { type: 'compact' }>,
    { conversation, message }: From,
    now: number,
  ): EffectOutcome {
    const session = this.#sessions.find(sessionKey)
    if (!session || this.#sessions.generations.usedAt(session.id) === undefined) return nothing
    const run = this.#queue.add(
      {
        sessionId: session.id,
        generation: session.generation,
        agent: session.agent,
        source: 'compact',
        maxAttempts,
        notBefore: now,
        windowUntil: 0,
        conversationId: conversation.id,
      },
      now,
    )
    this.#queue.link(run, message, 'full')
    return { isDone: true, cancelled: [], queued: formatId('r', run) }
  }

  #actOnJob(act: JobEffect, now: number): EffectOutcome {
    if (act.do === 'create') {
      const created = this.#jobs.create(act.job, act.limits, now)
      return 'full' in created
        ? { ...nothing, detail: String(created.max) }
        : { isDone: true, cancelled: [], detail: created.job.id }
    }
    const isDone = this.#changeJob(act, parseId('j', act.id), now)
    return { isDone, cancelled: [], detail: act.id }
  }

  #changeJob(act: Exclude<JobEffect, { do: 'create' }>, id: number, now: number): boolean {
    switch (act.do) {
      case 'pause':
        return this.#jobActs.pause(id, 'person', act.reason, now) === 'done'
      case 'resume':
        return this.#jobActs.resume(id, act.nextAt, now) === 'done'
      case 'remove':
        return this.#jobActs.remove(id, now)
      case 'run':
        return typeof this.#jobActs.runNow(id, now) === 'number'
    }
  }
}
