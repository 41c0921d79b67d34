import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { Audit } from './audit.ts'
import type { Conversations } from './conversations.ts'
import type { HeldMessages } from './held-messages.ts'
import type { QuestionMessages } from './question-messages.ts'
import { Spaces } from './spaces.ts'

/** Which chats and spaces owners allowed or closed, each decision written down. Used inside transactions only. */
export class ChatApprovals {
  readonly #conversations: Conversations
  readonly #spaces: Spaces
  readonly #held: HeldMessages
  readonly #audit: Audit
  readonly #messages: QuestionMessages
  readonly #askedAbout: Statement

  constructor(
    db: Database,
    parts: {
      conversations: Conversations
      held: HeldMessages
      audit: Audit
      messages: QuestionMessages
    },
  ) {
    this.#conversations = parts.conversations
    this.#spaces = new Spaces(db)
    this.#held = parts.held
    this.#audit = parts.audit
    this.#messages = parts.messages
    this.#askedAbout = db
      .prepare(
        `SELECT q.id FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.kind = 'chat' AND q.state = 'open' AND c.account = @account
           AND (c.chat = @chat OR q.space = @space)`,
      )
      .pluck()
  }

  /** `true` allows it with its threads, `false` closes it, `null` forgets both. What was asked about it is over. */
  decide(address: Address, isApproved: boolean | null, now: number): void {
    const { account, chat } = address
    const kind = this.#conversations.find(address)?.kind ?? 'group'
    this.#conversations.ensure(address, kind, undefined, now)
    this.#conversations.approve(account, chat, numberOf(isApproved))
    this.#endQuestions({ account, chat, space: null }, now)
    this.note(wordOf(isApproved), { account, chat }, null, now)
  }

  decideSpace(account: string, space: string, isApproved: boolean | null, now: number): void {
    this.#spaces.setApproval(account, space, numberOf(isApproved))
    this.#endQuestions({ account, chat: null, space }, now)
    this.note(wordOf(isApproved), { account, chat: '' }, space, now)
  }

  /** Writes down what was said about a chat or its space without a change. */
  note(
    word: string,
    { account, chat }: { account: string; chat: string },
    space: string | null,
    now: number,
  ): void {
    const what = space === null ? 'chat' : 'space'
    this.#audit.append(now, `${what} ${word}`, `${account} ${space ?? chat}`)
  }

  #endQuestions(
    about: { account: string; chat: string | null; space: string | null },
    now: number,
  ): void {
    for (const id of this.#askedAbout.all(about) as number[]) {
      this.#messages.withdraw(id, now)
      this.#held.expire(id, 'meanwhile it was decided otherwise: ask again')
    }
  }
}

function numberOf(isApproved: boolean | null): number {
  return isApproved === null ? 0 : isApproved ? 1 : -1
}

function wordOf(isApproved: boolean | null): string {
  return isApproved === null ? 'approval withdrawn' : isApproved ? 'approved' : 'closed'
}
