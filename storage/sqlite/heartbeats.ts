import type { Database } from 'better-sqlite3'
import type {
  Happened,
  HeartbeatAnswer,
  HeartbeatEnding,
  HeartbeatNotice,
  HeartbeatResult,
  HeartbeatRow,
  HeartbeatStore,
  OwnerIds,
} from '../../core/store/heartbeats.ts'
import type { Conversations } from './conversations.ts'
import { HeartbeatViews } from './heartbeat-views.ts'
import { parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import { RunInput } from './run-input.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

const dayMs = 86_400_000
/** Failures in a row after which it is said. */
const maxFailures = 2

type Parts = {
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly outgoing: Outgoing
}

export class SqliteHeartbeats implements HeartbeatStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #parts: Parts
  readonly #views: HeartbeatViews
  readonly #input: RunInput

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#db = db
    this.#writer = writer
    this.#parts = parts
    this.#views = new HeartbeatViews(db)
    this.#input = new RunInput(db, parts)
  }

  async list(): Promise<HeartbeatRow[]> {
    return this.#views.list()
  }

  async happened(agent: string, owners: OwnerIds): Promise<Happened> {
    return this.#views.happened(agent, owners)
  }

  plan(
    agent: string,
    dueAt: number | null,
    result: HeartbeatResult | undefined,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      this.#ensure(agent)
      this.#db.prepare('UPDATE heartbeats SET due_at = ? WHERE agent = ?').run(dueAt, agent)
      if (result === undefined) return
      this.#db
        .prepare('UPDATE heartbeats SET result = ?, result_at = ? WHERE agent = ?')
        .run(result, now, agent)
    })
  }

  demand(agent: string, now: number): Promise<boolean> {
    return this.#writer.write(() => this.demandNow(agent, now))
  }

  /** As `demand`, inside a transaction. */
  demandNow(agent: string, now: number): boolean {
    this.#ensure(agent)
    const { changes } = this.#db
      .prepare('UPDATE heartbeats SET demanded_at = ? WHERE agent = ? AND run_id IS NULL')
      .run(now, agent)
    return changes === 1
  }

  begin(args: Parameters<HeartbeatStore['begin']>[0], now: number): Promise<string | undefined> {
    return this.#writer.write(() => {
      const { agent, key, sessionKey, text, fingerprint, maxAttempts, nextDueAt } = args
      this.#ensure(agent)
      if (this.#views.find(agent)?.runId !== null) return undefined
      const seen = this.#db.prepare('SELECT MAX(id) FROM messages').pluck().get() as number | null
      const { runId, isDuplicate } = this.#input.create(
        {
          source: 'heartbeat',
          text,
          agent,
          sessionKey,
          attachments: [],
          idempotencyKey: key,
          maxAttempts,
        },
        now,
      )
      if (isDuplicate) return undefined
      this.#db
        .prepare(
          `UPDATE heartbeats SET due_at = ?, demanded_at = NULL, last_at = ?, result = 'running', result_at = ?,
             begun_fingerprint = ?, begun_message = ?, run_id = ?, answer = NULL WHERE agent = ?`,
        )
        .run(nextDueAt, now, now, fingerprint, seen ?? 0, parseId('r', runId), agent)
      return runId
    })
  }

  respond(runId: string, { notify, text }: HeartbeatAnswer): Promise<boolean> {
    return this.#writer.write(
      () =>
        this.#db
          .prepare(
            `UPDATE heartbeats SET answer = ? WHERE run_id = ?
               AND EXISTS (SELECT 1 FROM runs WHERE runs.id = run_id AND finished_at IS NULL)`,
          )
          .run(JSON.stringify({ notify, text }), parseId('r', runId)).changes === 1,
    )
  }

  end(ending: HeartbeatEnding, now: number): Promise<HeartbeatResult | undefined> {
    return this.#writer.write(() => {
      const { agent, runId } = ending
      const row = this.#views.find(agent)
      if (row?.runId !== runId) return undefined
      const result = this.#tell(ending, row.failures, now)
      const isAnswered = ending.outcome !== 'failed' && ending.outcome !== 'cancelled'
      this.#db
        .prepare(
          `UPDATE heartbeats SET run_id = NULL, answer = NULL, result = ?, result_at = ?, failures = ? WHERE agent = ?`,
        )
        .run(result, now, ending.outcome === 'failed' ? row.failures + 1 : 0, agent)
      if (!isAnswered) return result
      this.#db
        .prepare(
          `UPDATE heartbeats SET fingerprint = begun_fingerprint, seen_message = begun_message, seen_at = last_at
           WHERE agent = ?`,
        )
        .run(agent)
      return result
    })
  }

  #tell(ending: HeartbeatEnding, failures: number, now: number): HeartbeatResult {
    const { agent, runId, outcome, alert, notice } = ending
    if (outcome === 'failed') {
      if (notice && failures + 1 === maxFailures) this.#send(notice, runId, now)
      return 'failed'
    }
    if (outcome !== 'alert' || !alert) return outcome
    this.#db
      .prepare('DELETE FROM heartbeat_alerts WHERE at <= ? OR at > ?')
      .run(now - dayMs, now + dayMs)
    const isKnown = this.#db
      .prepare('SELECT 1 FROM heartbeat_alerts WHERE agent = ? AND hash = ?')
      .get(agent, alert.hash)
    if (isKnown) return 'repeated'
    if (!this.#send(alert, runId, now)) return 'refused'
    this.#db
      .prepare('INSERT INTO heartbeat_alerts (agent, hash, at) VALUES (?, ?, ?)')
      .run(agent, alert.hash, now)
    return 'alert'
  }

  /** A group is never told, whatever the configuration says by then. */
  #send({ to, chunks }: HeartbeatNotice, runId: string, now: number): boolean {
    const { conversations, outgoing } = this.#parts
    const kind = conversations.find(to)?.kind ?? 'dm'
    if (kind !== 'dm') return false
    const conversation = conversations.ensure(to, kind, undefined, now)
    const key = `heartbeat:${runId}`
    outgoing.queue(chunks, { conversation, lane: 'answer', key, runId: parseId('r', runId) }, now)
    return true
  }

  #ensure(agent: string): void {
    this.#db.prepare('INSERT OR IGNORE INTO heartbeats (agent) VALUES (?)').run(agent)
  }
}
