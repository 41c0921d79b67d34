import type { Database, Statement } from 'better-sqlite3'
import type { OccurrenceRecord } from './occurrence-rows.ts'

/** Messages of jobs on their way at a time, over all chats of an account: they leave most of the outbox to answers. */
const maxOnTheWay = 32
/** Looked at for one claim: more than this are never on their way while the accounts are up. */
const maxLookedAt = 500
const maxLanes = 200
/** Until lanes are looked at again that had nothing to give. */
const againMs = 1000

/**
 * Which messages of jobs are handed to the outbox next: of each chat the longest due one, and no second one before the
 * first has left. So an answer to a person waits for one reminder of its chat and not for all of them. The chats take
 * turns. Used inside transactions only.
 */
export class DueMessages {
  readonly #onTheWay: Statement<[number]>
  readonly #nextLane: Statement<[number]>
  readonly #oldest: Statement<[number, number]>
  readonly #account: Statement<[number]>
  #lastLane = 0

  constructor(db: Database) {
    this.#onTheWay = db.prepare(
      `SELECT o.lane, COALESCE(c.account, '') AS account FROM occurrences o JOIN jobs j ON j.id = o.job_id
       LEFT JOIN conversations c ON c.id = j.conversation_id
       WHERE o.delivery = 'pending' ORDER BY o.id DESC LIMIT +?`,
    )
    this.#nextLane = db
      .prepare(
        `SELECT lane FROM occurrences INDEXED BY occurrences_in_lanes WHERE state = 'queued' AND is_turn = 0 AND lane > +? ORDER BY lane LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#oldest = db.prepare(
      `SELECT o.* FROM occurrences o INDEXED BY occurrences_in_lanes WHERE o.state = 'queued' AND o.is_turn = 0 AND o.lane = +? AND o.not_before <= +?
         AND NOT EXISTS (SELECT 1 FROM occurrences b WHERE b.job_id = o.job_id
           AND b.state IN ('queued', 'leased', 'running') AND b.state <> 'queued')
       ORDER BY o.not_before, o.id LIMIT 1`,
    )
    // A lane is the id of the first conversation of its chat.
    this.#account = db
      .prepare('SELECT account FROM conversations WHERE id = ?')
      .pluck() as Statement<[number]>
  }

  /** Up to `max` of them. `nextAt`: when to look again, where that is known to be needed. */
  take(now: number, max: number): { due: OccurrenceRecord[]; nextAt: number | undefined } {
    const { lanes, accounts } = this.#read()
    const due: OccurrenceRecord[] = []
    const first = this.#lastLane
    let hasWrapped = false
    for (let looked = 0; looked < maxLanes; looked += 1) {
      if (due.length >= max) return { due, nextAt: now }
      const lane = this.#nextLane.get(this.#lastLane) as number | undefined
      if (lane === undefined || (hasWrapped && lane > first)) {
        if (hasWrapped || first < 0) return { due, nextAt: undefined }
        hasWrapped = true
        this.#lastLane = -1
        continue
      }
      this.#lastLane = lane
      if (lanes.has(lane)) continue
      const account = (this.#account.get(lane) as string | undefined) ?? ''
      const busy = accounts.get(account) ?? 0
      const row =
        busy < maxOnTheWay && (this.#oldest.get(lane, now) as OccurrenceRecord | undefined)
      if (!row) continue
      accounts.set(account, busy + 1)
      due.push(row)
    }
    return { due, nextAt: due.length > 0 ? now : now + againMs }
  }

  #read(): { lanes: ReadonlySet<number>; accounts: Map<string, number> } {
    const rows = this.#onTheWay.all(maxLookedAt) as { lane: number; account: string }[]
    const accounts = new Map<string, number>()
    for (const { account } of rows) accounts.set(account, (accounts.get(account) ?? 0) + 1)
    return { lanes: new Set(rows.map(({ lane }) => lane)), accounts }
  }
}
