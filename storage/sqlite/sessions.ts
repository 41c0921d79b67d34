import type { Database, Statement } from 'better-sqlite3'
import type { QueueMode } from '../../core/model.ts'
import type { HistoryEntry } from '../../core/runtime-port.ts'
import type { EffectOutcome, Page, SessionRow, SessionStore } from '../../core/store.ts'
import { formatId, parseId } from './ids.ts'
import { pageOf, parseCursor } from './paging.ts'
import type { RunQueue } from './run-queue.ts'
import type { Writer } from './writer.ts'

export type SessionRecord = {
  readonly id: number
  readonly key: string
  readonly agent: string
  readonly generation: number
  readonly mode: QueueMode | null
}

/** Finding and making sessions. Used inside transactions only. */
export class SessionRows {
  readonly #find: Statement<[string]>
  readonly #insert: Statement
  readonly #mode: Statement
  readonly #reset: Statement<[number]>

  constructor(db: Database) {
    this.#find = db.prepare('SELECT id, key, agent, generation, mode FROM sessions WHERE key = ?')
    this.#insert = db.prepare(
      'INSERT INTO sessions (key, agent, conversation_id, created_at) VALUES (?, ?, ?, ?) RETURNING id, key, agent, generation, mode',
    )
    this.#mode = db.prepare('UPDATE sessions SET mode = ? WHERE id = ?')
    this.#reset = db.prepare(
      'UPDATE sessions SET generation = generation + 1, runtime_session = NULL WHERE id = ?',
    )
  }

  find(key: string): SessionRecord | undefined {
    return this.#find.get(key) as SessionRecord | undefined
  }

  ensure(key: string, agent: string, conversation: number | null, now: number): SessionRecord {
    return this.find(key) ?? (this.#insert.get(key, agent, conversation, now) as SessionRecord)
  }

  setMode(id: number, mode: QueueMode): void {
    this.#mode.run(mode, id)
  }

  /** Starts afresh: what was queued is cancelled, what executes is to be aborted, the memory begins anew. */
  reset(id: number, queue: RunQueue, now: number): EffectOutcome {
    const stopped = queue.stop(id, now)
    this.#reset.run(id)
    return { isDone: true, ...stopped }
  }
}

const rowColumns = `s.id, s.key, s.agent, s.generation, s.mode, c.channel, c.chat, c.title, s.created_at,
  COALESCE((SELECT MAX(created_at) FROM runs WHERE session_id = s.id), s.created_at) AS last_at`

type SessionView = {
  id: number
  key: string
  agent: string
  generation: number
  mode: string | null
  channel: string | null
  chat: string | null
  title: string | null
  created_at: number
  last_at: number
}

function toSession(row: SessionView): SessionRow {
  return {
    id: formatId('s', row.id),
    key: row.key,
    agent: row.agent,
    generation: row.generation,
    mode: row.mode as QueueMode | null,
    channel: row.channel,
    chat: row.chat,
    title: row.title,
    createdAt: row.created_at,
    lastAt: row.last_at,
  }
}

export class SqliteSessions implements SessionStore {
  readonly #writer: Writer
  readonly #rows: SessionRows
  readonly #queue: RunQueue
  readonly #byKey: Statement<[string]>
  readonly #byId: Statement<[number]>
  readonly #list: Statement<[number, number]>
  readonly #history: Statement<[number, number, number, number]>

  constructor(db: Database, writer: Writer, rows: SessionRows, queue: RunQueue) {
    this.#writer = writer
    this.#rows = rows
    this.#queue = queue
    const from = `SELECT ${rowColumns} FROM sessions s LEFT JOIN conversations c ON c.id = s.conversation_id`
    this.#byKey = db.prepare(`${from} WHERE s.key = ?`)
    this.#byId = db.prepare(`${from} WHERE s.id = ?`)
    this.#list = db.prepare(`${from} WHERE s.id < ? ORDER BY s.id DESC LIMIT ?`)
    this.#history = db.prepare(
      `SELECT r.reply_text, r.finished_at, (
         SELECT group_concat(m.text, char(10)) FROM (
           SELECT m.text FROM run_messages rm JOIN messages m ON m.id = rm.message_id
           WHERE rm.run_id = r.id AND rm.form <> 'context' ORDER BY m.id) m
       ) AS asked, r.created_at
       FROM runs r WHERE r.session_id = ? AND r.id < ? AND r.generation = ? AND r.state = 'completed'
       ORDER BY r.id DESC LIMIT ?`,
    )
  }

  async find(idOrKey: string): Promise<SessionRow | undefined> {
    const row = this.#byKey.get(idOrKey) ?? this.#byId.get(parseId('s', idOrKey))
    return row === undefined ? undefined : toSession(row as SessionView)
  }

  async list(args: { cursor?: string; limit: number }): Promise<Page<SessionRow>> {
    const before = parseCursor(args.cursor)
    const rows = this.#list.all(before, args.limit + 1) as SessionView[]
    return pageOf(rows, args.limit, toSession)
  }

  reset(id: string, now: number): Promise<EffectOutcome> {
    return this.#writer.write(() => this.#rows.reset(parseId('s', id), this.#queue, now))
  }

  setMode(id: string, mode: QueueMode): Promise<void> {
    return this.#writer.write(() => this.#rows.setMode(parseId('s', id), mode))
  }

  async history(
    sessionId: string,
    generation: number,
    beforeRun: string,
    limit: number,
  ): Promise<HistoryEntry[]> {
    type Row = {
      reply_text: string | null
      finished_at: number
      asked: string | null
      created_at: number
    }
    const rows = this.#history.all(
      parseId('s', sessionId),
      parseId('r', beforeRun),
      generation,
      limit,
    ) as Row[]
    return rows.reverse().flatMap((row): HistoryEntry[] => [
      { role: 'user', text: row.asked ?? '', at: row.created_at },
      { role: 'assistant', text: row.reply_text ?? '', at: row.finished_at },
    ])
  }
}
