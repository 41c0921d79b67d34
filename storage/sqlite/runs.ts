import type { Database, Statement } from 'better-sqlite3'
import type { RunError, RunEventType, RunSource } from '../../core/model.ts'
import type { Usage } from '../../core/ports.ts'
import type { ClaimedRun, Lease, RunResult, RunStore } from '../../core/store.ts'
import { type ConversationRow, type Conversations, routeOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { Messages } from './messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { Repeats } from './repeats.ts'
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

type LeasedRow = {
  id: number
  session_id: number
  agent: string
  source: RunSource
  attempt: number
  max_attempts: number
  lease_token: number
  prompt_id: string | null
  conversation_id: number | null
  reply_to: string | null
  is_cancel_requested: number
  error_code: string | null
  error_message: string | null
  created_at: number
}

type Context = {
  key: string
  generation: number
  runtime_session: string | null
  channel: string | null
  account: string
  chat: string
  thread: string
  chat_kind: string
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
  readonly #due: Statement<[number, number]>
  readonly #nextAt: Statement<[number]>
  readonly #lease: Statement
  readonly #context: Statement<[number | null, number]>
  readonly #renew: Statement<[number, number, number]>
  readonly #end: Statement
  readonly #requeue: Statement
  readonly #holds: Statement<[number, number]>
  readonly #conversation: Statement<[number]>

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#db = db
    this.#writer = writer
    this.#parts = parts
    this.#due = db.prepare(
      `SELECT id, attempt, max_attempts FROM runs WHERE head = 1 AND state = 'queued' AND not_before <= ?
       ORDER BY not_before, id LIMIT ?`,
    )
    this.#nextAt = db
      .prepare(
        `SELECT not_before FROM runs WHERE head = 1 AND state = 'queued' AND not_before > ? ORDER BY not_before LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#lease = db.prepare(
      `UPDATE runs SET state = 'running', attempt = ?, lease_owner = ?, lease_token = lease_token + 1,
         lease_expires_at = ?, started_at = COALESCE(started_at, ?)
       WHERE id = ?
       RETURNING id, session_id, agent, source, attempt, max_attempts, lease_token, prompt_id, conversation_id, reply_to,
         is_cancel_requested, error_code, error_message, created_at`,
    )
    this.#context = db.prepare(
      `SELECT s.key, s.generation, s.runtime_session, c.channel, c.account, c.chat, c.thread, c.kind AS chat_kind
       FROM sessions s LEFT JOIN conversations c ON c.id = ? WHERE s.id = ?`,
    )
    const leased = `id = ? AND lease_token = ? AND state IN ('running', 'waiting')`
    this.#renew = db.prepare(`UPDATE runs SET lease_expires_at = ? WHERE ${leased}`)
    this.#end = db.prepare(
      `UPDATE runs SET state = ?, head = 0, reply_text = ?, reply_files = ?, error_code = ?, error_message = ?,
         finished_at = ?, lease_expires_at = NULL
       WHERE ${leased} RETURNING id, session_id, agent, conversation_id, reply_to`,
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

  claim(args: { owner: string; now: number; leaseMs: number; limit: number }): Promise<{
    runs: ClaimedRun[]
    nextAt: number | undefined
  }> {
    const { owner, now, leaseMs, limit } = args
    return this.#writer.write(() => {
      const due = this.#due.all(now, limit) as {
        id: number
        attempt: number
        max_attempts: number
      }[]
      const runs = due.map((run) => {
        const isExhausted = run.attempt >= run.max_attempts
        const attempt = isExhausted ? run.attempt : run.attempt + 1
        const row = this.#lease.get(attempt, owner, now + leaseMs, now, run.id) as LeasedRow
        this.#parts.queue.events.append(run.id, 'run.started', now, { attempt })
        return this.#claimed(row, isExhausted)
      })
      const nextAt = due.length === limit ? now : (this.#nextAt.get(now) as number | undefined)
      return { runs, nextAt }
    })
  }

  #claimed(row: LeasedRow, isExhausted: boolean): ClaimedRun {
    const context = this.#context.get(row.conversation_id, row.session_id) as Context
    const id = formatId('r', row.id)
    return {
      id,
      lease: { runId: id, token: row.lease_token },
      attempt: row.attempt,
      maxAttempts: row.max_attempts,
      isExhausted,
      isCancelled: row.is_cancel_requested === 1,
      agent: row.agent,
      source: row.source,
      session: {
        id: formatId('s', row.session_id),
        key: context.key,
        generation: context.generation,
        ...(context.runtime_session !== null && { runtimeSession: context.runtime_session }),
      },
      messages: this.#parts.messages.ofRun(row.id),
      createdAt: row.created_at,
      ...(row.prompt_id !== null && { promptId: row.prompt_id }),
      ...(context.channel !== null && {
        route: routeOf({ ...context, channel: context.channel, reply_to: row.reply_to }),
      }),
      ...(row.error_code !== null && {
        lastError: { code: row.error_code, message: row.error_message ?? '' },
      }),
    }
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
    const ended = this.#end.get(
      state,
      reply?.text ?? null,
      reply?.files ?? null,
      error?.code ?? null,
      error?.message ?? null,
      now,
      parseId('r', lease.runId),
      lease.token,
    ) as Ended | undefined
    if (!ended) return false
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

  recover(owner: string, now: number): Promise<string[]> {
    return this.#writer.write(() => {
      // One process owns this file, so whatever another owner holds is held by nobody.
      const orphans = this.#db
        .prepare(
          `UPDATE runs SET state = 'queued', not_before = ?, lease_expires_at = NULL, error_code = NULL,
             error_message = NULL
           WHERE head = 1 AND state IN ('running', 'waiting') AND (lease_owner <> ? OR lease_expires_at <= ?) RETURNING id`,
        )
        .all(now, owner, now) as { id: number }[]
      for (const { id } of orphans) this.#parts.queue.events.append(id, 'run.recovered', now)
      return orphans.map(({ id }) => formatId('r', id))
    })
  }

  create(
    args: Parameters<RunStore['create']>[0],
    now: number,
  ): Promise<{ runId: string; isDuplicate: boolean }> {
    return this.#writer.write(() => {
      if (args.idempotencyKey !== undefined) {
        const earlier = this.#db
          .prepare('SELECT id FROM runs WHERE idempotency_key = ?')
          .pluck()
          .get(args.idempotencyKey)
        if (earlier !== undefined)
          return { runId: formatId('r', earlier as number), isDuplicate: true }
      }
      const { conversations, sessions, queue } = this.#parts
      const target =
        args.route &&
        conversations.ensure(
          args.route,
          conversations.find(args.route)?.kind ?? 'dm',
          undefined,
          now,
        )
      const session = sessions.ensure(args.sessionKey, args.agent, target?.id ?? null, now)
      const run = queue.add(
        {
          sessionId: session.id,
          generation: session.generation,
          agent: session.agent,
          source: args.source,
          maxAttempts: args.maxAttempts,
          notBefore: now,
          windowUntil: 0,
          conversationId: target?.id ?? null,
          replyTo: args.route?.replyTo,
          idempotencyKey: args.idempotencyKey,
        },
        now,
      )
      this.#recordInput(run, session.key, args, now)
      return { runId: formatId('r', run), isDuplicate: false }
    })
  }

  /** The text of a run that is nobody's message is kept as a message all the same: one place for all input. */
  #recordInput(
    run: number,
    sessionKey: string,
    args: Parameters<RunStore['create']>[0],
    now: number,
  ): void {
    const place = this.#parts.conversations.ensure(
      { channel: args.source, account: args.source, chat: sessionKey },
      'dm',
      undefined,
      now,
    )
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO messages (conversation_id, platform_id, author, version, kind, author_name, text, attachment_count,
           sent_at, received_at, disposition, run_id) VALUES (?, ?, ?, 0, 'message', ?, ?, ?, ?, ?, 'run', ?)`,
      )
      .run(
        place.id,
        formatId('r', run),
        args.source,
        args.source,
        args.text,
        args.attachments.length,
        now,
        now,
        run,
      )
    const message = Number(lastInsertRowid)
    this.#parts.queue.link(run, message, 'full', true)
    for (const { file, kind } of args.attachments) {
      this.#db
        .prepare(
          `INSERT INTO attachments (message_id, ref, kind, name, mime, size, state, sha256) VALUES (?, '', ?, ?, ?, ?, 'stored', ?)`,
        )
        .run(message, kind, file.name, file.mime, file.size, file.sha256)
    }
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
