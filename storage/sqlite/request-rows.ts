import type { Database } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { RuntimeRequest } from '../../core/runtime-port.ts'
import type { Closings } from '../../core/store/approvals.ts'
import type { AskedChat, RequestRow } from '../../core/store/requests.ts'
import { addressOf, type ConversationRow } from './conversations.ts'
import { formatId, parseId } from './ids.ts'

export type RequestRecord = {
  id: number
  kind: RequestRow['kind']
  conversation_id: number | null
  asked_in: number | null
  subject: string
  space: string | null
  agent: string | null
  max_attempts: number
  state: RequestRow['state']
  answer: string | null
  expires_at: number
  ended_at: number | null
  run_id: number | null
  request: string | null
  closings: string | null
}

/** A question about a chat with what has to be said of that chat, for statements that select `q.*`. */
const aboutColumns = `q.*, c.channel, c.account, c.chat, c.thread, c.title,
  (SELECT title FROM spaces p WHERE p.account = c.account AND p.id = q.space) AS space_title,
  (SELECT language FROM senders s WHERE s.account = c.account AND s.id = q.asker) AS language`

type AboutRecord = Parameters<typeof addressOf>[0] & {
  id: number
  title: string | null
  space: string | null
  space_title: string | null
  asker_name: string | null
  language: string | null
  is_membership: number
}

function aboutOf(row: AboutRecord): AskedChat {
  return {
    address: addressOf(row),
    title: row.title,
    space: row.space === null ? null : { id: row.space, title: row.space_title },
    by:
      row.asker_name === null
        ? null
        : { name: row.asker_name, ...(row.language !== null && { language: row.language }) },
    isMembership: row.is_membership === 1,
  }
}

/** Reading questions. */
export class RequestRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  get(id: number): RequestRecord | undefined {
    return this.#db.prepare('SELECT * FROM requests WHERE id = ?').get(id) as
      | RequestRecord
      | undefined
  }

  /** Digests whose chat has been quiet long enough, not yet asked. */
  dueDigests(now: number): { id: string; address: Address; count: number }[] {
    const rows = this.#db
      .prepare(
        `SELECT q.id, c.channel, c.account, c.chat, c.thread,
           (SELECT count(*) FROM messages m WHERE m.request_id = q.id AND m.disposition = 'held') AS count
         FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.state = 'open' AND q.asked_at IS NULL AND q.ask_at <= ? AND q.kind = 'stale' ORDER BY q.id LIMIT 100`,
      )
      .all(now) as {
      id: number
      channel: string
      account: string
      chat: string
      thread: string
      count: number
    }[]
    return rows.map((row) => ({
      id: formatId('q', row.id),
      address: addressOf(row),
      count: row.count,
    }))
  }

  /** Questions about chats that nobody was asked yet. */
  dueChats(now: number): { id: string; about: AskedChat }[] {
    const rows = this.#db
      .prepare(
        `SELECT ${aboutColumns} FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.state = 'open' AND q.asked_at IS NULL AND q.ask_at <= ? AND q.kind = 'chat' ORDER BY q.id LIMIT 100`,
      )
      .all(now) as AboutRecord[]
    return rows.map((row) => ({ id: formatId('q', row.id), about: aboutOf(row) }))
  }

  find(id: number): RequestRow | undefined {
    const row = this.#db
      .prepare(
        `SELECT ${aboutColumns} FROM requests q LEFT JOIN conversations c ON c.id = q.conversation_id WHERE q.id = ?`,
      )
      .get(id) as (RequestRecord & AboutRecord) | undefined
    if (row === undefined) return undefined
    const place = this.#place(row.asked_in ?? row.conversation_id)
    const { state, answer, kind, subject, closings } = row
    return {
      id: formatId('q', id),
      kind,
      ...(place && { address: addressOf(place) }),
      subject,
      state: state !== 'open' && this.#isShared(id) ? 'open' : state,
      answer,
      expiresAt: row.expires_at,
      ...(kind === 'chat' && { about: aboutOf(row) }),
      ...(row.run_id !== null && { run: this.#askedBy(row.run_id, row.request, place) }),
      ...(closings !== null && { closings: JSON.parse(closings) as Closings }),
    }
  }

  #place(conversation: number | null): ConversationRow | undefined {
    return this.#db.prepare('SELECT * FROM conversations WHERE id = ?').get(conversation) as
      | ConversationRow
      | undefined
  }

  /** One that ended alone goes on asking for those that share its message. */
  #isShared(id: number): boolean {
    return (
      this.#db
        .prepare(
          `SELECT 1 FROM requests WHERE run_id = (SELECT run_id FROM requests WHERE id = ?) AND same_as = ? AND state = 'open'`,
        )
        .get(id, id) !== undefined
    )
  }

  #askedBy(
    run: number,
    request: string | null,
    place: ConversationRow | undefined,
  ): NonNullable<RequestRow['run']> {
    const authors = this.#db
      .prepare(
        `SELECT DISTINCT c.channel, c.account, m.author AS id FROM run_messages rm JOIN messages m ON m.id = rm.message_id
         JOIN conversations c ON c.id = m.conversation_id WHERE rm.run_id = ? AND rm.form <> 'context'`,
      )
      .all(run) as { channel: string; account: string; id: string }[]
    return {
      request: JSON.parse(request ?? '') as RuntimeRequest,
      chatKind: place?.kind ?? 'dm',
      authors,
    }
  }

  /** The question that a message of ours asks. */
  askedBy(account: string, chat: string, platformId: string): RequestRow | undefined {
    const key = this.#db
      .prepare(
        `SELECT d.key FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
         WHERE d.platform_message_id = ? AND d.key >= 'q' AND d.key < 'r' AND c.account = ? AND c.chat = ?`,
      )
      .pluck()
      .get(platformId, account, chat) as string | undefined
    return key === undefined ? undefined : this.find(parseId('q', key.slice(0, key.indexOf(':'))))
  }

  openAboutChat(account: string, chat: string): RequestRow | undefined {
    const id = this.#db
      .prepare(
        `SELECT q.id FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.kind = 'chat' AND q.state = 'open' AND c.account = ? AND c.chat = ? ORDER BY q.id DESC LIMIT 1`,
      )
      .pluck()
      .get(account, chat) as number | undefined
    return id === undefined ? undefined : this.find(id)
  }
}
