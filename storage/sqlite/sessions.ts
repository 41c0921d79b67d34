import type { Database, Statement } from 'better-sqlite3'
import type { QueueMode } from '../../core/model.ts'
import type { HistoryEntry, TurnChoices } from '../../core/runtime-port.ts'
import type { ChoicesChange, EffectOutcome } from '../../core/store/effects.ts'
import type { Page } from '../../core/store/page.ts'
import type { SessionRow, SessionStore } from '../../core/store/sessions.ts'
import { formatId, parseId } from './ids.ts'
import { pageOf, parseCursor } from './paging.ts'
import { RowCache } from './row-cache.ts'
import type { RunQueue } from './run-queue.ts'
import { SessionGenerations } from './session-generations.ts'
import type { Writer } from './writer.ts'

export type SessionRecord = {
  readonly id: number
  readonly key: string
  readonly agent: string
  readonly generation: number
  readonly mode: QueueMode | null
  readonly conversation_id: number | null
}

/** Finding, making and changing sessions. Used inside transactions only; what a message needs of them is kept in memory. */
export class SessionRows {
  readonly #known = new RowCache<SessionRecord>()
  readonly generations: SessionGenerations
  readonly #find: Statement<[string]>
  readonly #insert: Statement
  readonly #place: Statement<[number, number]>
  readonly #mode: Statement
  readonly #choose: Statement

  constructor(db: Database) {
    this.generations = new SessionGenerations(db, () => this.forget())
    const columns = 'id, key, agent, generation, mode, conversation_id'
    this.#find = db.prepare(`SELECT ${columns} FROM sessions WHERE key = ?`)
    this.#insert = db.prepare(
      `INSERT INTO sessions (key, agent, conversation_id, created_at, generation_since) VALUES (?, ?, ?, ?, ?) RETURNING ${columns}`,
    )
    this.#place = db.prepare('UPDATE sessions SET conversation_id = ? WHERE id = ?')
    this.#mode = db.prepare('UPDATE sessions SET mode = ? WHERE id = ?')
    this.#choose = db.prepare(
      `UPDATE sessions SET model = CASE WHEN @hasModel THEN @model ELSE model END,
         agent_mode = CASE WHEN @hasMode THEN @mode ELSE agent_mode END WHERE id = @id`,
    )
  }

  find(key: string): SessionRecord | undefined {
    return (
      this.#known.get(key) ??
      this.#known.keep(key, this.#find.get(key) as SessionRecord | undefined)
    )
  }

  /** Forgets what is kept in memory: whoever changes a session elsewhere says so. */
  forget(): void {
    this.#known.clear()
  }

  ensure(key: string, agent: string, conversation: number | null, now: number): SessionRecord {
    const found = this.find(key)
    if (!found) return this.#insert.get(key, agent, conversation, now, now) as SessionRecord
    // Something was chosen for it before anybody wrote there.
    if (found.conversation_id === null && conversation !== null) {
      this.forget()
      this.#place.run(conversation, found.id)
    }
    return found
  }

  setMode(id: number, mode: QueueMode): void {
    this.forget()
    this.#mode.run(mode, id)
  }

  choose(id: number, { model, mode }: ChoicesChange): void {
    this.#choose.run({
      id,
      hasModel: model === undefined ? 0 : 1,
      model: model ?? null,
      hasMode: mode === undefined ? 0 : 1,
      mode: mode ?? null,
    })
  }

  /** Starts afresh: what was queued is cancelled, what executes is to be aborted, the memory begins anew. */
  reset(id: number, queue: RunQueue, now: number): EffectOutcome {
    const stopped = queue.stop(id, now)
    this.generations.begin(id, now)
    return { isDone: true, ...stopped }
  }

  resume(id: number, generation: number, queue: RunQueue, now: number): EffectOutcome {
    const resumed = this.generations.resume(id, generation, now)
    if (typeof resumed === 'string') return { isDone: false, cancelled: [], detail: resumed }
    return { isDone: true, ...queue.stop(id, now), detail: resumed.title }
  }

  /** The session as a message finds it: begun afresh where it lay unused since `freshBefore`. */
  freshen(
    session: SessionRecord,
    freshBefore: number,
    queue: RunQueue,
    now: number,
  ): SessionRecord {
    if (queue.isBusy(session.id)) return session
    const usedAt = this.generations.usedAt(session.id)
    if (usedAt === undefined || usedAt >= freshBefore) return session
    this.generations.begin(session.id, now)
    return this.find(session.key) ?? session
  }
}

/** The `s.` columns of what was chosen. */
export type ChoiceColumns = { readonly model: string | null; readonly agent_mode: string | null }

export function choicesOf({ model, agent_mode: mode }: ChoiceColumns): TurnChoices {
  return { ...(model !== null && { model }), ...(mode !== null && { mode }) }
}

const rowColumns = `s.id, s.key, s.agent, s.generation, s.mode, s.model, s.agent_mode, c.channel, c.chat, COALESCE(c.title, s.runtime_title) AS title, s.created_at,
  COALESCE((SELECT MAX(created_at) FROM runs WHERE session_id = s.id), s.created_at) AS last_at`

type SessionView = ChoiceColumns & {
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
    choices: choicesOf(row),
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
       FROM runs r WHERE r.session_id = ? AND r.id < ? AND r.generation = ? AND r.state = 'completed' AND r.source <> 'compact'
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

  choose(id: string, change: ChoicesChange): Promise<void> {
    return this.#writer.write(() => this.#rows.choose(parseId('s', id), change))
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
