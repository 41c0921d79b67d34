import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import type { SpoolAccount } from './protocol.ts'

/** Another process holds the file. */
export class SpoolLockedError extends Error {}

export type StoreLimits = {
  /** How many frames may wait over all accounts. */
  readonly maxFrames: number
  readonly maxAgeMs: number
  /** How long an acknowledged frame is remembered, so that its copy from the other way is recognised. */
  readonly memoryMs: number
}

const day = 24 * 60 * 60 * 1000
const defaultLimits: StoreLimits = {
  maxFrames: 200_000,
  maxAgeMs: 30 * day,
  memoryMs: 10 * 60 * 1000,
}

const schema = `
  create table if not exists accounts (
    account text primary key,
    url text not null,
    webhook_name text,
    webhook_secret text,
    dropped integer not null default 0
  ) strict;
  -- A body of null is a frame that was acknowledged: only its key is still of use.
  create table if not exists frames (
    id integer primary key autoincrement,
    account text not null,
    key blob not null unique,
    body text,
    received_at integer not null
  ) strict;
  create index if not exists waiting on frames (account, id) where body is not null;
  create index if not exists remembered on frames (received_at) where body is null;
`

type Row = { readonly id: number; readonly body: string }
type Waiting = { readonly waiting: number; readonly oldestAt: number | null }

/**
 * The spool's own SQLite file. It is locked for as long as it is open, and the system takes the lock back however
 * the process dies. What `add` has returned from is on the disk.
 */
export class SpoolStore implements Disposable {
  readonly #db: Database.Database
  readonly #limits: StoreLimits
  readonly #counts = new Map<string, number>()

  /** Throws `SpoolLockedError` when another process has it. */
  constructor(file: string, limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits }
    this.#db = new Database(file, { timeout: 0 })
    try {
      this.#db.pragma('locking_mode = exclusive')
      this.#db.pragma('journal_mode = wal')
      this.#db.pragma('synchronous = full')
      this.#db.pragma('cache_size = -1000')
      this.#db.exec(`begin immediate; ${schema} commit`)
    } catch (error) {
      this.#db.close()
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
        throw new SpoolLockedError(`${file} is in use.`, { cause: error })
      throw error
    }
    for (const { account } of this.accounts()) this.#counts.set(account, this.#count(account))
  }

  /** Keeps frames, all of them or none; says how many of them were new. */
  add(account: string, bodies: readonly string[], now: number): number {
    const insert = this.#db.prepare<[string, Buffer, string, number]>(
      'insert into frames (account, key, body, received_at) values (?, ?, ?, ?) on conflict do nothing',
    )
    let added = 0
    this.#db.transaction(() => {
      for (const body of bodies) {
        // The same message by WebSocket and by webhook is the same to the letter.
        const key = createHash('sha256').update(account).update('\0').update(body).digest()
        added += insert.run(account, key, body, now).changes
      }
    })()
    this.#counts.set(account, (this.#counts.get(account) ?? 0) + added)
    return added
  }

  /** Frames after a cursor, the oldest first, within about `maxBytes`. */
  read(account: string, after: number, limit: number, maxBytes: number): readonly Row[] {
    const rows: Row[] = []
    let bytes = 0
    const query = this.#db.prepare<[string, number, number], Row>(
      'select id, body from frames where account = ? and id > ? and body is not null order by id limit ?',
    )
    for (const row of query.iterate(account, after, limit)) {
      rows.push(row)
      bytes += row.body.length
      if (bytes >= maxBytes) break
    }
    return rows
  }

  /** Lets go of an account's frames up to a cursor; says how many there were. */
  acknowledge(account: string, upTo: number, now: number): number {
    let removed = 0
    this.#db.transaction(() => {
      removed = this.#db
        .prepare(
          'update frames set body = null, received_at = ? where account = ? and id <= ? and body is not null',
        )
        .run(now, account, upTo).changes
      this.#db
        .prepare('delete from frames where body is null and received_at < ?')
        .run(now - this.#limits.memoryMs)
    })()
    this.#counts.set(account, (this.#counts.get(account) ?? 0) - removed)
    return removed
  }

  /**
   * Keeps the file within its limits by letting the oldest frames go, and says of which accounts how many: nothing
   * goes without being told.
   */
  trim(now: number): ReadonlyMap<string, number> {
    const { maxFrames, maxAgeMs } = this.#limits
    const total = [...this.#counts.values()].reduce((sum, one) => sum + one, 0)
    const excess = Math.max(total - maxFrames, 0)
    const dropped = new Map<string, number>()
    const [oldest] = this.#db
      .prepare<[], { at: number }>(
        'select received_at as at from frames where body is not null order by id limit 1',
      )
      .all()
    if (excess === 0 && (oldest === undefined || oldest.at >= now - maxAgeMs)) return dropped
    this.#db.transaction(() => {
      const gone = this.#db
        .prepare<[number, number], { account: string; id: number }>(
          `select account, id from frames where body is not null and (received_at < ? or id in
             (select id from frames where body is not null order by id limit ?))`,
        )
        .all(now - maxAgeMs, excess)
      const remove = this.#db.prepare('delete from frames where id = ?')
      const note = this.#db.prepare('update accounts set dropped = dropped + 1 where account = ?')
      for (const { account, id } of gone) {
        remove.run(id)
        note.run(account)
        dropped.set(account, (dropped.get(account) ?? 0) + 1)
      }
    })()
    for (const [account, count] of dropped)
      this.#counts.set(account, (this.#counts.get(account) ?? 0) - count)
    return dropped
  }

  accounts(): readonly (SpoolAccount & { readonly dropped: number })[] {
    return this.#db
      .prepare<
        [],
        {
          account: string
          url: string
          name: string | null
          secret: string | null
          dropped: number
        }
      >(
        'select account, url, webhook_name as name, webhook_secret as secret, dropped from accounts order by account',
      )
      .all()
      .map(({ account, url, name, secret, dropped }) => ({
        account,
        url,
        dropped,
        ...(name !== null && secret !== null ? { webhook: { name, secret } } : {}),
      }))
  }

  /** Remembers accounts; with `only`, forgets the others and keeps what waits for them. */
  setAccounts(accounts: readonly SpoolAccount[], only: boolean): void {
    const save = this.#db.prepare(
      `insert into accounts (account, url, webhook_name, webhook_secret) values (?, ?, ?, ?)
       on conflict (account) do update set url = excluded.url,
         webhook_name = excluded.webhook_name, webhook_secret = excluded.webhook_secret`,
    )
    this.#db.transaction(() => {
      const kept = new Set(accounts.map(({ account }) => account))
      for (const { account } of only ? this.accounts() : []) {
        if (!kept.has(account))
          this.#db.prepare('delete from accounts where account = ?').run(account)
      }
      for (const { account, url, webhook } of accounts)
        save.run(account, url, webhook?.name ?? null, webhook?.secret ?? null)
    })()
    for (const { account } of accounts) this.#counts.set(account, this.#count(account))
  }

  waiting(account: string): Waiting {
    const oldest = this.#db
      .prepare<[string], { at: number }>(
        'select received_at as at from frames where account = ? and body is not null order by id limit 1',
      )
      .get(account)
    return { waiting: this.#counts.get(account) ?? 0, oldestAt: oldest?.at ?? null }
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #count(account: string): number {
    const row = this.#db
      .prepare<[string], { count: number }>(
        'select count(*) as count from frames where account = ? and body is not null',
      )
      .get(account)
    return row?.count ?? 0
  }
}
