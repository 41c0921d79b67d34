import type { AnswerPlanner } from './answer-planner.ts'
import { chatQuestion } from './chat-approval.ts'
import type { Clock } from './clock.ts'
import { parseCommand } from './commands.ts'
import type { ControlLane } from './control-lane.ts'
import { recordOf, type Speaking } from './inbound-record.ts'
import type { InboundMessage } from './model.ts'
import { maxPendingPairings, newPairingCode, pairingMs } from './pairing.ts'
import { plainChunks } from './plain-chunks.ts'
import { decide, isOwner } from './policy.ts'
import { Rates } from './rates.ts'
import { sentencesFor } from './sentences.ts'
import { sessionKey } from './session-key.ts'
import { freshBefore } from './session-reset.ts'
import { agentFor, type Settings } from './settings.ts'
import { SignalPlanner } from './signal-intake.ts'
import { awaitedAnswer, spokenAnswer } from './spoken-answer.ts'
import type { ArrivalStore } from './store/arrivals.ts'
import type { Facts, InboundRecord, Intake, RunIntake } from './store/intake.ts'
import type { RequestStore } from './store/requests.ts'

const albumWindowMs = 1200
const splitWindowMs = 2000
/** However many parts follow, a turn begins at the latest so long after its first. */
const maxWindowMs = 10_000
const attachmentsMs = 60_000
const maxCommandAgeMs = 60_000
/** A digest is asked once nothing late has come for so long. */
const digestSettleMs = 3000
const digestExpiryMs = 24 * 3_600_000
const botMessagesPerMinute = 20

type Parts = {
  readonly clock: Clock
  readonly control: ControlLane
  readonly answers: AnswerPlanner
  readonly requests: Pick<RequestStore, 'askedBy' | 'find'>
  readonly arrivals: ArrivalStore
  readonly settings: () => Settings
}

/** What is stored of an event, and what becomes of it. */
export type PlannedEvent = { readonly record: InboundRecord; readonly intake: Intake }

/** Decides what becomes of one event: a run, a command's effect, an edit, a pairing, or nothing with its reason. */
export class IntakePlanner {
  readonly #parts: Parts
  readonly #signals: SignalPlanner
  readonly #senders = new Rates(60_000, 0)
  readonly #bots = new Rates(60_000, 60_000)

  constructor(parts: Parts) {
    this.#parts = parts
    this.#signals = new SignalPlanner(parts)
  }

  /** Decides by what is known of the sender and the chat. Stores nothing. */
  async plan(event: Speaking, facts: Facts): Promise<PlannedEvent> {
    switch (event.type) {
      case 'message':
        return {
          record: recordOf(event.message, 'message'),
          intake: await this.#intake(event.message, facts),
        }
      case 'edit':
        return {
          record: recordOf(event.message, 'edit'),
          intake: this.#editIntake(event.message, facts),
        }
      case 'press':
        return this.#signals.press(event, facts)
      case 'reaction':
        return this.#signals.reaction(event, facts)
    }
  }

  async #intake(message: InboundMessage, facts: Facts): Promise<Intake> {
    const { clock, control } = this.#parts
    const settings = this.#parts.settings()
    const policy = settings.policies.get(message.address.channel)
    if (!policy) return { as: 'dropped', reason: 'the channel is not configured' }
    const decision = decide(message, policy, facts)
    const words = sentencesFor(message.sender.language)
    if (decision.verdict === 'drop') return { as: 'dropped', reason: decision.reason }
    if (decision.verdict === 'observe') {
      const answer = await awaitedAnswer(message, facts, this.#parts.answers)
      return answer ?? { as: 'observed', reason: decision.reason }
    }
    const now = clock.now()
    if (decision.verdict === 'pair') return pairingIntake(words.pairing, now)

    const age = now - message.sentAt
    const command = parseCommand(message.text)
    if (decision.verdict === 'ask') {
      const isApproval = command?.name === 'approve' && command.argument === ''
      const mayApprove = isApproval && age <= maxCommandAgeMs
      if (mayApprove && isOwner(message.sender, policy, facts))
        return control.command(command, message, facts)
      return this.#unapproved(message, facts, decision.reason, command === undefined)
    }
    const looping = this.#limitBot(message)
    if (looping) return looping
    if (command) {
      if (age > maxCommandAgeMs) {
        const chunks = plainChunks(words.lateCommand(command.name, words.duration(age)))
        return {
          as: 'dropped',
          reason: 'the command came too late',
          notice: { chunks, lane: 'control' },
        }
      }
      return control.command(command, message, facts)
    }
    const answering = await spokenAnswer(message, facts, this.#parts)
    if (answering) return answering

    const limited = this.#limit(message, settings)
    if (limited) return limited
    const { agent, key } = place(message, facts, settings)
    if (settings.queue.staleMs > 0 && age > settings.queue.staleMs) {
      return {
        as: 'held',
        agent,
        sessionKey: key,
        maxAttempts: settings.queue.maxAttempts,
        settleMs: digestSettleMs,
        expiresAt: now + digestExpiryMs,
      }
    }
    return this.#runIntake(message, facts, settings)
  }

  #unapproved(message: InboundMessage, facts: Facts, reason: string, isKept: boolean): Intake {
    const settings = this.#parts.settings()
    const { agent, key } = place(message, facts, settings)
    return {
      as: 'unapproved',
      reason,
      isKept,
      agent,
      sessionKey: key,
      maxAttempts: settings.queue.maxAttempts,
      question: chatQuestion(this.#parts.clock.now()),
    }
  }

  #runIntake(message: InboundMessage, facts: Facts, settings: Settings): RunIntake {
    const { queue } = settings
    const { agent, key } = place(message, facts, settings)
    const words = sentencesFor(message.sender.language)
    const before = freshBefore(settings.sessionReset, this.#parts.clock.now())
    const windowMs = Math.max(
      queue.debounceMs,
      message.album === undefined ? 0 : albumWindowMs,
      message.isNearLimit === true ? splitWindowMs : 0,
    )
    return {
      as: 'run',
      agent,
      sessionKey: key,
      ...(before !== undefined && { freshBefore: before }),
      // In a direct chat it is plain what is answered; in a group the quote says it.
      ...(message.chatKind !== 'dm' && { replyTo: message.id }),
      mode: facts.settings?.queue ?? queue.mode,
      windowMs,
      maxWindowMs,
      ...(message.album !== undefined && { album: message.album }),
      maxAttempts: queue.maxAttempts,
      maxQueued: queue.maxQueued,
      overflowNotice: () => ({
        chunks: plainChunks(words.overflow(queue.maxQueued)),
        lane: 'control',
      }),
      attachmentsMs,
    }
  }

  #editIntake(message: InboundMessage, facts: Facts): Intake {
    const settings = this.#parts.settings()
    const policy = settings.policies.get(message.address.channel)
    if (!policy) return { as: 'dropped', reason: 'the channel is not configured' }
    const decision = decide(message, policy, facts)
    // An edit that takes the mention away is still an edit of what was asked.
    if (decision.verdict !== 'act' && decision.verdict !== 'observe')
      return { as: 'dropped', reason: decision.reason }
    return {
      as: 'edit',
      note: sentencesFor(message.sender.language).correction,
      correction: { ...this.#runIntake(message, facts, settings), windowMs: 0, isCorrection: true },
    }
  }

  /** Two bots that answer each other stop soon; commands count too, because their answers are answered. */
  #limitBot(message: InboundMessage): Intake | undefined {
    const { subject, event } = countedAs(message)
    const isFine =
      message.sender.isBot !== true ||
      this.#bots.count(subject, event, botMessagesPerMinute, message.sentAt) === 'within'
    if (isFine) return undefined
    return { as: 'dropped', reason: 'too many messages of a bot: a loop is cut off for a minute' }
  }

  /** Too much of one sender: one polite line, then silence. Commands were let through before. */
  #limit(message: InboundMessage, { queue }: Settings): Intake | undefined {
    const { sender, sentAt } = message
    const { subject, event } = countedAs(message)
    if (queue.senderPerMinute === 0) return undefined
    const count = this.#senders.count(subject, event, queue.senderPerMinute, sentAt)
    if (count === 'within') return undefined
    const reason = `more than ${queue.senderPerMinute} messages a minute (queue.senderPerMinute)`
    if (count === 'over') return { as: 'dropped', reason }
    const chunks = plainChunks(sentencesFor(sender.language).rateLimited(queue.senderPerMinute))
    return { as: 'dropped', reason, notice: { chunks, lane: 'control' } }
  }
}

/** By the platform's clock, and each message once: neither a backlog nor a repetition is haste. An album is one. */
function countedAs({ address, sender, album, id }: InboundMessage): {
  subject: string
  event: string
} {
  return { subject: `${address.account}/${sender.id}`, event: `${address.chat}/${album ?? id}` }
}

/** The agent and the session of a place. */
function place(
  { address, chatKind }: InboundMessage,
  facts: Facts,
  settings: Settings,
): { agent: string; key: string } {
  const agent = agentFor(settings, address, facts.settings?.agent)
  return { agent, key: sessionKey(agent, address, chatKind) }
}

function pairingIntake(word: (code: string) => string, now: number): Intake {
  const { code, hash, salt } = newPairingCode()
  return {
    as: 'pairing',
    code: { hash, salt, expiresAt: now + pairingMs },
    maxPending: maxPendingPairings,
    notice: { chunks: plainChunks(word(code)), lane: 'control' },
  }
}
