import type { Database, Statement } from 'better-sqlite3'
import type { Chunk, RunError, RunEventType } from '../../core/model.ts'
import type { Lease, RunResult, RunStore } from '../../core/store/runs.ts'
import type { Conversations } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { Messages } from './messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { Repeats } from './repeats.ts'
import { leased, RunClaims } from './run-claims.ts'
import { RunEndings } from './run-endings.ts'
import { RunInput } from './run-input.ts'
import { RunPreviews } from './run-previews.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

const maxReattachments = 20

type Parts = {
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly repeats: Repeats
  readonly outgoing: Outgoing
  readonly messages: Messages
}

/** Runs from claim to end. Every statement that ends or changes an executing run carries its lease token. */
export class SqliteRuns implements RunStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #parts: Parts
  readonly #claims: RunClaims
  readonly #previews: RunPreviews
  readonly #endings: RunEndings
  readonly #input: RunInput
  readonly #renew: Statement<[number, number, number]>
  readonly #holds: Statement<[number, number]>

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#db = db
    this.#writer = writer
    this.#parts = parts
    this.#claims = new RunClaims(db, { ...parts, events: parts.queue.events })
    this.#previews = new RunPreviews(db, parts.outgoing)
    this.#endings = new RunEndings(db, parts, this.#previews)
    this.#input = new RunInput(db, parts)
    this.#renew = db.prepare(`UPDATE runs SET lease_expires_at = ? WHERE ${leased}`)
    this.#holds = db.prepare(`SELECT 1 FROM runs WHERE ${leased}`).pluck() as Statement<
      [number, number]
    >
  }

  claim(args: Parameters<RunStore['claim']>[0]): ReturnType<RunStore['claim']> {
    const { owner, now, leaseMs, limit } = args
    return this.#writer.claim(() => this.#claims.claim(owner, now, leaseMs, limit))
  }

  recover(owner: string, now: number): Promise<string[]> {
    return this.#writer.write(() => this.#claims.recover(owner, now))
  }

  renew(leases: readonly Lease[], expiresAt: number): Promise<string[]> {
    return this.#writer.write(() =>
      leases.flatMap(({ runId, token }) =>
        this.#renew.run(expiresAt, parseId('r', runId), token).changes === 1 ? [] : [runId],
      ),
    )
  }

  notePrompt(lease: Lease, promptId: string): Promise<boolean> {
    return this.#whileHeld(lease, (run) => {
      this.#db.prepare('UPDATE runs SET prompt_id = ? WHERE id = ?').run(promptId, run)
    })
  }

  noteRuntimeSession(lease: Lease, runtimeSession: string): Promise<boolean> {
    return this.#noteConversation(lease, 'runtime_session', runtimeSession)
  }

  noteTitle(lease: Lease, title: string): Promise<boolean> {
    return this.#noteConversation(lease, 'runtime_title', title === '' ? null : title)
  }

  #noteConversation(
    lease: Lease,
    column: 'runtime_session' | 'runtime_title',
    value: string | null,
  ): Promise<boolean> {
    return this.#whileHeld(lease, (run) => {
      const ofRun = '(SELECT session_id, generation FROM runs WHERE id = ?)'
      const { changes } = this.#db
        .prepare(`UPDATE sessions SET ${column} = ? WHERE (id, generation) = ${ofRun}`)
        .run(value, run)
      if (changes > 0) return
      // Its conversation was put aside meanwhile, perhaps to be gone back to.
      this.#db
        .prepare(
          `UPDATE session_generations SET ${column} = ? WHERE (session_id, generation) = ${ofRun}`,
        )
        .run(value, run)
    })
  }

  append(
    lease: Lease,
    events: readonly { type: RunEventType; data: Record<string, unknown> }[],
    now: number,
  ): Promise<boolean> {
    return this.#whileHeld(lease, (run) => {
      for (const event of events) this.#parts.queue.events.append(run, event.type, now, event.data)
    })
  }

  reattached(lease: Lease): Promise<boolean> {
    return this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(
          `UPDATE runs SET attempt = attempt - 1, reattachments = reattachments + 1
           WHERE ${leased} AND attempt > 1 AND reattachments < ${maxReattachments}`,
        )
        .run(parseId('r', lease.runId), lease.token)
      return changes > 0
    })
  }

  preview(
    lease: Lease,
    chunk: Chunk,
    now: number,
  ): Promise<{ id: string | undefined; isNew: boolean }> {
    return this.#writer.write(() => {
      const run = parseId('r', lease.runId)
      const isHeld = this.#holds.get(run, lease.token) !== undefined
      const preview = isHeld ? this.#previews.begin(run, chunk, now) : undefined
      return { id: preview && formatId('d', preview.id), isNew: preview?.isNew ?? false }
    })
  }

  complete(lease: Lease, result: RunResult, now: number): Promise<boolean> {
    return this.#writer.write(() =>
      this.#endings.end(lease, { ...result, state: 'completed' }, now),
    )
  }

  fail(
    lease: Lease,
    error: RunError,
    chunks: RunResult['chunks'],
    now: number,
    isAttempt = true,
  ): Promise<boolean> {
    return this.#writer.write(() =>
      this.#endings.end(lease, { state: 'failed', error, chunks, isAttempt }, now),
    )
  }

  cancelled(lease: Lease, now: number): Promise<boolean> {
    return this.#writer.write(() =>
      this.#endings.end(lease, { state: 'cancelled', chunks: [] }, now),
    )
  }

  retry(lease: Lease, error: RunError, notBefore: number, now: number): Promise<boolean> {
    return this.#writer.write(() => this.#endings.retry(lease, error, notBefore, now))
  }

  release(lease: Lease, now: number): Promise<boolean> {
    return this.#writer.write(() => this.#endings.release(lease, now))
  }

  create(args: Parameters<RunStore['create']>[0], now: number): ReturnType<RunStore['create']> {
    return this.#writer.write(() => this.#input.create(args, now))
  }

  requestCancel(
    runId: string,
    now: number,
  ): Promise<'cancelled' | 'executing' | 'finished' | 'unknown'> {
    return this.#writer.write(() => {
      const id = parseId('r', runId)
      const run = this.#db
        .prepare('SELECT state, head, session_id FROM runs WHERE id = ?')
        .get(id) as { state: string; head: number; session_id: number } | undefined
      if (!run) return 'unknown'
      if (run.state === 'queued') {
        this.#parts.queue.endQueued(
          { id, sessionId: run.session_id, isHead: run.head === 1 },
          'cancelled',
          now,
        )
        return 'cancelled'
      }
      if (run.state !== 'running' && run.state !== 'waiting') return 'finished'
      this.#db.prepare('UPDATE runs SET is_cancel_requested = 1 WHERE id = ?').run(id)
      return 'executing'
    })
  }

  again(
    runId: string,
    maxAttempts: number,
    now: number,
  ): Promise<string | 'not-finished' | 'unknown'> {
    return this.#writer.write(() => {
      const again = this.#parts.repeats.again(parseId('r', runId), maxAttempts, now)
      return typeof again === 'number' ? formatId('r', again) : again
    })
  }

  #whileHeld(lease: Lease, work: (run: number) => void): Promise<boolean> {
    return this.#writer.write(() => {
      const run = parseId('r', lease.runId)
      if (this.#holds.get(run, lease.token) === undefined) return false
      work(run)
      return true
    })
  }
}
