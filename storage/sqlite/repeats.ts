import type { Database } from 'better-sqlite3'
import type { RunSource, RunState } from '../../core/model.ts'
import type { RunQueue } from './run-queue.ts'

type Ended = {
  state: RunState
  session_id: number
  agent: string
  source: RunSource
  max_attempts: number
  conversation_id: number | null
  reply_to: string | null
  generation: number
}

/** Runs made anew from the input of ended ones. Used inside transactions only. */
export class Repeats {
  readonly #db: Database
  readonly #queue: RunQueue

  constructor(db: Database, queue: RunQueue) {
    this.#db = db
    this.#queue = queue
  }

  again(
    run: number,
    maxAttempts: number | undefined,
    now: number,
  ): number | 'not-finished' | 'unknown' {
    const ended = this.#db
      .prepare(
        `SELECT r.state, r.session_id, r.agent, r.source, r.max_attempts, r.conversation_id, r.reply_to, s.generation
         FROM runs r JOIN sessions s ON s.id = r.session_id WHERE r.id = ?`,
      )
      .get(run) as Ended | undefined
    if (!ended) return 'unknown'
    if (ended.state !== 'failed' && ended.state !== 'cancelled') return 'not-finished'
    const id = this.#queue.add(
      {
        sessionId: ended.session_id,
        generation: ended.generation,
        agent: ended.agent,
        source: ended.source,
        maxAttempts: maxAttempts ?? ended.max_attempts,
        notBefore: now,
        windowUntil: 0,
        conversationId: ended.conversation_id,
        replyTo: ended.reply_to,
      },
      now,
    )
    this.#db
      .prepare(
        'INSERT INTO run_messages (run_id, message_id, form) SELECT ?, message_id, form FROM run_messages WHERE run_id = ?',
      )
      .run(id, run)
    this.#db
      .prepare(
        'UPDATE messages SET run_id = ? WHERE id IN (SELECT message_id FROM run_messages WHERE run_id = ?)',
      )
      .run(id, id)
    return id
  }
}
