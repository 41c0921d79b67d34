import type { Address, ChatKind, Space } from '../../core/model.ts'
import type { KnownPlace } from '../../core/ports.ts'
import type { EffectOutcome } from '../../core/store/effects.ts'
import type { Accepted, InboxStore } from '../../core/store/inbox.ts'
import type { Facts, InboundRecord, Intake, RunIntake } from '../../core/store/intake.ts'
import type { SqliteAccess } from './access.ts'
import type { SqliteArrivals } from './arrivals.ts'
import type { ChatMigration } from './chat-migration.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import type { Edits } from './edits.ts'
import type { Effects } from './effects.ts'
import type { HeldMessages } from './held-messages.ts'
import { formatId } from './ids.ts'
import type { Incoming } from './incoming.ts'
import type { IntakeQueue } from './intake-queue.ts'
import type { KnownMessages } from './known-messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { Pairings } from './pairings.ts'
import type { RunQueue } from './run-queue.ts'
import type { Senders } from './senders.ts'
import type { SessionRows } from './sessions.ts'
import type { Withdrawals } from './withdrawals.ts'
import type { Writer } from './writer.ts'

type Parts = {
  readonly conversations: Conversations
  readonly sessions: SessionRows
  readonly queue: RunQueue
  readonly incoming: Incoming
  readonly edits: Edits
  readonly withdrawals: Withdrawals
  readonly intake: IntakeQueue
  readonly held: HeldMessages
  readonly chats: ChatQuestions
  readonly arrivals: SqliteArrivals
  readonly outgoing: Outgoing
  readonly access: SqliteAccess
  readonly senders: Senders
  readonly pairings: Pairings
  readonly effects: Effects
  readonly migration: ChatMigration
  readonly known: KnownMessages
}

type Subject = {
  readonly address: Address
  readonly senderId: string
  readonly alias?: string
  readonly space?: Space
}

/** Everything that comes in, each message recorded and followed by what it is for in one transaction. */
export class SqliteInbox implements InboxStore {
  readonly #writer: Writer
  readonly #parts: Parts

  constructor(writer: Writer, parts: Parts) {
    this.#writer = writer
    this.#parts = parts
  }

  async facts(of: readonly Subject[]): Promise<Facts[]> {
    return of.map(({ address, senderId, alias, space }) =>
      this.#parts.access.facts(address, senderId, alias, space),
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
    const { address, chatKind, chatTitle, space } = record
    let conversation = this.#parts.conversations.ensure(address, chatKind, chatTitle, now, space)
    const message = this.#parts.incoming.record(conversation.id, record, intake, now)
    if (message === undefined)
      return { messageId: undefined, disposition: 'dropped', reason: 'seen before' }
    // Whoever writes there can be answered there again, and not every platform says so in another way.
    if (conversation.is_alive === 0 && record.kind === 'message') {
      this.#parts.conversations.setAlive({ account: address.account, chat: address.chat }, true)
      conversation = { ...conversation, is_alive: 1 }
    }
    const isDirect = record.chatKind === 'dm'
    this.#parts.senders.seen(record.address, record.author, isDirect ? conversation.id : null, now)
    return {
      messageId: formatId('m', message),
      ...this.#apply(record, intake, conversation, message, now),
    }
  }

  #apply(
    record: InboundRecord,
    intake: Intake,
    conversation: ConversationRow,
    message: number,
    now: number,
  ): Omit<Accepted, 'messageId'> {
    const { incoming, outgoing, pairings, effects, held, chats, edits, arrivals } = this.#parts
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
        held.hold(message, conversation.id, intake, now)
        return { disposition: 'held' }
      case 'unapproved': {
        const { isHeld, reason } = chats.hold(message, conversation, record.author, intake, now)
        if (isHeld) incoming.fetch(message, record)
        else incoming.settle(message, 'dropped', reason)
        return { disposition: isHeld ? 'held' : 'dropped', reason }
      }
      case 'control': {
        // First, so that what ends the question finds its message.
        const arrived = intake.arrived && arrivals.note(intake.arrived, record.address, now)
        const outcome: EffectOutcome = effects.apply(intake.effect, { conversation, message }, now)
        outgoing.queue(intake.reply(outcome), { ...notice, lane: 'control' }, now)
        return {
          disposition: 'control',
          reason: `command /${intake.command}`,
          outcome,
          ...(outcome.abort !== undefined && { abort: outcome.abort }),
          ...(arrived !== undefined && { arrived }),
        }
      }
      case 'pairing': {
        const { author, address } = record
        const pairing = pairings.request(
          { ...intake, address, author, conversationId: conversation.id },
          now,
        )
        const reason = pairing === undefined ? 'not paired' : 'not paired: asked for a pairing'
        incoming.settle(message, 'dropped', reason)
        if (pairing === undefined) return { disposition: 'dropped', reason }
        outgoing.queue(intake.notice.chunks, { ...notice, lane: intake.notice.lane }, now)
        return { disposition: 'dropped', reason, pairingId: formatId('p', pairing) }
      }
      case 'edit':
        return (
          edits.apply(record, conversation.id, message) ??
          this.#run(record, intake.correction, conversation, message, now)
        )
    }
  }

  #run(
    record: InboundRecord,
    intake: RunIntake,
    conversation: ConversationRow,
    message: number,
    now: number,
  ): Omit<Accepted, 'messageId'> {
    const { sessions, queue } = this.#parts
    const found = sessions.ensure(intake.sessionKey, intake.agent, conversation.id, now)
    const session =
      intake.freshBefore === undefined
        ? found
        : sessions.freshen(found, intake.freshBefore, queue, now)
    const queued = this.#parts.intake.add(
      intake,
      session,
      conversation,
      message,
      record.attachments.length > 0,
      now,
    )
    this.#parts.incoming.settle(message, 'run', null, queued.run)
    return { disposition: 'run', ...queued.accepted }
  }

  withdraw(address: Address, platformIds: readonly string[], now: number): Promise<string[]> {
    return this.#writer.write(() => {
      const conversation = this.#parts.conversations.find(address)
      if (!conversation) return []
      return platformIds.flatMap((platformId) =>
        this.#parts.withdrawals.withdraw(conversation.id, platformId, now),
      )
    })
  }

  setMembership(
    address: Address,
    chatKind: ChatKind,
    title: string | undefined,
    isMember: boolean,
    now: number,
    space?: Space,
  ): Promise<void> {
    return this.#writer.write(() => {
      this.#parts.conversations.ensure(address, chatKind, title, now, space)
      this.#parts.conversations.setAlive(address, isMember)
      if (!isMember)
        this.#parts.outgoing.discardChat(address, 'The account may not write there any more.', now)
    })
  }

  async places(account: string, limit: number): Promise<KnownPlace[]> {
    return this.#parts.known.places(account, limit)
  }

  migrateChat(account: string, from: string, to: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#parts.migration.move(account, from, to, now))
  }
}
