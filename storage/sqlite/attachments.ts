import type { Database } from 'better-sqlite3'
import type { AttachmentKind, InboundAttachment, StoredFile } from '../../core/model.ts'
import type { AttachmentStore, PendingAttachment } from '../../core/store/attachments.ts'
import { addressOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { AttachmentRow } from './messages.ts'
import type { Writer } from './writer.ts'

export class SqliteAttachments implements AttachmentStore {
  readonly #db: Database
  readonly #writer: Writer

  constructor(db: Database, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  async pending(limit: number): Promise<PendingAttachment[]> {
    const rows = this.#db
      .prepare(
        `SELECT a.*, c.channel, c.account, c.chat, c.thread FROM attachments a JOIN messages m ON m.id = a.message_id
         JOIN conversations c ON c.id = m.conversation_id WHERE a.state = 'pending' ORDER BY a.id LIMIT ?`,
      )
      .all(limit) as (AttachmentRow & Parameters<typeof addressOf>[0])[]
    return rows.map((row) => ({
      id: formatId('a', row.id),
      address: addressOf(row),
      attachment: toInbound(row),
    }))
  }

  stored(id: string, file: StoredFile, _now: number, transcript?: string): Promise<void> {
    const { sha256, name, mime, size } = file
    return this.#settle(id, () => {
      this.#db
        .prepare(
          `UPDATE attachments SET state = 'stored', sha256 = ?, name = ?, mime = ?, size = ?, transcript = ?
           WHERE id = ? AND state = 'pending'`,
        )
        .run(sha256, name, mime, size, transcript ?? null, parseId('a', id))
    })
  }

  unavailable(id: string, reason: string): Promise<void> {
    return this.#settle(id, () => {
      this.#db
        .prepare(
          `UPDATE attachments SET state = 'unavailable', reason = ? WHERE id = ? AND state = 'pending'`,
        )
        .run(reason, parseId('a', id))
    })
  }

  expire(
    before: number,
    limit: number,
    line: (attachment: { readonly kind: AttachmentKind; readonly name: string }) => string,
  ): Promise<number> {
    return this.#writer.write(() => {
      const rows = this.#db
        .prepare(
          `SELECT a.id, a.kind, a.name FROM attachments a JOIN messages m ON m.id = a.message_id
           WHERE a.sha256 IS NOT NULL AND m.received_at < ? AND NOT EXISTS
             (SELECT 1 FROM runs r WHERE r.id = m.run_id AND r.state IN ('queued', 'running', 'waiting'))
           ORDER BY a.sha256 LIMIT ?`,
        )
        .all(before, limit) as { id: number; kind: AttachmentKind; name: string }[]
      const letGo = this.#db.prepare(
        `UPDATE attachments SET state = 'unavailable', sha256 = NULL, reason = ? WHERE id = ?`,
      )
      for (const row of rows) letGo.run(line(row), row.id)
      return rows.length
    })
  }

  async isReferenced(sha256: string, since: number): Promise<boolean> {
    const found = this.#db
      .prepare(
        `SELECT 1 FROM attachments WHERE sha256 = @sha256 UNION ALL
         SELECT 1 FROM deliveries WHERE detail ->> '$.file.sha256' = @sha256
           AND (created_at >= @since OR state NOT IN ('sent', 'discarded')) LIMIT 1`,
      )
      .get({ sha256, since })
    return found !== undefined
  }

  async find(sha256: string): Promise<StoredFile | undefined> {
    const row = this.#db
      .prepare(
        `SELECT sha256, name, mime, size FROM attachments WHERE sha256 = @sha256
         UNION ALL
         SELECT detail ->> '$.file.sha256', detail ->> '$.file.name', detail ->> '$.file.mime', detail ->> '$.file.size'
         FROM deliveries WHERE detail ->> '$.file.sha256' = @sha256 LIMIT 1`,
      )
      .get({ sha256 })
    return row as StoredFile | undefined
  }

  /** The run waits for its files through `not_before`: when the last one is settled, only the window is left. */
  #settle(id: string, change: () => void): Promise<void> {
    return this.#writer.write(() => {
      change()
      const run = this.#db
        .prepare(
          'SELECT m.run_id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE a.id = ?',
        )
        .pluck()
        .get(parseId('a', id)) as number | null | undefined
      if (run === null || run === undefined) return
      this.#db
        .prepare(
          `UPDATE runs SET not_before = MAX(window_until, created_at) WHERE id = @run AND state = 'queued' AND attempt = 0
             AND NOT EXISTS (SELECT 1 FROM run_messages rm JOIN attachments a ON a.message_id = rm.message_id
               WHERE rm.run_id = @run AND a.state = 'pending')`,
        )
        .run({ run })
    })
  }
}

function toInbound(row: AttachmentRow): InboundAttachment {
  return {
    ref: row.ref,
    kind: row.kind as AttachmentKind,
    name: row.name,
    ...(row.mime !== null && { mime: row.mime }),
    ...(row.size !== null && { size: row.size }),
    ...(row.duration_ms !== null && { durationMs: row.duration_ms }),
  }
}
