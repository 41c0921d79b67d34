import type { Database, Statement } from 'better-sqlite3'
import type { Address, ChatKind, Disposition } from '../../core/model.ts'
import type {
  Accepted,
  EffectOutcome,
  Facts,
  InboundRecord,
  InboxStore,
  Intake,
  RunIntake,
} from '../../core/store.ts'
import type { SqliteAccess } from './access.ts'
import type { ChatMigration } from './chat-migration.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import type { Effects } from './effects.ts'
import { formatId } from './ids.ts'
import type { IntakeQueue } from './intake-queue.ts'
import type { MessageDetail } from './messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { SqliteRequests } from './requests.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

type Parts = {
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly intake: IntakeQueue
  readonly outgoing: Outgoing
  readonly access: SqliteAccess
  readonly effects: Effects
  readonly requests: SqliteRequests
  readonly migration: ChatMigration
}

type Original = {
  id: number
  text_version: number
  prompt_id: string | null
  disposition: string
  run_id: number | null
  state: string | null
  attempt: number | null
}

/** Everything that comes in. The unique index on `messages` is the dedupe: the row is the mark. */
export class SqliteInbox implements InboxStore {
  readonly #writer: Writer
  readonly #parts: Parts
  readonly #insert: Statement
  readonly #insertAttachment: Statement
  readonly #settle: Statement
  readonly #original: Statement
  readonly #rewrite: Statement

  constructor(db: Database, writer: Writer, parts: Parts) {
    this.#writer = writer
    this.#parts = parts
    this.#insert = db.prepare(
      `INSERT INTO messages (conversation_id, platform_id, author, version, kind, author_name, text, detail,
         attachment_count, sent_at, received_at, disposition, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#insertAttachment = db.prepare(
      `INSERT INTO attachments (message_id, ref, kind, name, mime, size, duration_ms, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')`,
    )
    this.#settle = db.prepare(
      'UPDATE messages SET disposition = ?, reason = ?, run_id = ?, request_id = ? WHERE id = ?',
    )
    this.#original = db.prepare(
      `SELECT m.id, m.text_version, m.disposition, m.run_id, r.state, r.attempt, r.prompt_id FROM messages m LEFT JOIN runs r ON r.id = m.run_id
       WHERE m.conversation_id = ? AND m.platform_id = ? AND m.author = ? AND m.kind = 'message'`,
    )
    this.#rewrite = db.prepare(
      'UPDATE messages SET text = ?, text_version = ?, detail = ? WHERE id = ?',
    )
  }

  async facts(
    of: readonly { address: Address; senderId: string; alias?: string }[],
  ): Promise<Facts[]> {
    return of.map(({ address, senderId, alias }) =>
      this.#parts.access.facts(address, senderId, alias),
    )
  }

  accept(
    batch: readonly { readonly record: InboundRecord; readonly intake: Intake }[],
    now: number,
  ): Promise<Accepted[]> {
    return this.#writer.write(() =>
      batch.map(({ record, intake }) => this.#acceptOne(record, intake, now)),
    )
  }

  #acceptOne(record: InboundRecord, intake: Intake, now: number): Accepted {
    const conversation = this.#parts.conversations.ensure(
      record.address,
      record.chatKind,
      record.chatTitle,
      now,
    )
    const message = this.#record(conversation.id, record, intake, now)
    if (message === undefined)
      return { messageId: undefined, disposition: 'dropped', reason: 'seen before' }
    const isDirect = record.chatKind === 'dm'
    this.#parts.access.seen(record.address, record.author, isDirect ? conversation.id : null, now)
    return {
      messageId: formatId('m', message),
      ...this.#apply(record, intake, conversation, message, now),
    }
  }

  /** Writes the row; undefined when it was there before. */
  #record(
    conversation: number,
    record: InboundRecord,
    intake: Intake,
    now: number,
  ): number | undefined {
    const result = this.#insert.run(
      conversation,
      record.platformId,
      record.author.id,
      record.version,
      record.kind,
      record.author.name,
      record.text,
      detailOf(record, intake.as === 'edit' ? [...record.notes, intake.note] : record.notes),
      record.attachments.length,
      record.sentAt,
      now,
      dispositions[intake.as],
      'reason' in intake
        ? intake.reason
        : intake.as === 'control'
          ? `command /${intake.command}`
          : null,
    )
    if (result.changes === 0) return undefined
    const message = Number(result.lastInsertRowid)
    // What nobody will read is not fetched.
    if (
      intake.as !== 'run' &&
      intake.as !== 'held' &&
      intake.as !== 'observed' &&
      intake.as !== 'edit'
    )
      return message
    for (const attachment of record.attachments) {
      this.#insertAttachment.run(
        message,
        attachment.ref,
        attachment.kind,
        attachment.name ?? attachment.kind,
        attachment.mime ?? null,
        attachment.size ?? null,
        attachment.durationMs ?? null,
      )
    }
    return message
  }

  #apply(
    record: InboundRecord,
    intake: Intake,
    conversation: ConversationRow,
    message: number,
    now: number,
  ): Omit<Accepted, 'messageId'> {
    const { outgoing, access, effects, requests } = this.#parts
    const notice = { conversation, messageId: message, key: formatId('m', message) }
    switch (intake.as) {
      case 'run':
        return this.#run(record, intake, conversation, message, now)
      case 'observed':
        return { disposition: 'observed', reason: intake.reason }
      case 'dropped':
        if (intake.notice)
          outgoing.queue(intake.notice.chunks, { ...notice, lane: intake.notice.lane }, now)
        return { disposition: 'dropped', reason: intake.reason }
      case 'held':
        requests.hold(message, conversation.id, intake, now)
        return { disposition: 'held' }
      case 'control': {
        const outcome: EffectOutcome = effects.apply(intake.effect, now)
        outgoing.queue(intake.reply(outcome), { ...notice, lane: 'control' }, now)
        return {
          disposition: 'control',
          reason: `command /${intake.command}`,
          outcome,
          ...(outcome.abort !== undefined && { abort: outcome.abort }),
        }
      }
      case 'pairing': {
        const { author, address } = record
        const pairing = access.requestPairing(
          { ...intake, address, author, conversationId: conversation.id },
          now,
        )
        const reason = pairing === undefined ? 'not paired' : 'not paired: asked for a pairing'
        this.#settle.run('dropped', reason, null, null, message)
        if (pairing === undefined) return { disposition: 'dropped', reason }
        outgoing.queue(intake.notice.chunks, { ...notice, lane: intake.notice.lane }, now)
        return { disposition: 'dropped', reason, pairingId: formatId('p', pairing) }
      }
      case 'edit':
        return this.#edit(record, intake, conversation, message, now)
    }
  }

  #run(
    record: InboundRecord,
    intake: RunIntake,
    conversation: ConversationRow,
    message: number,
    now: number,
  ): Omit<Accepted, 'messageId'> {
    const session = this.#parts.sessions.ensure(
      intake.sessionKey,
      intake.agent,
      conversation.id,
      now,
    )
    const queued = this.#parts.intake.add(
      intake,
      session,
      conversation,
      message,
      record.attachments.length > 0,
      now,
    )
    this.#settle.run('run', null, queued.run, null, message)
    return { disposition: 'run', ...queued.accepted }
  }

  #edit(
    record: InboundRecord,
    intake: Extract<Intake, { as: 'edit' }>,
    conversation: ConversationRow,
    message: number,
    now: number,
  ): Omit<Accepted, 'messageId'> {
    const original = this.#original.get(conversation.id, record.platformId, record.author.id) as
      | Original
      | undefined
    const end = (disposition: Disposition, reason: string, run: number | null = null) => {
      this.#settle.run(disposition, reason, run, null, message)
      return { disposition, reason, ...(run !== null && { runId: formatId('r', run) }) }
    }
    if (!original) return end('dropped', 'edit of a message that was not seen')
    if (original.disposition === 'control')
      return end('dropped', 'an edited command never runs again')
    if (record.version <= original.text_version) return end('dropped', 'a newer edit came before')
    const isUnread =
      original.disposition === 'held' ||
      (original.disposition === 'observed' && original.run_id === null) ||
      (original.state === 'queued' && original.attempt === 0 && original.prompt_id === null)
    if (isUnread) {
      this.#rewrite.run(record.text, record.version, detailOf(record, record.notes), original.id)
      return end(
        original.run_id === null ? 'dropped' : 'run',
        'edit: replaced the text',
        original.run_id,
      )
    }
    if (
      original.state === 'running' ||
      original.state === 'waiting' ||
      original.state === 'queued'
    ) {
      return this.#run(record, intake.correction, conversation, message, now)
    }
    return end('dropped', 'edited after it was dealt with')
  }

  withdraw(address: Address, platformIds: readonly string[], now: number): Promise<string[]> {
    return this.#writer.write(() => {
      const conversation = this.#parts.conversations.find(address)
      if (!conversation) return []
      return platformIds.flatMap((platformId) =>
        this.#parts.intake.withdraw(conversation.id, platformId, now),
      )
    })
  }

  setMembership(
    address: Address,
    chatKind: ChatKind,
    title: string | undefined,
    isMember: boolean,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      this.#parts.conversations.ensure(address, chatKind, title, now)
      this.#parts.conversations.setAlive(address.account, address.chat, isMember)
      if (!isMember)
        this.#parts.outgoing.discardChat(address, 'The account may not write there any more.', now)
    })
  }

  migrateChat(account: string, from: string, to: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#parts.migration.move(account, from, to, now))
  }
}

const dispositions: Record<Intake['as'], Disposition> = {
  run: 'run',
  observed: 'observed',
  dropped: 'dropped',
  held: 'held',
  control: 'control',
  pairing: 'dropped',
  edit: 'dropped',
}

function detailOf(record: InboundRecord, notes: readonly string[]): string | null {
  const detail: MessageDetail = {
    ...(record.quote && { quote: record.quote }),
    ...(record.forward && { forward: record.forward }),
    ...(notes.length > 0 && { notes }),
  }
  return Object.keys(detail).length === 0 ? null : JSON.stringify(detail)
}
