import type { Database, Statement } from 'better-sqlite3'
import type { RunSource } from '../../core/model.ts'
import type { ClaimedRun } from '../../core/store/runs.ts'
import { addressOf, type Conversations, routeOf } from './conversations.ts'
import { formatId } from './ids.ts'
import type { Messages } from './messages.ts'
import type { RunEvents } from './run-events.ts'
import { type ChoiceColumns, choicesOf } from './sessions.ts'

type DueRow = ChoiceColumns & {
  id: number
  session_id: number
  agent: string
  source: RunSource
  attempt: number
  max_attempts: number
  lease_token: number
  prompt_id: string | null
  reply_to: string | null
  is_cancel_requested: number
  error_code: string | null
  error_message: string | null
  created_at: number
  key: string
  generation: number
  runtime_session: string | null
  conversation_id: number | null
  job_id: number | null
}

/** Whether a claim still holds its run: `?` is the run, then the token. Whatever changes an executing run says this. */
export const leased = `id = ? AND lease_token = ? AND state IN ('running', 'waiting')`

/** Leasing runs and taking leases back. Used inside transactions only. */
export class RunClaims {
  readonly #conversations: Conversations
  readonly #events: RunEvents
  readonly #messages: Messages
  readonly #due: Statement<[number, number]>
  readonly #nextAt: Statement<[number]>
  readonly #lease: Statement
  readonly #recover: Statement
  readonly #hasOffers: Statement<[number]>
  readonly #voidOffers: Statement<[string | null, number]>

  constructor(
    db: Database,
    parts: { conversations: Conversations; events: RunEvents; messages: Messages },
  ) {
    this.#conversations = parts.conversations
    this.#events = parts.events
    this.#messages = parts.messages
    // Only heads are in the index, so neither what waits behind them nor what is finished costs anything.
    this.#due = db.prepare(
      `SELECT r.id, r.session_id, r.agent, r.source, r.attempt, r.max_attempts, r.lease_token, r.prompt_id, r.reply_to,
         r.is_cancel_requested, r.error_code, r.error_message, r.created_at, r.conversation_id, s.key, s.generation,
         s.runtime_session, s.model, s.agent_mode,
         CASE r.source WHEN 'job' THEN (SELECT job_id FROM occurrences WHERE run_id = r.id) END AS job_id
       FROM runs r JOIN sessions s ON s.id = r.session_id
       WHERE r.head = 1 AND r.state = 'queued' AND r.not_before <= +? ORDER BY r.not_before, r.id LIMIT +?`,
    )
    this.#nextAt = db
      .prepare(
        `SELECT not_before FROM runs WHERE head = 1 AND state = 'queued' AND not_before > +? ORDER BY not_before LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#lease = db.prepare(
      `UPDATE runs SET state = 'running', attempt = ?, lease_owner = ?, lease_token = ?, lease_expires_at = ?,
         started_at = COALESCE(started_at, ?) WHERE id = ?`,
    )
    this.#hasOffers = db
      .prepare('SELECT 1 FROM runs WHERE session_id = ? AND steer >= 2 LIMIT 1')
      .pluck() as Statement<[number]>
    // A turn that is taken up again may have heard what was being handed to it when it was cut off.
    this.#voidOffers = db.prepare(
      `UPDATE runs SET steer = CASE WHEN ? IS NOT NULL AND head = 0 THEN 3 ELSE 0 END WHERE session_id = ? AND steer >= 2`,
    )
    // One process owns this file, so whatever another owner holds is held by nobody.
    this.#recover = db.prepare(
      `UPDATE runs SET state = 'queued', not_before = ?, lease_expires_at = NULL, error_code = NULL, error_message = NULL
       WHERE head = 1 AND state IN ('running', 'waiting') AND (lease_owner <> ? OR lease_expires_at <= ?) RETURNING id`,
    )
  }

  claim(
    owner: string,
    now: number,
    leaseMs: number,
    limit: number,
  ): { runs: ClaimedRun[]; nextAt: number | undefined } {
    const due = this.#due.all(now, limit) as DueRow[]
    const runs = due.map((row) => {
      const isExhausted = row.attempt >= row.max_attempts
      const attempt = isExhausted ? row.attempt : row.attempt + 1
      const token = row.lease_token + 1
      this.#lease.run(attempt, owner, token, now + leaseMs, now, row.id)
      // Nearly never; looking is a quarter of what an update costs that changes nothing.
      if (this.#hasOffers.get(row.session_id) !== undefined) {
        this.#voidOffers.run(row.prompt_id, row.session_id)
      }
      this.#events.append(row.id, 'run.started', now, { attempt })
      return this.#claimed(row, { attempt, token, isExhausted })
    })
    const nextAt = due.length === limit ? now : (this.#nextAt.get(now) as number | undefined)
    return { runs, nextAt }
  }

  recover(owner: string, now: number): string[] {
    const orphans = this.#recover.all(now, owner, now) as { id: number }[]
    for (const { id } of orphans) this.#events.append(id, 'run.recovered', now)
    return orphans.map(({ id }) => formatId('r', id))
  }

  #claimed(
    row: DueRow,
    claim: { attempt: number; token: number; isExhausted: boolean },
  ): ClaimedRun {
    const id = formatId('r', row.id)
    const { conversation_id: place } = row
    const conversation = place === null ? undefined : this.#conversations.byId(place)
    const settings =
      conversation && this.#conversations.settingsOf(addressOf(conversation), conversation)
    return {
      id,
      lease: { runId: id, token: claim.token },
      attempt: claim.attempt,
      maxAttempts: row.max_attempts,
      isExhausted: claim.isExhausted,
      isCancelled: row.is_cancel_requested === 1,
      agent: row.agent,
      source: row.source,
      ...(row.job_id !== null && { job: formatId('j', row.job_id) }),
      session: {
        id: formatId('s', row.session_id),
        key: row.key,
        generation: row.generation,
        ...(row.runtime_session !== null && { runtimeSession: row.runtime_session }),
      },
      choices: choicesOf(row),
      messages: this.#messages.ofRun(row.id),
      createdAt: row.created_at,
      ...(row.prompt_id !== null && { promptId: row.prompt_id }),
      ...(conversation && { route: routeOf(conversation, row.reply_to) }),
      ...(settings?.stream !== undefined && { stream: settings.stream }),
      ...(row.error_code !== null && {
        lastError: { code: row.error_code, message: row.error_message ?? '' },
      }),
    }
  }
}
