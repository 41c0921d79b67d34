import type { Database, Statement } from 'better-sqlite3'
import type { Address, ChatKind } from '../../core/model.ts'
import type { SenderStatus } from '../../core/store/access.ts'
import type { Lease } from '../../core/store/runs.ts'
import type {
  RunAuthor,
  SpokenLine,
  ToolPlace,
  ToolRecord,
  ToolStore,
} from '../../core/store/tools.ts'
import type { Audit } from './audit.ts'
import { addressOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import { leased } from './run-claims.ts'
import type { RunEvents } from './run-events.ts'
import type { Writer } from './writer.ts'

/** A search looks at so many of the newest lines of each side. */
const maxLooked = 2000
const maxAuthors = 100
/** Runs of the API and of jobs are kept as messages of places that nobody can talk in. */
const isPlace = `c.account NOT IN ('api', 'job', 'heartbeat')`

const places = `SELECT c.id, c.channel, c.account, c.chat, c.thread, c.kind, c.title, c.is_alive, c.is_approved,
    c.space, p.is_approved AS is_space_approved, s.id AS person, s.name AS person_name, s.status AS person_status
  FROM conversations c LEFT JOIN spaces p ON p.account = c.account AND p.id = c.space
  LEFT JOIN senders s ON c.kind = 'dm' AND s.account = c.account AND s.direct_conversation = c.id`

type PlaceRow = {
  id: number
  channel: string
  account: string
  chat: string
  thread: string
  kind: ChatKind
  title: string | null
  is_alive: number
  is_approved: number
  space: string | null
  is_space_approved: number | null
  person: string | null
  person_name: string | null
  person_status: SenderStatus | null
}

type CreatorRow = {
  account: string | null
  id: string | null
  name: string | null
  channel: string | null
  status: SenderStatus | null
  is_outside: number
}

type LineRow = { id: number; author: string; text: string; at: number }

/** What the agent's tools read and leave behind. */
export class SqliteTools implements ToolStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #audit: Audit
  readonly #events: RunEvents
  readonly #conversation: Statement<[string, string, string]>
  readonly #heard: Statement<[number, number]>
  readonly #said: Statement<[number, number]>

  constructor(db: Database, writer: Writer, parts: { audit: Audit; events: RunEvents }) {
    this.#db = db
    this.#writer = writer
    this.#audit = parts.audit
    this.#events = parts.events
    this.#conversation = db
      .prepare('SELECT id FROM conversations WHERE account = ? AND chat = ? AND thread = ?')
      .pluck() as Statement<[string, string, string]>
    this.#heard = db.prepare(
      `SELECT id, author_name AS author, text, sent_at AS at FROM messages
       WHERE conversation_id = ? AND kind = 'message' AND disposition IN ('run', 'observed', 'held', 'expired')
       ORDER BY id DESC LIMIT ?`,
    )
    // Control answers (odd lanes) may hold a code that is for one person's eyes.
    this.#said = db.prepare(
      `SELECT id, '' AS author, text, COALESCE(sent_at, created_at) AS at FROM deliveries
       WHERE conversation_id = ? AND state = 'sent' AND lane % 2 = 0 ORDER BY id DESC LIMIT ?`,
    )
  }

  async sessionOf(agent: string, runtimeSession: string): Promise<string | undefined> {
    const row = this.#db
      .prepare('SELECT id FROM sessions WHERE runtime_session = ? AND ? IN (agent, ?)')
      .pluck()
      .get(runtimeSession, agent, '') as number | undefined
    return row === undefined ? undefined : formatId('s', row)
  }

  async authors(runId: string): Promise<RunAuthor[]> {
    const rows = this.#db
      .prepare(
        `SELECT c.channel, c.account, m.author AS id, MAX(m.author_name) AS name, s.status
         FROM run_messages rm JOIN messages m ON m.id = rm.message_id
         JOIN conversations c ON c.id = m.conversation_id
         LEFT JOIN senders s ON s.account = c.account AND s.id = m.author
         WHERE rm.form <> 'context' AND rm.run_id IN (SELECT @run UNION ALL SELECT q.id FROM runs q
           WHERE q.steer >= 2 AND q.state = 'queued' AND q.session_id = (SELECT session_id FROM runs WHERE id = @run)) GROUP BY c.account, m.author LIMIT @max`,
      )
      .all({ run: parseId('r', runId), max: maxAuthors }) as (Omit<RunAuthor, 'status'> & {
      status: SenderStatus | null
    })[]
    return rows.map((row) => ({ ...row, status: row.status ?? undefined }))
  }

  async creator(runId: string): Promise<RunAuthor | 'owner' | undefined> {
    const row = this.#db
      .prepare(
        `SELECT j.creator_account AS account, j.creator AS id, j.creator_name AS name, s.channel, s.status,
           j.origin_id IS NULL AND j.creator_session IS NULL AS is_outside
         FROM occurrences o JOIN jobs j ON j.id = o.job_id
         LEFT JOIN senders s ON s.account = j.creator_account AND s.id = j.creator WHERE o.run_id = ?`,
      )
      .get(parseId('r', runId)) as CreatorRow | undefined
    if (!row) return undefined
    const { account, id, name, channel, status } = row
    if (account === null || id === null) return row.is_outside === 1 ? 'owner' : undefined
    if (channel === null) return undefined
    return { account, id, name: name ?? id, channel, status: status ?? undefined }
  }

  async places(limit: number): Promise<ToolPlace[]> {
    const rows = this.#db
      .prepare(`${places} WHERE ${isPlace} ORDER BY c.id DESC LIMIT ?`)
      .all(limit) as PlaceRow[]
    return rows.map(toPlace)
  }

  async place(id: string): Promise<ToolPlace | undefined> {
    return this.#place(parseId('c', id))
  }

  async placeAt(address: Omit<Address, 'channel'>): Promise<ToolPlace | undefined> {
    return this.#place(this.#find(address))
  }

  async search(
    address: Omit<Address, 'channel'>,
    { words, limit }: { readonly words: readonly string[]; readonly limit: number },
  ): Promise<SpokenLine[]> {
    const conversation = this.#find(address)
    const wanted = words.map((word) => word.toLocaleLowerCase())
    const read = (lines: Statement<[number, number]>, kind: 'm' | 'd'): SpokenLine[] => {
      const found: SpokenLine[] = []
      for (const line of lines.iterate(conversation, maxLooked) as Iterable<LineRow>) {
        const text = line.text.toLocaleLowerCase()
        if (line.text === '' || !wanted.every((word) => text.includes(word))) continue
        found.push({ ...line, id: formatId(kind, line.id), isOwn: kind === 'd' })
        if (found.length === limit) break
      }
      return found
    }
    return [...read(this.#heard, 'm'), ...read(this.#said, 'd')]
      .sort((one, other) => one.at - other.at)
      .slice(-limit)
  }

  async platformId(address: Omit<Address, 'channel'>, id: string): Promise<string | undefined> {
    const [table, column, kind] =
      id[0] === 'd'
        ? (['deliveries', 'platform_message_id', 'd'] as const)
        : (['messages', 'platform_id', 'm'] as const)
    const found = this.#db
      .prepare(`SELECT ${column} FROM ${table} WHERE id = ? AND conversation_id = ?`)
      .pluck()
      .get(parseId(kind, id), this.#find(address)) as string | null | undefined
    return found ?? undefined
  }

  record(lease: Lease, record: ToolRecord, now: number): Promise<void> {
    return this.#writer.write(() => {
      const { tool, actor, target, outcome, isFailure } = record
      this.#audit.append(now, `tool ${tool}: ${outcome}`, `${actor} → ${target} (${lease.runId})`)
      const run = parseId('r', lease.runId)
      const isHeld = this.#db.prepare(`SELECT 1 FROM runs WHERE ${leased}`).get(run, lease.token)
      if (isHeld === undefined) return
      const state = isFailure ? 'failed' : 'completed'
      this.#events.append(run, 'run.tool', now, { name: tool, state, target, outcome })
    })
  }

  #find({ account, chat, thread }: Omit<Address, 'channel'>): number {
    return (this.#conversation.get(account, chat, thread ?? '') as number | undefined) ?? -1
  }

  #place(id: number): ToolPlace | undefined {
    const row = this.#db.prepare(`${places} WHERE c.id = ? AND ${isPlace}`).get(id) as
      | PlaceRow
      | undefined
    return row && toPlace(row)
  }
}

function toPlace(row: PlaceRow): ToolPlace {
  return {
    id: formatId('c', row.id),
    address: addressOf(row),
    kind: row.kind,
    title: row.title,
    isAlive: row.is_alive === 1,
    isApproved: row.is_approved === 1 || (row.is_approved === 0 && row.is_space_approved === 1),
    space: row.space,
    person:
      row.person === null
        ? null
        : {
            id: row.person,
            name: row.person_name ?? row.person,
            status: row.person_status ?? undefined,
          },
  }
}
