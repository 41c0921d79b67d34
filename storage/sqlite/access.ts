import type { Database } from 'better-sqlite3'
import type { Address, Space } from '../../core/model.ts'
import type {
  AccessStore,
  ApprovalResult,
  PairingRow,
  SenderRow,
  SenderStatus,
} from '../../core/store/access.ts'
import type { Facts } from '../../core/store/intake.ts'
import type { Audit } from './audit.ts'
import type { ChatApprovals } from './chat-approvals.ts'
import { addressOf, type Conversations } from './conversations.ts'
import type { Pairings } from './pairings.ts'
import type { Senders } from './senders.ts'
import type { Writer } from './writer.ts'

/** Who may do what, as rows: each decision is written down in the same transaction. */
export class SqliteAccess implements AccessStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #senders: Senders
  readonly #pairings: Pairings
  readonly #audit: Audit
  readonly #approvals: ChatApprovals

  constructor(
    db: Database,
    writer: Writer,
    parts: {
      conversations: Conversations
      senders: Senders
      pairings: Pairings
      audit: Audit
      approvals: ChatApprovals
    },
  ) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#senders = parts.senders
    this.#pairings = parts.pairings
    this.#audit = parts.audit
    this.#approvals = parts.approvals
  }

  facts(address: Address, senderId: string, alias: string | undefined, space?: Space): Facts {
    const conversation = this.#conversations.find(address)
    const approval = this.#conversations.approvalOf(address, conversation, space)
    const settings = this.#conversations.settingsOf(address, conversation)
    const sender =
      this.#senders.find(address.account, senderId) ??
      (alias === undefined ? undefined : this.#senders.find(address.account, alias))
    return {
      senderStatus: (sender?.status ?? undefined) as SenderStatus | undefined,
      isChatApproved: approval === 1,
      ...(approval === -1 && { isChatClosed: true }),
      isChatAlive: conversation?.is_alive !== 0,
      ...(Object.keys(settings).length > 0 && { settings }),
    }
  }

  async pairings(now: number): Promise<PairingRow[]> {
    return this.#pairings.open(now)
  }

  approve(idOrCode: string, isOwner: boolean, now: number): Promise<ApprovalResult> {
    return this.#writer.write(() => this.#pairings.approve(idOrCode, isOwner, now))
  }

  reject(id: string, now: number): Promise<boolean> {
    return this.#writer.write(() => this.#pairings.reject(id, now))
  }

  async senders(): Promise<SenderRow[]> {
    return this.#senders.withStatus()
  }

  setSender(
    sender: { account: string; channel: string; id: string; name: string },
    status: SenderStatus,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      this.#senders.save({ ...sender, status }, now)
      this.#pairings.withdraw(sender.account, sender.id, now)
      this.#audit.append(now, `sender set to ${status}`, `${sender.account} ${sender.id}`)
    })
  }

  removeSender(account: string, id: string, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const isRemoved = this.#senders.removeStatus(account, id)
      if (isRemoved) this.#audit.append(now, 'sender removed', `${account} ${id}`)
      return isRemoved
    })
  }

  approveChat(address: Address, isApproved: boolean | null, now: number): Promise<void> {
    return this.#writer.write(() => this.#approvals.decide(address, isApproved, now))
  }

  approveSpace(
    account: string,
    spaceId: string,
    isApproved: boolean | null,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => this.#approvals.decideSpace(account, spaceId, isApproved, now))
  }

  async language(account: string, senderId: string): Promise<string | undefined> {
    return this.#senders.find(account, senderId)?.language ?? undefined
  }

  async directChat(account: string, senderId: string): Promise<Address | undefined> {
    const row = this.#db
      .prepare(
        `SELECT c.* FROM senders s JOIN conversations c ON c.id = s.direct_conversation
         WHERE s.account = ? AND s.id = ? AND c.is_alive = 1`,
      )
      .get(account, senderId)
    return row === undefined
      ? undefined
      : addressOf(row as { channel: string; account: string; chat: string; thread: string })
  }
}
