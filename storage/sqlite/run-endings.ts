import type { Database, Statement } from 'better-sqlite3'
import type { RunError, StoredFile } from '../../core/model.ts'
import type { Lease, RunResult } from '../../core/store/runs.ts'
import type { Conversations } from './conversations.ts'
import { parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import { leased } from './run-claims.ts'
import type { RunPreviews } from './run-previews.ts'
import type { RunQueue } from './run-queue.ts'

type Ending = {
  readonly state: 'completed' | 'failed' | 'cancelled'
  readonly text?: string
  readonly files?: readonly StoredFile[]
  readonly error?: RunError
  readonly chunks: RunResult['chunks']
  readonly isAttempt?: boolean
}

type Ended = {
  id: number
  session_id: number
  agent: string
  conversation_id: number | null
  reply_to: string | null
  is_previewed: number
}

/**
 * How a claim ends: the run is over and its deliveries are queued, or it goes back into the queue. Both say false and
 * change nothing once the lease is lost. Used inside transactions only.
 */
export class RunEndings {
  readonly #conversations: Conversations
  readonly #queue: RunQueue
  readonly #outgoing: Outgoing
  readonly #previews: RunPreviews
  readonly #held: Statement<[number, number]>
  readonly #end: Statement
  readonly #requeue: Statement

  constructor(
    db: Database,
    parts: { conversations: Conversations; queue: RunQueue; outgoing: Outgoing },
    previews: RunPreviews,
  ) {
    this.#conversations = parts.conversations
    this.#queue = parts.queue
    this.#outgoing = parts.outgoing
    this.#previews = previews
    this.#end = db.prepare(
      `UPDATE runs SET state = ?, head = 0, attempt = attempt - ?, reply_text = ?, reply_files = ?, error_code = ?, error_message = ?,
         finished_at = ?, lease_expires_at = NULL
       WHERE id = ?`,
    )
    this.#held = db.prepare(
      `SELECT id, session_id, agent, conversation_id, reply_to, is_previewed FROM runs WHERE ${leased}`,
    )
    this.#requeue = db.prepare(
      `UPDATE runs SET state = 'queued', attempt = attempt - ?, not_before = ?, error_code = ?, error_message = ?,
         prompt_id = CASE ? WHEN 1 THEN prompt_id END, lease_expires_at = NULL WHERE ${leased} RETURNING id`,
    )
  }

  end(lease: Lease, ending: Ending, now: number): boolean {
    // Looking first is cheaper than RETURNING, and in one transaction it is the same.
    const ended = this.#held.get(parseId('r', lease.runId), lease.token) as Ended | undefined
    if (!ended) return false
    const { state, text, files = [], error, chunks, isAttempt = true } = ending
    this.#end.run(
      state,
      isAttempt ? 0 : 1,
      text ?? null,
      files.length === 0 ? null : JSON.stringify(files),
      error?.code ?? null,
      error?.message ?? null,
      now,
      ended.id,
    )
    this.#queue.promote(ended.session_id)
    this.#queue.requests.voidAll(ended.id, now)
    this.#queue.events.append(
      ended.id,
      `run.${state}`,
      now,
      error && { code: error.code, message: error.message },
    )
    this.#answer(ended, lease.runId, chunks, now)
    return true
  }

  #answer(run: Ended, key: string, chunks: RunResult['chunks'], now: number): void {
    const preview = run.is_previewed === 1 ? this.#previews.end(run.id) : undefined
    if (run.conversation_id === null || chunks.length === 0) return
    // A file cannot take the place of a text; then the preview stands above it.
    const replaces = chunks[0]?.file ? undefined : preview
    const conversation = this.#conversations.byId(run.conversation_id)
    this.#outgoing.queue(
      chunks,
      { conversation, lane: 'answer', key, runId: run.id, replyTo: run.reply_to, replaces },
      now,
    )
  }

  /** Puts the run back for another attempt. */
  retry(lease: Lease, error: RunError, notBefore: number, now: number): boolean {
    const run = parseId('r', lease.runId)
    const row = this.#requeue.get(0, notBefore, error.code, error.message, 0, run, lease.token)
    if (row === undefined) return false
    this.#queue.requests.forget(run, now)
    this.#queue.events.append(run, 'run.retrying', now, { code: error.code, notBefore })
    return true
  }

  /** Puts the run back with the attempt given back, and with the prompt it had. */
  release(lease: Lease, now: number): boolean {
    const run = parseId('r', lease.runId)
    const row = this.#requeue.get(1, now, null, null, 1, run, lease.token)
    if (row === undefined) return false
    this.#queue.events.append(run, 'run.retrying', now, { code: 'shutdown' })
    return true
  }
}
