import type { Database, Statement } from 'better-sqlite3'
import type { ClaimedDelivery } from '../../core/store/deliveries.ts'
import { type Conversations, routeOf } from './conversations.ts'
import { formatId } from './ids.ts'
import { chunkOf, laneOf } from './outgoing.ts'
import { RowCache } from './row-cache.ts'

type ClaimRow = {
  id: number
  key: string
  run_id: number | null
  lane: number
  text: string
  detail: string | null
  reply_to: string | null
  edits: string | null
  attempts: number
  created_at: number
  sending_at: number | null
  conversation_id: number
}

/** What a delivery replaces has left the lane before it, so it is known by now whether there is a message. */
const claimColumns = `d.id, d.key, d.run_id, d.lane, d.text, d.detail, d.reply_to, d.attempts, d.created_at, d.sending_at, d.conversation_id,
  (SELECT platform_message_id FROM deliveries r WHERE r.id = d.replaces) AS edits`

/** Where a delivery that is being sent belongs; it stays there until it has left. */
export type UnderWay = { readonly lane: number; readonly run_id: number | null }

/**
 * Handing deliveries out, and knowing which were under way when their sender died. A delivery is marked before anything
 * leaves the machine, so none goes out twice unseen. Used inside transactions only, but for `unsettled`.
 */
export class DeliveryClaims {
  readonly #db: Database
  readonly #conversations: Conversations
  readonly #underWay = new RowCache<UnderWay>()
  readonly #find: Statement<[number]>
  readonly #due: Statement<[string, number, number]>
  readonly #nextAt: Statement<[string, number]>
  readonly #begin: Statement<[number, number]>

  constructor(db: Database, conversations: Conversations) {
    this.#db = db
    this.#conversations = conversations
    this.#find = db.prepare('SELECT lane, run_id FROM deliveries WHERE id = ?')
    this.#due = db.prepare(
      `SELECT ${claimColumns} FROM deliveries d
       WHERE d.account = +? AND d.head = 1 AND d.state = 'pending' AND d.not_before <= +?
       ORDER BY d.not_before, d.id LIMIT +?`,
    )
    this.#nextAt = db
      .prepare(
        `SELECT not_before FROM deliveries WHERE account = +? AND head = 1 AND state = 'pending' AND not_before > +?
         ORDER BY not_before LIMIT 1`,
      )
      .pluck() as Statement<[string, number]>
    this.#begin = db.prepare(
      `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, sending_at = ? WHERE id = ?`,
    )
  }

  claim(
    accounts: readonly string[],
    now: number,
    max: number,
  ): { deliveries: ClaimedDelivery[]; nextAt: number | undefined } {
    const deliveries: ClaimedDelivery[] = []
    let nextAt: number | undefined
    for (const account of accounts) {
      const limit = max - deliveries.length
      const rows = this.#due.all(account, now, limit) as ClaimRow[]
      for (const row of rows) {
        this.#begin.run(now, row.id)
        this.#underWay.keep(row.id, { lane: row.lane, run_id: row.run_id })
        deliveries.push(this.#claimed(row, row.attempts + 1))
      }
      const next =
        rows.length === limit ? now : (this.#nextAt.get(account, now) as number | undefined)
      if (next !== undefined) nextAt = Math.min(next, nextAt ?? next)
    }
    return { deliveries, nextAt }
  }

  /** Where a delivery belongs that was handed out; undefined if there is none. */
  underWay(id: number): UnderWay | undefined {
    const known = this.#underWay.get(id) ?? (this.#find.get(id) as UnderWay | undefined)
    this.#underWay.forget(id)
    return known
  }

  /** Forgets what is kept in memory. */
  forget(): void {
    this.#underWay.clear()
  }

  /** What a dead process was sending becomes uncertain. Returns how many. */
  recover(): number {
    return this.#db
      .prepare(
        `UPDATE deliveries SET state = 'uncertain', error = 'The gateway died while sending it.'
         WHERE head = 1 AND state = 'sending'`,
      )
      .run().changes
  }

  unsettled(account: string): (ClaimedDelivery & { startedAt: number })[] {
    const rows = this.#db
      .prepare(
        `SELECT ${claimColumns} FROM deliveries d
         WHERE d.account = ? AND d.state = 'uncertain' AND d.head = 1 ORDER BY d.id LIMIT 200`,
      )
      .all(account) as ClaimRow[]
    return rows.map((row) => ({
      ...this.#claimed(row, row.attempts),
      startedAt: row.sending_at ?? row.created_at,
    }))
  }

  #claimed(row: ClaimRow, attempts: number): ClaimedDelivery {
    return {
      id: formatId('d', row.id),
      key: row.key,
      runId: row.run_id === null ? undefined : formatId('r', row.run_id),
      to: routeOf(this.#conversations.byId(row.conversation_id), row.reply_to),
      lane: laneOf(row.lane),
      chunk: chunkOf(row),
      ...(row.edits !== null && { edits: row.edits }),
      attempts,
      createdAt: row.created_at,
    }
  }
}
