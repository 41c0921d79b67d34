import type { Database } from 'better-sqlite3'
import type { DeliveryState } from '../../core/model.ts'
import type { DeliveryRow } from '../../core/store/deliveries.ts'
import type { Page } from '../../core/store/page.ts'
import type { Views } from '../../core/store/views.ts'
import { formatId, parseId } from './ids.ts'
import { laneOf } from './outgoing.ts'
import { pageOf, parseCursor } from './paging.ts'

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

/** Deliveries as people and programs see them. */
export class DeliveryRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  page(args: Parameters<Views['deliveries']>[0]): Page<DeliveryRow> {
    const rows = this.#db
      .prepare(
        `${fromDeliveries} WHERE d.id < @before AND (@state IS NULL OR d.state = @state) ORDER BY d.id DESC LIMIT @limit`,
      )
      .all({
        before: parseCursor(args.cursor),
        state: args.state ?? null,
        limit: args.limit + 1,
      })
    return pageOf(rows as DeliveryView[], args.limit, toDelivery)
  }

  find(id: string): DeliveryRow | undefined {
    const row = this.#db.prepare(`${fromDeliveries} WHERE d.id = ?`).get(parseId('d', id))
    return row === undefined ? undefined : toDelivery(row as DeliveryView)
  }
}
