/**
 * The way in. Invariants: `receive` resolves only after everything of the batch is committed; what was committed
 * before is recognised by its row; commands never wait for the queue or an agent.
 */
import type { Clock } from './clock.ts'
import { parseAnswer, parseCommand, parsePress, plainChunks } from './commands.ts'
import type { ControlLane } from './control-lane.ts'
import type { Events } from './events.ts'
import type { Address, InboundEvent, InboundMessage } from './model.ts'
import { maxPendingPairings, newPairingCode, pairingMs } from './pairing.ts'
import { decide } from './policy.ts'
import { Rates } from './rates.ts'
import { sentencesFor } from './sentences.ts'
import { sessionKey } from './session-key.ts'
import { agentFor, type Settings } from './settings.ts'
import type { Accepted, Facts, InboundRecord, InboxStore, Intake, RunIntake } from './store.ts'

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
  readonly store: InboxStore
  readonly clock: Clock
  readonly events: Events
  readonly control: ControlLane
  readonly settings: () => Settings
  /** Work was queued: called before its commit, so that the next step's claim shares the commit. */
  readonly onRuns: () => void
  readonly onDeliveries: () => void
  readonly onAttachments: () => void
  readonly onAbort: (runId: string) => void
  readonly onPairing: (pairingId: string, record: InboundRecord) => void
  readonly onDigest: () => void
}

type Entry = { readonly record: InboundRecord; readonly intake: Intake }
type Speaking = Extract<InboundEvent, { type: 'message' | 'edit' | 'press' | 'reaction' }>

export class Inbox {
  readonly #parts: Parts
  readonly #senders = new Rates(60_000, 0)
  readonly #bots = new Rates(60_000, 60_000)
  /** Batches are planned one after the other, so that they are committed in the order they were received. */
  #planning: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Takes a batch in the platform's order. Rejects when it could not be stored; then the platform must repeat it. */
  async receive(batch: readonly InboundEvent[]): Promise<void> {
    const committed = this.#planning.then(async () => ({ done: await this.#plan(batch) }))
    this.#planning = committed.catch(() => undefined)
    await (await committed).done()
  }

  /** Decides everything and hands it to the store; the returned function waits for the commits. */
  async #plan(batch: readonly InboundEvent[]): Promise<() => Promise<void>> {
    const commits: Promise<void>[] = []
    const add = (commit: Promise<void>) => {
      commits.push(commit)
      // Whoever waits for the batch hears of it; should planning the rest fail first, nobody waits.
      commit.catch(() => undefined)
    }
    let speaking: Speaking[] = []
    const flush = async () => {
      if (speaking.length === 0) return
      const events = speaking
      speaking = []
      add(this.#accept(await this.#entries(events)))
    }
    for (const event of batch) {
      if (
        event.type === 'message' ||
        event.type === 'edit' ||
        event.type === 'press' ||
        event.type === 'reaction'
      ) {
        speaking.push(event)
        continue
      }
      await flush()
      add(this.#applyChange(event))
    }
    await flush()
    return async () => {
      await Promise.all(commits)
    }
  }

  async #entries(events: readonly Speaking[]): Promise<Entry[]> {
    const facts = await this.#parts.store.facts(events.map(subjectOf))
    const entries: Entry[] = []
    for (const [index, event] of events.entries()) {
      const known = facts[index]
      if (known) entries.push(await this.#entry(event, known))
    }
    return entries
  }

  async #entry(event: Speaking, facts: Facts): Promise<Entry> {
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
        return this.#pressEntry(event, facts)
      case 'reaction':
        return {
          record: signalRecord(event, 'reaction', event.emoji.join(' ')),
          intake: { as: 'dropped', reason: 'reactions are noted, not acted on' },
        }
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
    if (decision.verdict === 'observe') return { as: 'observed', reason: decision.reason }
    const now = clock.now()
    if (decision.verdict === 'pair') return pairingIntake(words.pairing, now)

    const age = now - message.sentAt
    const command = parseCommand(message.text)
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
    const answer = parseAnswer(message.text)
    const answering =
      answer && (await control.answer(answer.requestId, answer.answer, message, facts))
    if (answering) return answering

    const limited = this.#limit(message, settings)
    if (limited) return limited
    const agent = agentFor(settings, message.address)
    const key = sessionKey(agent, message.address, message.chatKind)
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
    return this.#runIntake(message, agent, key, settings)
  }

  #runIntake(message: InboundMessage, agent: string, key: string, settings: Settings): RunIntake {
    const { queue } = settings
    const words = sentencesFor(message.sender.language)
    const windowMs = Math.max(
      queue.debounceMs,
      message.album === undefined ? 0 : albumWindowMs,
      message.isNearLimit === true ? splitWindowMs : 0,
    )
    return {
      as: 'run',
      agent,
      sessionKey: key,
      // In a direct chat it is plain what is answered; in a group the quote says it.
      ...(message.chatKind !== 'dm' && { replyTo: message.id }),
      mode: queue.mode,
      windowMs,
      maxWindowMs,
      ...(message.album !== undefined && { album: message.album }),
      maxAttempts: queue.maxAttempts,
      maxQueued: queue.maxQueued,
      overflowNotice: { chunks: plainChunks(words.overflow(queue.maxQueued)), lane: 'control' },
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
    const agent = agentFor(settings, message.address)
    const key = sessionKey(agent, message.address, message.chatKind)
    return {
      as: 'edit',
      note: sentencesFor(message.sender.language).correction,
      correction: { ...this.#runIntake(message, agent, key, settings), windowMs: 0 },
    }
  }

  async #pressEntry(event: Extract<Speaking, { type: 'press' }>, facts: Facts): Promise<Entry> {
    const record = signalRecord(event, 'press', event.data)
    const policy = this.#parts.settings().policies.get(event.address.channel)
    // A press is addressed by nature; everything else about who may speak counts for it too.
    const decision = policy && decide({ ...event, addressed: 'reply' }, policy, facts)
    if (decision?.verdict !== 'act') {
      return {
        record,
        intake: { as: 'dropped', reason: decision?.reason ?? 'the channel is not configured' },
      }
    }
    const press = parsePress(event.data)
    const intake =
      press && (await this.#parts.control.answer(press.requestId, press.answer, event, facts))
    return {
      record,
      intake: intake ?? { as: 'dropped', reason: 'the button belongs to nothing that is known' },
    }
  }

  /** Too much of one sender: one polite line, then silence. Commands were let through before. */
  #limit(message: InboundMessage, { queue }: Settings): Intake | undefined {
    const { sender, address, sentAt } = message
    const subject = `${address.account}/${sender.id}`
    // By the platform's clock, and each message once: neither a backlog nor a repetition is haste. An album is one.
    const event = `${address.chat}/${message.album ?? message.id}`
    if (
      sender.isBot === true &&
      this.#bots.count(subject, event, botMessagesPerMinute, sentAt) !== 'within'
    ) {
      return { as: 'dropped', reason: 'too many messages of a bot: a loop is cut off for a minute' }
    }
    if (queue.senderPerMinute === 0) return undefined
    const count = this.#senders.count(subject, event, queue.senderPerMinute, sentAt)
    if (count === 'within') return undefined
    const reason = `more than ${queue.senderPerMinute} messages a minute (queue.senderPerMinute)`
    if (count === 'over') return { as: 'dropped', reason }
    const chunks = plainChunks(sentencesFor(sender.language).rateLimited(queue.senderPerMinute))
    return { as: 'dropped', reason, notice: { chunks, lane: 'control' } }
  }

  #applyChange(event: Exclude<InboundEvent, Speaking>): Promise<void> {
    const { store, clock } = this.#parts
    const now = clock.now()
    switch (event.type) {
      case 'deletion':
        return store.withdraw(event.address, event.messageIds, now).then(() => this.#parts.onRuns())
      case 'membership':
        return store.setMembership(
          event.address,
          event.chatKind,
          event.chatTitle,
          event.isMember,
          now,
        )
      case 'migration':
        return store.migrateChat(event.account, event.from, event.to, now)
    }
  }

  async #accept(entries: readonly Entry[]): Promise<void> {
    const { store, clock, onRuns, onDeliveries } = this.#parts
    const commit = store.accept(entries, clock.now())
    onRuns()
    onDeliveries()
    const accepted = await commit
    for (const [index, outcome] of accepted.entries()) {
      const entry = entries[index]
      if (entry) this.#announce(entry, outcome)
    }
  }

  #announce({ record, intake }: Entry, outcome: Accepted): void {
    const { events, onAbort, onAttachments, onPairing, onDigest } = this.#parts
    const { address } = record
    if (outcome.messageId === undefined) {
      events.emit({ type: 'message.repeated', address, platformId: record.platformId })
      return
    }
    events.emit({
      type: 'message.received',
      messageId: outcome.messageId,
      platformId: record.platformId,
      address,
      chatKind: record.chatKind,
      disposition: outcome.disposition,
      ...(outcome.reason !== undefined && { reason: outcome.reason }),
      ...(outcome.runId !== undefined && { runId: outcome.runId }),
    })
    if (intake.as === 'control') {
      events.emit({
        type: 'command.done',
        address,
        messageId: outcome.messageId,
        command: intake.command,
      })
    }
    for (const runId of outcome.outcome?.cancelled ?? []) {
      const agent = agentFor(this.#parts.settings(), address)
      events.emit({
        type: 'run.changed',
        event: 'run.cancelled',
        runId,
        agent,
        state: 'cancelled',
        address,
      })
    }
    if (outcome.abort !== undefined) onAbort(outcome.abort)
    if (record.attachments.length > 0) onAttachments()
    if (outcome.pairingId !== undefined) {
      events.emit({
        type: 'pairing.requested',
        pairingId: outcome.pairingId,
        channel: address.channel,
      })
      onPairing(outcome.pairingId, record)
    }
    if (outcome.disposition === 'held') onDigest()
  }
}

function subjectOf(event: Speaking): { address: Address; senderId: string; alias?: string } {
  const { address, sender } = 'message' in event ? event.message : event
  return {
    address,
    senderId: sender.id,
    ...(sender.alias !== undefined && { alias: sender.alias }),
  }
}

function recordOf(message: InboundMessage, kind: 'message' | 'edit'): InboundRecord {
  const {
    id,
    sender,
    addressed: _,
    album: __,
    isNearLimit: ___,
    repliesTo: ____,
    ...rest
  } = message
  return { ...rest, kind, platformId: id, author: authorOf(sender) }
}

/** A press or reaction has no message id of its own: its update's id makes it unique. */
function signalRecord(
  event: Extract<Speaking, { type: 'press' | 'reaction' }>,
  kind: 'press' | 'reaction',
  text: string,
): InboundRecord {
  return {
    kind,
    address: event.address,
    chatKind: event.chatKind,
    author: authorOf(event.sender),
    platformId: `${kind}:${event.id}`,
    version: 0,
    text,
    notes: [],
    attachments: [],
    sentAt: event.at,
  }
}

function authorOf({ id, name, language }: InboundMessage['sender']): InboundRecord['author'] {
  return language === undefined ? { id, name } : { id, name, language }
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
