import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type {
  ChatSettingsChange,
  ConversationStore,
  ConversationView,
} from '../../core/store/conversations.ts'
import type { Page } from '../../core/store/page.ts'
import { addressOf, type ConversationRow, type Conversations, settingsOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import { pageOf, parseCursor } from './paging.ts'
import type { Writer } from './writer.ts'

type ViewRow = ConversationRow & {
  readonly space_title: string | null
  readonly is_space_approved: number | null
}

const from = `SELECT c.*, p.title AS space_title, p.is_approved AS is_space_approved
  FROM conversations c LEFT JOIN spaces p ON p.account = c.account AND p.id = c.space`

/** Conversations as people and programs see and change them. */
export class SqliteConversations implements ConversationStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #rows: Conversations
  readonly #one: Statement<[number]>
  readonly #person: Statement<[string, number]>

  constructor(db: Database, writer: Writer, rows: Conversations) {
    this.#db = db
    this.#writer = writer
    this.#rows = rows
    this.#one = db.prepare(`${from} WHERE c.id = ?`)
    this.#person = db
      .prepare('SELECT id FROM senders WHERE account = ? AND direct_conversation = ? LIMIT 1')
      .pluck() as Statement<[string, number]>
  }

  async list(args: { cursor?: string; limit: number }): Promise<Page<ConversationView>> {
    const rows = this.#db
      // Runs of the API and of jobs are kept as messages of places that nobody can talk in.
      .prepare(
        `${from} WHERE c.id < ? AND c.account NOT IN ('api', 'job', 'heartbeat') ORDER BY c.id DESC LIMIT ?`,
      )
      .all(parseCursor(args.cursor), args.limit + 1) as ViewRow[]
    return pageOf(rows, args.limit, toView)
  }

  async find(id: string): Promise<ConversationView | undefined> {
    const row = this.#find(id)
    return row && toView(row)
  }

  async at(address: Address): Promise<(ConversationView & { person?: string }) | undefined> {
    const row = this.#rows.find(address)
    const view = row && (this.#one.get(row.id) as ViewRow | undefined)
    if (!view) return undefined
    const person = this.#person.get(address.account, view.id) as string | undefined
    return { ...toView(view), ...(person !== undefined && { person }) }
  }

  configure(id: string, change: ChatSettingsChange): Promise<boolean> {
    return this.#writer.write(() => {
      const row = this.#find(id)
      if (row) this.#rows.configure(row, change)
      return row !== undefined
    })
  }

  #find(id: string): ViewRow | undefined {
    return this.#one.get(parseId('c', id)) as ViewRow | undefined
  }
}

function toView(row: ViewRow): ConversationView {
  const isSpaceApproved = row.is_space_approved === 1
  return {
    id: formatId('c', row.id),
    address: addressOf(row),
    kind: row.kind,
    title: row.title,
    isAlive: row.is_alive === 1,
    isApproved: row.is_approved === 1 || (row.is_approved === 0 && isSpaceApproved),
    space:
      row.space === null
        ? null
        : { id: row.space, title: row.space_title, isApproved: isSpaceApproved },
    settings: settingsOf(row),
  }
}
