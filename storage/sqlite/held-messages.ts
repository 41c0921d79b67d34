import type { Database } from 'better-sqlite3'
import type { Intake } from '../../core/store/intake.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'

/** A question about held messages, as far as the run they may become needs it. */
type Digest = {
  readonly id: number
  readonly conversation_id: number
  readonly subject: string
  readonly agent: string | null
  readonly max_attempts: number
}

/** Messages too old to run unasked: kept for one question, then run or expired. Used inside transactions only. */
export class HeldMessages {
  readonly #db: Database
  readonly #sessions: SessionRows
  readonly #queue: RunQueue

  constructor(db: Database, sessions: SessionRows, queue: RunQueue) {
    this.#db = db
    this.#sessions = sessions
    this.#queue = queue
  }

  /** Keeps a late message for the chat's next digest, and puts the digest off until it is quiet. */
  hold(
    message: number,
    conversation: number,
    intake: Extract<Intake, { as: 'held' }>,
    now: number,
  ): void {
    const askAt = now + intake.settleMs
    const open = this.#db
      .prepare(
        `SELECT id FROM requests WHERE state = 'open' AND asked_at IS NULL AND kind = 'stale' AND conversation_id = ? AND subject = ?`,
      )
      .pluck()
      .get(conversation, intake.sessionKey) as number | undefined
    let request = open
    if (request === undefined) {
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO requests (kind, conversation_id, subject, agent, max_attempts, state, ask_at, expires_at)
           VALUES ('stale', ?, ?, ?, ?, 'open', ?, ?)`,
        )
        .run(
          conversation,
          intake.sessionKey,
          intake.agent,
          intake.maxAttempts,
          askAt,
          intake.expiresAt,
        )
      request = Number(lastInsertRowid)
    } else {
      this.#db
        .prepare('UPDATE requests SET ask_at = ?, expires_at = ? WHERE id = ?')
        .run(askAt, intake.expiresAt, request)
    }
    this.#db.prepare('UPDATE messages SET request_id = ? WHERE id = ?').run(request, message)
  }

  /** Makes one run of a digest's messages. Returns its row, or undefined when none are left. */
  queue(digest: Digest, now: number): number | undefined {
    const session = this.#sessions.ensure(
      digest.subject,
      digest.agent ?? '',
      digest.conversation_id,
      now,
    )
    const held = this.#db
      .prepare(`SELECT id FROM messages WHERE request_id = ? AND disposition = 'held' ORDER BY id`)
      .pluck()
      .all(digest.id) as number[]
    if (held.length === 0) return undefined
    const run = this.#queue.add(
      {
        sessionId: session.id,
        generation: session.generation,
        agent: session.agent,
        source: 'message',
        maxAttempts: digest.max_attempts,
        notBefore: now,
        windowUntil: 0,
        conversationId: digest.conversation_id,
      },
      now,
    )
    for (const message of held) {
      this.#queue.link(run, message, 'full')
      this.#db.prepare(`UPDATE messages SET disposition = 'run' WHERE id = ?`).run(message)
    }
    return run
  }

  expire(digest: number, reason: string): void {
    this.#db
      .prepare(
        `UPDATE messages SET disposition = 'expired', reason = ? WHERE request_id = ? AND disposition = 'held'`,
      )
      .run(reason, digest)
  }
}
