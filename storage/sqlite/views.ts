import type { Database, Statement } from 'better-sqlite3'
import type {
  Address,
  DeliveryState,
  RunEvent,
  RunSource,
  RunState,
  StoredFile,
} from '../../core/model.ts'
import type {
  ChatLine,
  DeliveryRow,
  Page,
  QueueDepth,
  RunRow,
  Trace,
  Views,
} from '../../core/store.ts'
import type { ChatLines } from './chat-lines.ts'
import { formatId, parseCursor, parseId } from './ids.ts'
import { laneOf } from './outgoing.ts'
import { toRunEvent } from './run-events.ts'
import type { Traces } from './traces.ts'

type RunView = {
  id: number
  state: string
  session_id: number
  session_key: string
  agent: string
  source: string
  text: string | null
  reply_text: string | null
  reply_files: string | null
  error_code: string | null
  error_message: string | null
  attempt: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  superseded_by: number | null
}

const runColumns = `r.*, s.key AS session_key, (
  SELECT group_concat(m.text, char(10)) FROM (
    SELECT m.text FROM run_messages rm JOIN messages m ON m.id = rm.message_id
    WHERE rm.run_id = r.id AND rm.form <> 'context' ORDER BY m.id) m) AS text`
const fromRuns = `SELECT ${runColumns} FROM runs r JOIN sessions s ON s.id = r.session_id`

function toRun(row: RunView): RunRow {
  return {
    id: formatId('r', row.id),
    state: row.state as RunState,
    sessionId: formatId('s', row.session_id),
    sessionKey: row.session_key,
    agent: row.agent,
    source: row.source as RunSource,
    text: row.text ?? '',
    reply:
      row.reply_text === null
        ? null
        : {
            text: row.reply_text,
            files: row.reply_files === null ? [] : (JSON.parse(row.reply_files) as StoredFile[]),
          },
    error:
      row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    supersededBy: row.superseded_by === null ? null : formatId('r', row.superseded_by),
  }
}

type DeliveryView = {
  id: number
  run_id: number | null
  channel: string
  chat: string
  thread: string
  lane: number
  state: string
  attempts: number
  text: string
  file: string | null
  error: string | null
  platform_message_id: string | null
  created_at: number
  sent_at: number | null
}

const fromDeliveries = `SELECT d.id, d.run_id, c.channel, c.chat, c.thread, d.lane, d.state, d.attempts, d.text,
  d.detail ->> '$.file.name' AS file, d.error, d.platform_message_id, d.created_at, d.sent_at
  FROM deliveries d JOIN conversations c ON c.id = d.conversation_id`

function toDelivery(row: DeliveryView): DeliveryRow {
  return {
    id: formatId('d', row.id),
    runId: row.run_id === null ? null : formatId('r', row.run_id),
    channel: row.channel,
    chat: row.chat,
    thread: row.thread === '' ? null : row.thread,
    lane: laneOf(row.lane),
    state: row.state as DeliveryState,
    attempts: row.attempts,
    text: row.text,
    file: row.file,
    error: row.error,
    platformMessageId: row.platform_message_id,
    createdAt: row.created_at,
    sentAt: row.sent_at,
  }
}

/** One page of rows that carry their id, newest first. */
function page<Row extends { id: number }, Item>(
  rows: Row[],
  limit: number,
  map: (row: Row) => Item,
): Page<Item> {
  const items = rows.slice(0, limit)
  return { items: items.map(map), next: rows.length > limit ? String(items.at(-1)?.id) : null }
}

export class SqliteViews implements Views {
  readonly #db: Database
  readonly #traces: Traces
  readonly #chatLines: ChatLines
  readonly #events: Statement<[number, number, number]>
  readonly #eventsAfter: Statement<[number, number]>

  constructor(db: Database, traces: Traces, chatLines: ChatLines) {
    this.#db = db
    this.#traces = traces
    this.#chatLines = chatLines
    this.#events = db.prepare(
      'SELECT * FROM run_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
    this.#eventsAfter = db.prepare('SELECT * FROM run_events WHERE id > ? ORDER BY id LIMIT ?')
  }

  async run(id: string): Promise<RunRow | undefined> {
    const row = this.#db.prepare(`${fromRuns} WHERE r.id = ?`).get(parseId('r', id))
    return row === undefined ? undefined : toRun(row as RunView)
  }

  async runs(args: Parameters<Views['runs']>[0]): Promise<Page<RunRow>> {
    const rows = this.#db
      .prepare(
        `${fromRuns} WHERE r.id < @before AND (@state IS NULL OR r.state = @state) AND (@agent IS NULL OR r.agent = @agent)
         AND (@session IS NULL OR r.session_id = (SELECT id FROM sessions WHERE key = @session OR id = @sessionRow))
         ORDER BY r.id DESC LIMIT @limit`,
      )
      .all({
        before: args.before === undefined ? Number.MAX_SAFE_INTEGER : before(args.before),
        state: args.state ?? null,
        agent: args.agent ?? null,
        session: args.session ?? null,
        sessionRow: args.session === undefined ? -1 : parseId('s', args.session),
        limit: args.limit + 1,
      })
    return page(rows as RunView[], args.limit, toRun)
  }

  async runEvents(runId: string, afterSeq: number, limit: number): Promise<RunEvent[]> {
    const rows = this.#events.all(parseId('r', runId), afterSeq, limit)
    return (rows as Parameters<typeof toRunEvent>[0][]).map(toRunEvent)
  }

  async eventsAfter(id: number, limit: number): Promise<RunEvent[]> {
    return (this.#eventsAfter.all(id, limit) as Parameters<typeof toRunEvent>[0][]).map(toRunEvent)
  }

  async deliveries(args: Parameters<Views['deliveries']>[0]): Promise<Page<DeliveryRow>> {
    const rows = this.#db
      .prepare(
        `${fromDeliveries} WHERE d.id < @before AND (@state IS NULL OR d.state = @state) ORDER BY d.id DESC LIMIT @limit`,
      )
      .all({
        before: parseCursor(args.cursor, Number.MAX_SAFE_INTEGER),
        state: args.state ?? null,
        limit: args.limit + 1,
      })
    return page(rows as DeliveryView[], args.limit, toDelivery)
  }

  async delivery(id: string): Promise<DeliveryRow | undefined> {
    const row = this.#db.prepare(`${fromDeliveries} WHERE d.id = ?`).get(parseId('d', id))
    return row === undefined ? undefined : toDelivery(row as DeliveryView)
  }

  async trace(messageOrRunId: string): Promise<Trace | undefined> {
    return this.#traces.of(messageOrRunId)
  }

  async lastMessage(address: Address, platformId?: string): Promise<string | undefined> {
    const conversation = `(SELECT id FROM conversations WHERE account = ? AND chat = ? AND thread = ?)`
    const where = [address.account, address.chat, address.thread ?? '']
    const id =
      platformId === undefined
        ? this.#db
            .prepare(
              `SELECT id FROM messages WHERE conversation_id = ${conversation} AND disposition <> 'control'
                 AND kind = 'message' ORDER BY id DESC LIMIT 1`,
            )
            .pluck()
            .get(...where)
        : this.#messageMeant(conversation, where, platformId)
    return id === undefined || id === null ? undefined : formatId('m', id as number)
  }

  /** A reply may mean a person's message or the answer that was sent to it. */
  #messageMeant(conversation: string, where: readonly string[], platformId: string): unknown {
    const own = this.#db
      .prepare(
        `SELECT id FROM messages WHERE conversation_id = ${conversation} AND platform_id = ? AND kind = 'message'`,
      )
      .pluck()
      .get(...where, platformId)
    if (own !== undefined) return own
    return this.#db
      .prepare(
        `SELECT MAX(m.id) FROM deliveries d JOIN messages m ON m.id = COALESCE(d.message_id,
           (SELECT MAX(message_id) FROM run_messages WHERE run_id = d.run_id))
         WHERE d.conversation_id = ${conversation} AND d.platform_message_id = ?`,
      )
      .pluck()
      .get(...where, platformId)
  }

  async openRuns(sessionKey: string): Promise<RunRow[]> {
    const rows = this.#db
      .prepare(
        `${fromRuns} WHERE s.key = ? AND r.id IN (
           SELECT id FROM runs WHERE session_id = s.id AND head = 1
           UNION ALL SELECT id FROM runs WHERE session_id = s.id AND head = 0 AND state = 'queued')
         ORDER BY r.id LIMIT 100`,
      )
      .all(sessionKey)
    return (rows as RunView[]).map(toRun)
  }

  async chat(
    account: string,
    chat: string,
    args: { before?: string; limit: number },
  ): Promise<Page<ChatLine>> {
    return this.#chatLines.page(account, chat, args)
  }

  async chatLine(id: string): Promise<ChatLine | undefined> {
    return this.#chatLines.find(id)
  }

  async chats(
    account: string,
    limit: number,
  ): Promise<{ chat: string; title: string; lastAt: number }[]> {
    return this.#chatLines.chats(account, limit)
  }

  async queue(_now: number): Promise<QueueDepth> {
    const row = this.#db
      .prepare(
        `SELECT (SELECT count(*) FROM runs WHERE state = 'queued' AND head = 1) +
                (SELECT count(*) FROM runs WHERE state = 'queued' AND head = 0) AS depth,
                (SELECT MIN(created_at) FROM runs WHERE id IN (
                  (SELECT MIN(id) FROM runs WHERE state = 'queued' AND head = 1),
                  (SELECT MIN(id) FROM runs WHERE state = 'queued' AND head = 0))) AS oldest,
                (SELECT count(*) FROM runs WHERE head = 1 AND state IN ('running', 'waiting')) AS executing`,
      )
      .get() as { depth: number; oldest: number | null; executing: number }
    return { depth: row.depth, oldestAt: row.oldest ?? undefined, executing: row.executing }
  }

  async counts(): Promise<{ uncertain: number; discarded: number; pendingDeliveries: number }> {
    return this.#db
      .prepare(
        // Every count is spelled as the partial index it reads.
        `SELECT (SELECT count(*) FROM deliveries WHERE state = 'uncertain') AS uncertain,
                (SELECT count(*) FROM deliveries WHERE state = 'discarded') AS discarded,
                (SELECT count(*) FROM deliveries WHERE head = 1 AND state = 'pending') +
                (SELECT count(*) FROM deliveries WHERE head = 0 AND state = 'pending') AS pendingDeliveries`,
      )
      .get() as { uncertain: number; discarded: number; pendingDeliveries: number }
  }
}

/** `before` is a run's id or the cursor a page ended with. */
function before(value: string): number {
  const row = parseId('r', value)
  return row === -1 ? parseCursor(value, Number.MAX_SAFE_INTEGER) : row
}
