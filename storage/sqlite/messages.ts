import type { Database, Statement } from 'better-sqlite3'
import type { AttachmentKind, Forward, Quote, TurnForm } from '../../core/model.ts'
import type { StoredAttachment, StoredMessage } from '../../core/store/runs.ts'
import { formatId } from './ids.ts'

export type MessageDetail = { quote?: Quote; forward?: Forward; notes?: readonly string[] }

type MessageRow = {
  id: number
  platform_id: string
  form: string
  author: string
  author_name: string
  sent_at: number
  text: string
  detail: string | null
  attachment_count: number
}

export type AttachmentRow = {
  id: number
  ref: string
  kind: string
  name: string
  mime: string | null
  size: number | null
  duration_ms: number | null
  transcript: string | null
  state: string
  sha256: string | null
  reason: string | null
}

function toAttachment(row: AttachmentRow): StoredAttachment {
  return {
    id: formatId('a', row.id),
    ref: row.ref,
    kind: row.kind as AttachmentKind,
    name: row.name,
    state: row.state as StoredAttachment['state'],
    ...(row.sha256 !== null && {
      file: {
        sha256: row.sha256,
        name: row.name,
        mime: row.mime ?? 'application/octet-stream',
        size: row.size ?? 0,
      },
    }),
    ...(row.reason !== null && { unavailable: row.reason }),
    ...(row.duration_ms !== null && { durationMs: row.duration_ms }),
    ...(row.transcript !== null && { transcript: row.transcript }),
  }
}

/** Reading messages back as a turn needs them. */
export class Messages {
  readonly #ofRun: Statement<[number]>
  readonly #attachments: Statement<[number]>

  constructor(db: Database) {
    this.#ofRun = db.prepare(
      `SELECT m.id, m.platform_id, rm.form, m.author, m.author_name, m.sent_at, m.text, m.detail, m.attachment_count
       FROM run_messages rm JOIN messages m ON m.id = rm.message_id WHERE rm.run_id = +? ORDER BY rm.message_id`,
    )
    this.#attachments = db.prepare('SELECT * FROM attachments WHERE message_id = +? ORDER BY id')
  }

  ofRun(run: number): StoredMessage[] {
    return (this.#ofRun.all(run) as MessageRow[]).map((row) => {
      const { notes, ...detail } =
        row.detail === null ? ({} as MessageDetail) : (JSON.parse(row.detail) as MessageDetail)
      return {
        id: formatId('m', row.id),
        platformId: row.platform_id,
        form: row.form as TurnForm,
        author: { id: row.author, name: row.author_name },
        sentAt: row.sent_at,
        text: row.text,
        ...detail,
        notes: notes ?? [],
        attachments: row.attachment_count === 0 ? [] : this.attachments(row.id),
      }
    })
  }

  attachments(message: number): StoredAttachment[] {
    return (this.#attachments.all(message) as AttachmentRow[]).map(toAttachment)
  }
}
