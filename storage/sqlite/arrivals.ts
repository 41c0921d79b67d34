import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { Arrival, ArrivalStore, PointedAt } from '../../core/store/arrivals.ts'
import { formatId, parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import { RequestRows } from './request-rows.ts'

/** Two clocks differ, and a send lasts a while. */
const maxSkewMs = 10_000
const maxSendingMs = 120_000
/** More than this on its way into one chat is more than anybody can tell apart. */
const maxUnsettled = 20

type Underway = { id: number; key: string; text: string; sending_at: number | null }
type Asking = { id: number; lane: number }

/** Answers as proofs that their questions arrived. `note`, which has no promise, is for use inside a transaction. */
export class SqliteArrivals implements ArrivalStore {
  readonly #outgoing: Outgoing
  readonly #rows: RequestRows
  readonly #underway: Statement
  readonly #isKnown: Statement
  readonly #asking: Statement<[string, string, string]>
  readonly #arrived: Statement<[string, number, number]>

  constructor(db: Database, outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.#rows = new RequestRows(db)
    // What was parked has left its lane, and may have arrived all the same.
    this.#underway = db.prepare(
      `SELECT d.id, d.key, d.text, d.sending_at FROM deliveries d WHERE d.head = 1 AND d.state IN ('sending', 'uncertain')
         AND d.lane IN (SELECT lane * 2 + n.value FROM conversations, (SELECT 0 AS value UNION SELECT 1) n
           WHERE account = @account AND chat = @chat)
       UNION SELECT d.id, d.key, d.text, d.sending_at FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
       WHERE d.account = @account AND d.state = 'uncertain' AND c.account = @account AND c.chat = @chat LIMIT @limit`,
    )
    this.#isKnown = db.prepare(
      `SELECT 1 FROM conversations c WHERE c.account = @account AND c.chat = @chat AND (
         EXISTS (SELECT 1 FROM deliveries d WHERE d.conversation_id = c.id AND d.platform_message_id = @messageId)
         OR EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.platform_id = @messageId))`,
    )
    this.#asking = db.prepare(
      `SELECT d.id, d.lane FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
       WHERE d.key = ? AND d.state <> 'sent' AND c.account = ? AND c.chat = ?`,
    )
    this.#arrived = db.prepare(
      `UPDATE deliveries SET state = 'sent', head = 0, platform_message_id = ?, sent_at = ?, error = NULL WHERE id = ?`,
    )
  }

  async questionFor(seen: PointedAt): Promise<string | undefined> {
    const { account, chat, messageId } = seen
    const underway = this.#underway.all({ account, chat, limit: maxUnsettled }) as Underway[]
    if (underway.length === 0 || underway.length === maxUnsettled) return undefined
    const [one, ...others] = underway.filter((delivery) => mayBe(delivery, seen))
    if (!one || others.length > 0 || !/^q\d+:0$/.test(one.key)) return undefined
    if (this.#isKnown.get({ account, chat, messageId }) !== undefined) return undefined
    const question = this.#rows.find(parseId('q', one.key.slice(0, -':0'.length)))
    return question?.state === 'open' ? question.id : undefined
  }

  /**
   * Records that the question's message arrived, unless that is known. Whatever was found out about the send before, it
   * is there. Returns the delivery if that was not known.
   */
  note(
    { requestId, messageId }: Arrival,
    { account, chat }: Address,
    now: number,
  ): string | undefined {
    const asking = this.#asking.get(`${requestId}:0`, account, chat) as Asking | undefined
    if (!asking) return undefined
    this.#arrived.run(messageId, now, asking.id)
    this.#outgoing.ensureHead(asking.lane)
    return formatId('d', asking.id)
  }
}

function mayBe(delivery: Underway, { text, sentAt }: PointedAt): boolean {
  if (text !== undefined && words(text) !== '') return words(delivery.text).includes(words(text))
  const from = delivery.sending_at
  if (sentAt === undefined || from === null) return false
  return sentAt >= from - maxSkewMs && sentAt <= from + maxSendingMs
}

/** Platforms give quotes back without markup, and cut them. */
function words(text: string): string {
  return text.normalize('NFKC').replace(/[^\p{L}\p{N}]+/gu, '')
}
