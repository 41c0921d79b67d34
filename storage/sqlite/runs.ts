import type { Database, Statement } from 'better-sqlite3'
import type { RunError, RunEventType } from '../../core/model.ts'
import type { Usage } from '../../core/ports.ts'
import type { Lease, RunResult, RunStore } from '../../core/store.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { Messages } from './messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { Repeats } from './repeats.ts'
import { RunClaims } from './run-claims.ts'
import { RunInput } from './run-input.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

type Parts = {
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly repeats: Repeats
  readonly outgoing: Outgoing
  readonly messages: Messages
}

type Ended = {
  id: number
  session_id: number
  agent: string
  conversation_id: number | null
  reply_to: string | null
}

/** Runs from claim to end. Every statement that ends or changes an executing run carries its lease token. */
export class SqliteRuns implements RunStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #parts: Parts
  readonly #claims: RunClaims
  readonly #input: RunInput
  readonly #held: Statement<[number, number]>
  readonly #renew: Statement<[number, number, number]>
  readonly #end: Statement
  readonly #requeue: Statement
  readonly #holds: Statement<[number, number]>
  readonly #conversation: Statement<[number]>

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#db = db
    this.#writer = writer
    this.#parts = parts
    this.#claims = new RunClaims(db, parts.queue.events, parts.messages)
    this.#input = new RunInput(db, parts)
    const leased = `id = ? AND lease_token = ? AND state IN ('running', 'waiting')`
    this.#renew = db.prepare(`UPDATE runs SET lease_expires_at = ? WHERE ${leased}`)
    this.#end = db.prepare(
      `UPDATE runs SET state = ?, head = 0, reply_text = ?, reply_files = ?, error_code = ?, error_message = ?,
         finished_at = ?, lease_expires_at = NULL
       WHERE id = ?`,
    )
    this.#held = db.prepare(
      `SELECT id, session_id, agent, conversation_id, reply_to FROM runs WHERE ${leased}`,
    )
    this.#requeue = db.prepare(
      `UPDATE runs SET state = 'queued', attempt = attempt - ?, not_before = ?, error_code = ?, error_message = ?,
         prompt_id = CASE ? WHEN 1 THEN prompt_id END, lease_expires_at = NULL WHERE ${leased} RETURNING id`,
    )
    this.#holds = db.prepare(`SELECT 1 FROM runs WHERE ${leased}`).pluck() as Statement<
      [number, number]
    >
    this.#conversation = db.prepare('SELECT * FROM conversations WHERE id = ?')
  }

  claim(args: Parameters<RunStore['claim']>[0]): ReturnType<RunStore['claim']> {
    const { owner, now, leaseMs, limit } = args
    return this.#writer.write(() => this.#claims.claim(owner, now, leaseMs, limit))
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
    return this.#whileHeld(lease, (run) => {
      this.#db
        .prepare(
          `UPDATE sessions SET runtime_session = ? WHERE (id, generation) = (SELECT session_id, generation FROM runs WHERE id = ?)`,
        )
        .run(runtimeSession, run)
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

  complete(lease: Lease, result: RunResult, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const files = result.files.length === 0 ? null : JSON.stringify(result.files)
      return this.#finish(
        lease,
        'completed',
        { text: result.text, files },
        undefined,
        result.chunks,
        result.usage,
        now,
      )
    })
  }

  fail(
    lease: Lease,
    error: RunError,
    chunks: RunResult['chunks'],
    usage: readonly Usage[],
    now: number,
  ): Promise<boolean> {
    return this.#writer.write(() =>
      this.#finish(lease, 'failed', undefined, error, chunks, usage, now),
    )
  }

  cancelled(lease: Lease, now: number): Promise<boolean> {
    return this.#writer.write(() =>
      this.#finish(lease, 'cancelled', undefined, undefined, [], [], now),
    )
  }

  #finish(
    lease: Lease,
    state: 'completed' | 'failed' | 'cancelled',
    reply: { text: string; files: string | null } | undefined,
    error: RunError | undefined,
    chunks: RunResult['chunks'],
    usage: readonly Usage[],
    now: number,
  ): boolean {
    const { queue, outgoing } = this.#parts
    // Looking first is cheaper than RETURNING, and in one transaction it is the same.
    const ended = this.#held.get(parseId('r', lease.runId), lease.token) as Ended | undefined
    if (!ended) return false
    this.#end.run(
      state,
      reply?.text ?? null,
      reply?.files ?? null,
      error?.code ?? null,
      error?.message ?? null,
      now,
      ended.id,
    )
    queue.promote(ended.session_id)
    queue.events.append(
      ended.id,
      `run.${state}`,
      now,
      error && { code: error.code, message: error.message },
    )
    if (ended.conversation_id !== null && chunks.length > 0) {
      const conversation = this.#conversation.get(ended.conversation_id) as ConversationRow
      outgoing.queue(
        chunks,
        {
          conversation,
          lane: 'answer',
          key: lease.runId,
          runId: ended.id,
          replyTo: ended.reply_to,
        },
        now,
      )
    }
    for (const used of usage) this.#recordUsage(ended, used, now)
    return true
  }

  #recordUsage(run: Ended, usage: Usage, now: number): void {
    this.#db
      .prepare(
        `INSERT INTO usage (run_id, session_id, agent, model, input_tokens, output_tokens, cached_tokens, cost_usd, at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        run.id,
        run.session_id,
        run.agent,
        usage.model ?? null,
        usage.inputTokens,
        usage.outputTokens,
        usage.cachedTokens ?? 0,
        usage.costUsd ?? null,
        now,
      )
  }

  retry(lease: Lease, error: RunError, notBefore: number, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const run = parseId('r', lease.runId)
      const row = this.#requeue.get(0, notBefore, error.code, error.message, 0, run, lease.token)
      if (row === undefined) return false
      this.#parts.queue.events.append(run, 'run.retrying', now, { code: error.code, notBefore })
      return true
    })
  }

  release(lease: Lease, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const run = parseId('r', lease.runId)
      const row = this.#requeue.get(1, now, null, null, 1, run, lease.token)
      if (row === undefined) return false
      this.#parts.queue.events.append(run, 'run.retrying', now, { code: 'shutdown' })
      return true
    })
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
