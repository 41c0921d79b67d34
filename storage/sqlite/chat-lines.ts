import type { Database } from 'better-sqlite3'
import { RequestError } from '../../core/errors.ts'
import type { RunState } from '../../core/model.ts'
import type { Page } from '../../core/store/page.ts'
import type { ChatLine } from '../../core/store/views.ts'
import { formatId, parseId } from './ids.ts'
import type { Messages } from './messages.ts'
import { chunkOf, laneOf } from './outgoing.ts'

type LineRow = {
  kind: 'm' | 'd'
  id: number
  text: string
  detail: string | null
  lane: number
  at: number
  run_id: number | null
  run_state: string | null
  attachment_count: number
}

/**
 * Both halves of a chat. A line's place is its time, then its kind, then its row: a total order to page by. A message of
 * ours that was replaced stays where it was, with what it says now.
 */
const lines = `
  SELECT 'm' AS kind, m.id, m.text, NULL AS detail, 0 AS lane, m.received_at AS at, m.run_id, r.state AS run_state, m.attachment_count
  FROM messages m JOIN conversations c ON c.id = m.conversation_id LEFT JOIN runs r ON r.id = m.run_id
  WHERE c.account = @account AND c.chat = @chat AND m.kind = 'message' AND (@id IS NULL OR m.id = @id)
  UNION ALL
  SELECT 'd', d.id, n.text, n.detail, d.lane, d.created_at, n.run_id, r.state, 0
  FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
  JOIN deliveries n ON n.id = COALESCE(
    (SELECT MAX(x.id) FROM deliveries x WHERE x.replaces = d.id AND x.state = 'sent'), d.id)
  LEFT JOIN runs r ON r.id = n.run_id
  WHERE c.account = @account AND c.chat = @chat AND d.state = 'sent' AND (@id IS NULL OR d.id = @id)
    AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.id = d.replaces AND o.state = 'sent')`

export class ChatLines {
  readonly #db: Database
  readonly #messages: Messages

  constructor(db: Database, messages: Messages) {
    this.#db = db
    this.#messages = messages
  }

  page(account: string, chat: string, args: { before?: string; limit: number }): Page<ChatLine> {
    const place = args.before === undefined ? undefined : parsePlace(args.before)
    const rows = this.#db
      .prepare(
        `SELECT * FROM (${lines})
         WHERE @at IS NULL OR (at, kind = 'd', id) < (@at, @isDelivery, @row)
         ORDER BY at DESC, kind = 'd' DESC, id DESC LIMIT @limit`,
      )
      .all({
        account,
        chat,
        id: null,
        at: place?.at ?? null,
        isDelivery: place?.isDelivery ?? 0,
        row: place?.row ?? 0,
        limit: args.limit + 1,
      }) as LineRow[]
    const items = rows.slice(0, args.limit)
    const last = items.at(-1)
    return {
      items: items.reverse().map((row) => this.#line(row)),
      next: rows.length > args.limit && last ? `${last.at}-${last.kind}${last.id}` : null,
    }
  }

  find(id: string): ChatLine | undefined {
    const [table, row] = id.startsWith('d')
      ? (['deliveries', this.#replaced(parseId('d', id))] as const)
      : (['messages', parseId('m', id)] as const)
    const place = this.#db
      .prepare(
        `SELECT c.account, c.chat FROM ${table} x JOIN conversations c ON c.id = x.conversation_id WHERE x.id = ?`,
      )
      .get(row) as { account: string; chat: string } | undefined
    if (!place) return undefined
    const found = this.#db
      .prepare(`SELECT * FROM (${lines}) WHERE kind = @kind`)
      .get({ ...place, id: row, kind: id[0] })
    return found === undefined ? undefined : this.#line(found as LineRow)
  }

  /** The message that a delivery changed, or else its own. */
  #replaced(row: number): number {
    const replaced = this.#db
      .prepare(
        `SELECT o.id FROM deliveries d JOIN deliveries o ON o.id = d.replaces WHERE d.id = ? AND o.state = 'sent'`,
      )
      .pluck()
      .get(row) as number | undefined
    return replaced ?? row
  }

  chats(account: string, limit: number): { chat: string; title: string; lastAt: number }[] {
    return this.#db
      .prepare(
        `SELECT c.chat, COALESCE(c.title,
           (SELECT s.runtime_title FROM sessions s WHERE s.conversation_id = c.id AND s.runtime_title IS NOT NULL ORDER BY s.id DESC LIMIT 1),
           (SELECT m.text FROM messages m WHERE m.conversation_id = c.id AND m.disposition = 'run' ORDER BY m.id LIMIT 1), c.chat) AS title,
           MAX(c.created_at, COALESCE((SELECT m.received_at FROM messages m WHERE m.conversation_id = c.id ORDER BY m.id DESC LIMIT 1), 0)) AS lastAt
         FROM conversations c WHERE c.account = ? ORDER BY lastAt DESC LIMIT ?`,
      )
      .all(account, limit) as { chat: string; title: string; lastAt: number }[]
  }

  #line(row: LineRow): ChatLine {
    const isOwn = row.kind === 'd'
    return {
      id: formatId(row.kind, row.id),
      role: isOwn ? (laneOf(row.lane) === 'control' ? 'notice' : 'agent') : 'user',
      text: row.text,
      chunk: isOwn ? chunkOf(row) : null,
      at: row.at,
      runId: row.run_id === null ? null : formatId('r', row.run_id),
      runState: row.run_state as RunState | null,
      attachments: row.attachment_count === 0 ? [] : this.#messages.attachments(row.id),
    }
  }
}

function parsePlace(cursor: string): { at: number; isDelivery: number; row: number } {
  const match = /^(\d+)-([md])(\d+)$/.exec(cursor)
  if (!match)
    throw new RequestError(400, 'invalid-cursor', 'The cursor is not one this gateway gave out.')
  return { at: Number(match[1]), isDelivery: match[2] === 'd' ? 1 : 0, row: Number(match[3]) }
}
