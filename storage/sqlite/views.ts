import type { Database, Statement } from 'better-sqlite3'
import type { Address, RunEvent } from '../../core/model.ts'
import type { DeliveryRow } from '../../core/store/deliveries.ts'
import type { Page } from '../../core/store/page.ts'
import type { RunRow } from '../../core/store/runs.ts'
import type { ChatLine, QueueDepth, Trace, Views } from '../../core/store/views.ts'
import type { ChatLines } from './chat-lines.ts'
import type { DeliveryRows } from './delivery-rows.ts'
import { formatId, parseId } from './ids.ts'
import { toRunEvent } from './run-events.ts'
import type { RunRows } from './run-rows.ts'
import type { Traces } from './traces.ts'

type Parts = {
  readonly runs: RunRows
  readonly deliveries: DeliveryRows
  readonly traces: Traces
  readonly chatLines: ChatLines
}

/** What people and programs may look at. Nothing here changes anything. */
export class SqliteViews implements Views {
  readonly #db: Database
  readonly #runs: RunRows
  readonly #deliveries: DeliveryRows
  readonly #traces: Traces
  readonly #chatLines: ChatLines
  readonly #events: Statement<[number, number, number]>
  readonly #eventsAfter: Statement<[number, number]>

  constructor(db: Database, parts: Parts) {
    this.#db = db
    this.#runs = parts.runs
    this.#deliveries = parts.deliveries
    this.#traces = parts.traces
    this.#chatLines = parts.chatLines
    this.#events = db.prepare(
      'SELECT * FROM run_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
    this.#eventsAfter = db.prepare('SELECT * FROM run_events WHERE id > ? ORDER BY id LIMIT ?')
  }

  async run(id: string): Promise<RunRow | undefined> {
    return this.#runs.find(id)
  }

  async runs(args: Parameters<Views['runs']>[0]): Promise<Page<RunRow>> {
    return this.#runs.page(args)
  }

  async openRuns(sessionKey: string): Promise<RunRow[]> {
    return this.#runs.open(sessionKey)
  }

  async runEvents(runId: string, afterSeq: number, limit: number): Promise<RunEvent[]> {
    const rows = this.#events.all(parseId('r', runId), afterSeq, limit)
    return (rows as Parameters<typeof toRunEvent>[0][]).map(toRunEvent)
  }

  async eventsAfter(id: number, limit: number): Promise<RunEvent[]> {
    return (this.#eventsAfter.all(id, limit) as Parameters<typeof toRunEvent>[0][]).map(toRunEvent)
  }

  async deliveries(args: Parameters<Views['deliveries']>[0]): Promise<Page<DeliveryRow>> {
    return this.#deliveries.page(args)
  }

  async delivery(id: string): Promise<DeliveryRow | undefined> {
    return this.#deliveries.find(id)
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
