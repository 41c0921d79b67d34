import type { Database } from 'better-sqlite3'
import type { RunStore } from '../../core/store/runs.ts'
import type { Conversations } from './conversations.ts'
import { formatId } from './ids.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'

/** Runs that are nobody's message: of the API, of jobs. Used inside transactions only. */
export class RunInput {
  readonly #db: Database
  readonly #parts: { conversations: Conversations; sessions: SessionRows; queue: RunQueue }

  constructor(
    db: Database,
    parts: { conversations: Conversations; sessions: SessionRows; queue: RunQueue },
  ) {
    this.#db = db
    this.#parts = parts
  }

  create(
    args: Parameters<RunStore['create']>[0],
    now: number,
  ): { runId: string; isDuplicate: boolean } {
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
      conversations.ensure(args.route, conversations.find(args.route)?.kind ?? 'dm', undefined, now)
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
    this.#record(run, session.key, args, now)
    return { runId: formatId('r', run), isDuplicate: false }
  }

  /** The text is kept as a message all the same: one place for all input. */
  #record(
    run: number,
    sessionKey: string,
    args: Parameters<RunStore['create']>[0],
    now: number,
  ): void {
    const { source, text, attachments } = args
    const place = this.#parts.conversations.ensure(
      { channel: source, account: source, chat: sessionKey },
      'dm',
      undefined,
      now,
    )
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO messages (conversation_id, platform_id, author, version, kind, author_name, text, attachment_count,
           sent_at, received_at, disposition, run_id) VALUES (?, ?, ?, 0, 'message', ?, ?, ?, ?, ?, 'run', ?)`,
      )
      .run(place.id, formatId('r', run), source, source, text, attachments.length, now, now, run)
    const message = Number(lastInsertRowid)
    this.#parts.queue.link(run, message, 'full', true)
    for (const { file, kind } of attachments) {
      this.#db
        .prepare(
          `INSERT INTO attachments (message_id, ref, kind, name, mime, size, state, sha256)
           VALUES (?, '', ?, ?, ?, ?, 'stored', ?)`,
        )
        .run(message, kind, file.name, file.mime, file.size, file.sha256)
    }
  }
}
