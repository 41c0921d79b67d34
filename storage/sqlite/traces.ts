import type { Database } from 'better-sqlite3'
import type { Disposition } from '../../core/model.ts'
import type { Trace, TraceStep } from '../../core/store/views.ts'
import { formatId, parseId } from './ids.ts'

type MessageRow = {
  id: number
  channel: string
  chat: string
  author_name: string
  text: string
  sent_at: number
  received_at: number
  disposition: Disposition
  reason: string | null
  run_id: number | null
}

type DeliveryRow = {
  id: number
  state: string
  attempts: number
  error: string | null
  platform_message_id: string | null
  created_at: number
  sending_at: number | null
  sent_at: number | null
}

/** What happened to one message, step by step, from the rows it left. */
export class Traces {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  of(id: string): Trace | undefined {
    const run = parseId('r', id)
    const message = run === -1 ? parseId('m', id) : this.#firstMessage(run)
    const found = this.#db
      .prepare(
        `SELECT m.id, c.channel, c.chat, m.author_name, m.text, m.sent_at, m.received_at, m.disposition, m.reason, m.run_id
         FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ?`,
      )
      .get(message) as MessageRow | undefined
    if (!found && run === -1) return undefined
    const runId = run === -1 ? (found?.run_id ?? undefined) : run
    const steps = [
      ...(found ? this.#messageSteps(found) : []),
      ...(runId === undefined ? [] : this.#runSteps(runId)),
      ...this.#deliverySteps(message, runId),
    ].sort((a, b) => a.at - b.at)
    if (!found && steps.length === 0) return undefined
    return { message: found ? toMessage(found) : null, steps }
  }

  #firstMessage(run: number): number {
    const id = this.#db
      .prepare(`SELECT MIN(message_id) FROM run_messages WHERE run_id = ? AND form <> 'context'`)
      .pluck()
      .get(run) as number | null
    return id ?? -1
  }

  #messageSteps(row: MessageRow): TraceStep[] {
    const files = this.#db
      .prepare('SELECT kind, state, reason FROM attachments WHERE message_id = ? ORDER BY id')
      .all(row.id) as { kind: string; state: string; reason: string | null }[]
    return [
      {
        at: row.sent_at,
        step: 'message.sent',
        detail: `by ${row.author_name}, by the platform's clock`,
      },
      {
        at: row.received_at,
        step: 'message.received',
        detail: row.disposition + (row.reason ? `: ${row.reason}` : ''),
      },
      ...files.map((file) => ({
        at: row.received_at,
        step: 'message.attachment',
        detail: `${file.kind} ${file.state}${file.reason ? ` ${file.reason}` : ''}`,
      })),
    ]
  }

  #runSteps(run: number): TraceStep[] {
    const events = this.#db
      .prepare(`SELECT type, at, data FROM run_events
         WHERE run_id = ? AND type NOT LIKE 'delivery.%' ORDER BY seq LIMIT 500`)
      .all(run) as {
      type: string
      at: number
      data: string
    }[]
    return events.map(({ type, at, data }) => ({
      at,
      step: type,
      detail: [
        formatId('r', run),
        ...Object.entries(JSON.parse(data) as object).map(([key, value]) => `${key}=${value}`),
      ].join(' '),
    }))
  }

  #deliverySteps(message: number, run: number | undefined): TraceStep[] {
    const rows = this.#db
      .prepare(
        `SELECT id, state, attempts, error, platform_message_id, created_at, sending_at, sent_at FROM deliveries
         WHERE run_id = @run OR (message_id = @message AND conversation_id = (SELECT conversation_id FROM messages WHERE id = @message))
         ORDER BY id LIMIT 200`,
      )
      .all({ run: run ?? -1, message }) as DeliveryRow[]
    return rows.map((row) => ({
      at: row.sent_at ?? row.sending_at ?? row.created_at,
      step: `delivery.${row.state}`,
      detail: [
        formatId('d', row.id),
        row.platform_message_id === null ? '' : `as message ${row.platform_message_id}`,
        row.attempts > 1 ? `after ${row.attempts} attempts` : '',
        row.error ?? '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    }))
  }
}

function toMessage(row: MessageRow): NonNullable<Trace['message']> {
  return {
    id: formatId('m', row.id),
    channel: row.channel,
    chat: row.chat,
    author: row.author_name,
    text: row.text,
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    disposition: row.disposition,
    reason: row.reason,
    runId: row.run_id === null ? null : formatId('r', row.run_id),
  }
}
