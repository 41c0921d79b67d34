import type { Database, Statement } from 'better-sqlite3'
import type { RunSource, TurnForm } from '../../core/model.ts'
import { formatId } from './ids.ts'
import type { RunEvents } from './run-events.ts'
import type { RunRequests } from './run-requests.ts'

type NewRun = {
  readonly sessionId: number
  readonly generation: number
  readonly agent: string
  readonly source: RunSource
  readonly maxAttempts: number
  readonly notBefore: number
  readonly windowUntil: number
  readonly album?: string | undefined
  readonly conversationId: number | null
  readonly replyTo?: string | null | undefined
  readonly idempotencyKey?: string | undefined
  /** It is to be handed to the run that executes in front of it. */
  readonly isSteered?: boolean
}

/**
 * The queue of runs, kept as rows. Invariant: a session has exactly one head while it has unfinished runs, and the
 * head is the oldest of them. So whoever makes a run or finishes one goes through here. Used inside transactions only.
 */
export class RunQueue {
  readonly events: RunEvents
  /** What runs ask of people ends with them. */
  readonly requests: RunRequests
  readonly #hasHead: Statement<[number]>
  readonly #insert: Statement
  readonly #link: Statement<[number, number, string]>
  readonly #point: Statement<[number, number]>
  readonly #next: Statement<[number]>
  readonly #makeHead: Statement<[number]>
  readonly #finishQueued: Statement
  readonly #waiting: Statement<[number]>
  readonly #head: Statement<[number]>
  readonly #flag: Statement<[number]>

  constructor(db: Database, events: RunEvents, requests: RunRequests) {
    this.events = events
    this.requests = requests
    this.#hasHead = db
      .prepare('SELECT 1 FROM runs WHERE session_id = ? AND head = 1')
      .pluck() as Statement<[number]>
    this.#insert = db.prepare(
      `INSERT INTO runs (session_id, generation, agent, source, state, head, max_attempts, not_before, window_until,
         album, conversation_id, reply_to, idempotency_key, steer, created_at)
       VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#link = db.prepare(
      'INSERT OR IGNORE INTO run_messages (run_id, message_id, form) VALUES (?, ?, ?)',
    )
    this.#point = db.prepare('UPDATE messages SET run_id = ? WHERE id = ?')
    this.#next = db
      .prepare(
        `SELECT id FROM runs WHERE session_id = +? AND head = 0 AND state = 'queued' ORDER BY id LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#makeHead = db.prepare('UPDATE runs SET head = 1 WHERE id = ?')
    this.#finishQueued = db.prepare(
      `UPDATE runs SET state = ?, head = 0, finished_at = ?, superseded_by = ? WHERE id = ? AND state = 'queued'`,
    )
    this.#waiting = db
      .prepare(
        `SELECT id FROM runs WHERE session_id = +? AND head = 0 AND state = 'queued' ORDER BY id`,
      )
      .pluck() as Statement<[number]>
    this.#head = db.prepare('SELECT id, state FROM runs WHERE session_id = ? AND head = 1')
    this.#flag = db.prepare('UPDATE runs SET is_cancel_requested = 1 WHERE id = ?')
  }

  /** Adds a run behind the others of its session, if there are any. Returns its row. */
  add(run: NewRun, now: number, isHead = !this.isBusy(run.sessionId)): number {
    const { lastInsertRowid } = this.#insert.run(
      run.sessionId,
      run.generation,
      run.agent,
      run.source,
      isHead ? 1 : 0,
      run.maxAttempts,
      run.notBefore,
      run.windowUntil,
      run.album ?? null,
      run.conversationId,
      run.replyTo ?? null,
      run.idempotencyKey ?? null,
      run.isSteered === true ? 1 : 0,
      now,
    )
    const id = Number(lastInsertRowid)
    this.events.begin(id, now, { source: run.source, agent: run.agent })
    return id
  }

  /** Whether anything of a session is queued or executing. */
  isBusy(session: number): boolean {
    return this.#hasHead.get(session) !== undefined
  }

  /** Makes a message part of a run. `isNew`: its row was just written with that run already. */
  link(run: number, message: number, form: TurnForm, isNew = false): void {
    this.#link.run(run, message, form)
    if (!isNew) this.#point.run(run, message)
  }

  /** Moves a session on after its head has left it. */
  promote(session: number): void {
    const next = this.#next.get(session) as number | undefined
    if (next !== undefined) this.#makeHead.run(next)
  }

  /** Ends a run nobody executes; its session moves on if it was the head. */
  endQueued(
    run: { readonly id: number; readonly sessionId: number; readonly isHead: boolean },
    state: 'cancelled' | 'superseded',
    now: number,
    supersededBy?: number,
  ): void {
    this.#finishQueued.run(state, now, supersededBy ?? null, run.id)
    if (run.isHead) this.promote(run.sessionId)
    this.requests.voidAll(run.id, now)
    this.events.append(
      run.id,
      state === 'cancelled' ? 'run.cancelled' : 'run.superseded',
      now,
      supersededBy === undefined ? {} : { by: formatId('r', supersededBy) },
    )
  }

  /** Cancels everything a session has queued and flags what executes. */
  stop(session: number, now: number): { cancelled: string[]; abort?: string } {
    const cancelled: string[] = []
    for (const id of this.#waiting.all(session) as number[]) {
      this.endQueued({ id, sessionId: session, isHead: false }, 'cancelled', now)
      cancelled.push(formatId('r', id))
    }
    const head = this.#head.get(session) as { id: number; state: string } | undefined
    if (!head) return { cancelled }
    if (head.state === 'queued') {
      this.endQueued({ id: head.id, sessionId: session, isHead: true }, 'cancelled', now)
      return { cancelled: [formatId('r', head.id), ...cancelled] }
    }
    this.#flag.run(head.id)
    return { cancelled, abort: formatId('r', head.id) }
  }
}
