import type { Database } from 'better-sqlite3'
import type { Address, Chunk, RunError } from '../../core/model.ts'
import type {
  EndPolicy,
  FailurePolicy,
  JobNotice,
  OccurrenceLease,
  OccurrenceNote,
  OccurrenceStep,
  OccurrenceStore,
} from '../../core/scheduler/job-store.ts'
import type { Conversations } from './conversations.ts'
import { parseId } from './ids.ts'
import type { JobActs } from './job-acts.ts'
import type { JobRows } from './job-rows.ts'
import { OccurrenceClaims } from './occurrence-claims.ts'
import { OccurrenceEndings } from './occurrence-endings.ts'
import { type OccurrenceRecord, OccurrenceRows } from './occurrence-rows.ts'
import type { Outgoing } from './outgoing.ts'
import { RunInput } from './run-input.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

const maxRecovered = 1000

type Parts = {
  readonly jobs: JobRows
  readonly acts: JobActs
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly outgoing: Outgoing
}

/** Occurrences from due to done. Every statement that moves a claimed one on carries its lease token. */
export class SqliteOccurrences implements OccurrenceStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #outgoing: Outgoing
  readonly #rows: OccurrenceRows
  readonly #claims: OccurrenceClaims
  readonly #endings: OccurrenceEndings
  readonly #input: RunInput

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#outgoing = parts.outgoing
    this.#rows = new OccurrenceRows(db)
    this.#claims = new OccurrenceClaims(db, parts.jobs, this.#rows)
    this.#endings = new OccurrenceEndings(db, { ...parts, rows: this.#rows })
    this.#input = new RunInput(db, parts)
  }

  enqueue(args: Parameters<OccurrenceStore['enqueue']>[0]): ReturnType<OccurrenceStore['enqueue']> {
    return this.#writer.write(() => this.#claims.enqueue(args))
  }

  claim(args: Parameters<OccurrenceStore['claim']>[0]): ReturnType<OccurrenceStore['claim']> {
    return this.#writer.claim(() => this.#claims.claim(args))
  }

  renew(leases: readonly OccurrenceLease[], expiresAt: number): Promise<string[]> {
    const renew = this.#db.prepare(
      `UPDATE occurrences SET lease_expires_at = ? WHERE id = ? AND lease_token = ? AND state = 'leased'`,
    )
    return this.#writer.write(() =>
      leases.flatMap(({ id, token }) =>
        renew.run(expiresAt, parseId('o', id), token).changes === 1 ? [] : [id],
      ),
    )
  }

  async note(lease: OccurrenceLease, note: OccurrenceNote): Promise<boolean> {
    const noted = this.#whileHeld(lease, (row) => {
      this.#rows.note(row.id, note)
      return true
    })
    return (await noted) ?? false
  }

  begin(
    lease: OccurrenceLease,
    run: Parameters<OccurrenceStore['begin']>[1],
    now: number,
  ): Promise<OccurrenceStep | 'dead' | undefined> {
    return this.#whileHeld(lease, (row) => {
      if (run.route && this.#conversations.find(run.route)?.is_alive === 0) return 'dead'
      const { runId } = this.#input.create(
        {
          ...run,
          source: 'job',
          attachments: [],
          // One run an attempt, and no next attempt before that run has failed.
          idempotencyKey: `job:${lease.id}:${row.attempt}`,
        },
        now,
      )
      return this.#rows.run(row.id, parseId('r', runId))
    })
  }

  deliver(
    lease: OccurrenceLease,
    to: Address,
    chunks: readonly Chunk[],
    now: number,
  ): Promise<OccurrenceStep | 'dead' | undefined> {
    return this.#whileHeld(lease, (row) => {
      const known = this.#conversations.find(to)
      if (known?.is_alive === 0) return 'dead'
      const conversation = known ?? this.#conversations.ensure(to, 'dm', undefined, now)
      this.#outgoing.queue(chunks, { conversation, lane: 'answer', key: lease.id }, now)
      return this.#endings.completed(row, chunks.length > 0, now)
    })
  }

  complete(
    lease: OccurrenceLease,
    reason: string | undefined,
    now: number,
  ): Promise<OccurrenceStep | undefined> {
    return this.#whileHeld(lease, (row) => this.#endings.completed(row, false, now, reason))
  }

  fail(
    lease: OccurrenceLease,
    error: RunError,
    policy: FailurePolicy & EndPolicy,
    now: number,
  ): Promise<OccurrenceStep | undefined> {
    return this.#whileHeld(lease, (row) => this.#endings.fail(row, error, policy, now))
  }

  async release(lease: OccurrenceLease, now: number): Promise<void> {
    await this.#whileHeld(lease, (row) => this.#rows.requeue(row.id, now, undefined, true))
  }

  recover(owner: string, policy: FailurePolicy, now: number): Promise<OccurrenceStep[]> {
    return this.#writer.write(() =>
      this.#claims
        .orphans(owner, now, maxRecovered)
        .map((row) => this.#endings.recovered(row, policy, now)),
    )
  }

  settle(
    policy: FailurePolicy,
    limit: number,
    now: number,
  ): Promise<{ steps: OccurrenceStep[]; open: number; isMore: boolean }> {
    return this.#writer.write(() => this.#endings.settle(policy, limit, now))
  }

  async notices(limit: number): Promise<JobNotice[]> {
    return this.#endings.notices(limit)
  }

  async follows(runId: string): Promise<boolean> {
    const found = this.#db
      .prepare(
        `SELECT 1 FROM occurrences WHERE run_id = ? AND (state = 'running' OR delivery IN ('pending', 'failed')) LIMIT 1`,
      )
      .get(parseId('r', runId))
    return found !== undefined
  }

  told(noticeId: string): Promise<void> {
    return this.#writer.write(() => this.#endings.told(noticeId))
  }

  #whileHeld<T>(
    lease: OccurrenceLease,
    work: (row: OccurrenceRecord) => T,
  ): Promise<T | undefined> {
    return this.#writer.write(() => {
      const row = this.#rows.held(lease)
      return row && work(row)
    })
  }
}
