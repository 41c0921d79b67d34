import type { Database, Statement } from 'better-sqlite3'
import type { Disposition } from '../../core/model.ts'
import type { InboundRecord, Intake } from '../../core/store/intake.ts'
import type { MessageDetail } from './messages.ts'

const dispositions: Record<Intake['as'], Disposition> = {
  run: 'run',
  observed: 'observed',
  dropped: 'dropped',
  held: 'held',
  unapproved: 'dropped',
  control: 'control',
  pairing: 'dropped',
  edit: 'dropped',
}

/** What nobody will read is not fetched. */
const isFetched: Record<Intake['as'], boolean> = {
  run: true,
  observed: true,
  dropped: false,
  held: true,
  unapproved: false,
  control: false,
  pairing: false,
  edit: true,
}

function reasonOf(intake: Intake): string | null {
  if ('reason' in intake) return intake.reason
  return intake.as === 'control' ? `command /${intake.command}` : null
}

function detailOf(record: InboundRecord, notes: readonly string[]): string | null {
  const detail: MessageDetail = {
    ...(record.quote && { quote: record.quote }),
    ...(record.forward && { forward: record.forward }),
    ...(notes.length > 0 && { notes }),
  }
  return Object.keys(detail).length === 0 ? null : JSON.stringify(detail)
}

/**
 * The rows of what comes in. The unique index on `messages` is the dedupe: the row is the mark. Used inside
 * transactions only.
 */
export class Incoming {
  readonly #insert: Statement
  readonly #insertAttachment: Statement
  readonly #settle: Statement
  readonly #rewrite: Statement

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO messages (conversation_id, platform_id, author, version, kind, author_name, text, detail,
         attachment_count, sent_at, received_at, disposition, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#insertAttachment = db.prepare(
      `INSERT INTO attachments (message_id, ref, kind, name, mime, size, duration_ms, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')`,
    )
    this.#settle = db.prepare(
      'UPDATE messages SET disposition = ?, reason = ?, run_id = ?, request_id = ? WHERE id = ?',
    )
    this.#rewrite = db.prepare(
      'UPDATE messages SET text = ?, text_version = ?, detail = ? WHERE id = ?',
    )
  }

  /** Writes the row; undefined when it was there before. */
  record(
    conversation: number,
    record: InboundRecord,
    intake: Intake,
    now: number,
  ): number | undefined {
    const result = this.#insert.run(
      conversation,
      record.platformId,
      record.author.id,
      record.version,
      record.kind,
      record.author.name,
      record.text,
      detailOf(record, intake.as === 'edit' ? [...record.notes, intake.note] : record.notes),
      record.attachments.length,
      record.sentAt,
      now,
      dispositions[intake.as],
      reasonOf(intake),
    )
    if (result.changes === 0) return undefined
    const message = Number(result.lastInsertRowid)
    if (isFetched[intake.as]) this.fetch(message, record)
    return message
  }

  /** Has a message's files fetched. */
  fetch(message: number, { attachments }: InboundRecord): void {
    for (const attachment of attachments) {
      this.#insertAttachment.run(
        message,
        attachment.ref,
        attachment.kind,
        attachment.name ?? attachment.kind,
        attachment.mime ?? null,
        attachment.size ?? null,
        attachment.durationMs ?? null,
      )
    }
  }

  /** Where a message ended that was not known when its row was written. */
  settle(
    message: number,
    disposition: Disposition,
    reason: string | null,
    run: number | null = null,
  ): void {
    this.#settle.run(disposition, reason, run, null, message)
  }

  /** Replaces what a message says by a later version of it. */
  rewrite(message: number, record: InboundRecord): void {
    this.#rewrite.run(record.text, record.version, detailOf(record, record.notes), message)
  }
}
