/**
 * The way in. Invariants: `receive` resolves only after everything of the batch is committed; what was committed
 * before is recognised by its row; commands never wait for the queue or an agent.
 */

import type { AnswerPlanner } from './answer-planner.ts'
import { chatQuestion } from './chat-approval.ts'
import type { Clock } from './clock.ts'
import type { ControlLane } from './control-lane.ts'
import type { Events } from './events.ts'
import { type Speaking, subjectOf } from './inbound-record.ts'
import { IntakePlanner, type PlannedEvent } from './intake.ts'
import type { Address, InboundEvent } from './model.ts'
import { isServed } from './policy.ts'
import { agentFor, type Settings } from './settings.ts'
import type { ArrivalStore } from './store/arrivals.ts'
import type { Accepted, InboxStore } from './store/inbox.ts'
import type { InboundRecord } from './store/intake.ts'
import type { RequestStore } from './store/requests.ts'

type Parts = {
  readonly store: InboxStore
  readonly requests: Pick<RequestStore, 'addedToChat' | 'askedBy' | 'find'>
  readonly arrivals: ArrivalStore
  readonly clock: Clock
  readonly events: Events
  readonly control: ControlLane
  readonly answers: AnswerPlanner
  readonly settings: () => Settings
  /** Work was queued: called before its commit, so that the next step's claim shares the commit. */
  readonly onRuns: () => void
  readonly onDeliveries: () => void
  readonly onAttachments: () => void
  readonly onAbort: (runId: string) => void
  readonly onPairing: (pairingId: string, record: InboundRecord) => void
  readonly onDigest: () => void
  /** Requests of runs were answered. */
  readonly onAnswers: (requestIds: readonly string[]) => void
  readonly onJobs: () => void
}

export class Inbox {
  readonly #parts: Parts
  readonly #intake: IntakePlanner
  /** Batches are planned one after the other, so that they are committed in the order they were received. */
  #planning: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#intake = new IntakePlanner(parts)
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

  async #entries(events: readonly Speaking[]): Promise<PlannedEvent[]> {
    const facts = await this.#parts.store.facts(events.map(subjectOf))
    const entries: PlannedEvent[] = []
    for (const [index, event] of events.entries()) {
      const known = facts[index]
      if (known) entries.push(await this.#intake.plan(event, known))
    }
    return entries
  }

  #applyChange(event: Exclude<InboundEvent, Speaking>): Promise<void> {
    const { store, clock } = this.#parts
    const now = clock.now()
    switch (event.type) {
      case 'deletion':
        return store.withdraw(event.address, event.messageIds, now).then(() => this.#parts.onRuns())
      case 'membership':
        return this.#applyMembership(event)
      case 'migration':
        return store.migrateChat(event.account, event.from, event.to, now)
    }
  }

  /** Being added to a group that nobody allowed is a question for an owner. */
  async #applyMembership(event: Extract<InboundEvent, { type: 'membership' }>): Promise<void> {
    const { store, requests, clock, settings, onDigest } = this.#parts
    const { address, chatKind, chatTitle, isMember, space, by } = event
    const now = clock.now()
    const policy = settings().policies.get(address.channel)
    const [, [facts]] = await Promise.all([
      store.setMembership(address, chatKind, chatTitle, isMember, now, space),
      store.facts([{ address, senderId: by?.id ?? '', ...(space && { space }) }]),
    ])
    const isForOwners =
      isMember &&
      chatKind !== 'dm' &&
      policy?.groups === 'allowlist' &&
      facts?.isChatClosed !== true &&
      facts?.senderStatus !== 'blocked' &&
      !isServed(event, policy, facts ?? { isChatApproved: false })
    if (!isForOwners) return
    const of = { ...(space && { space }), ...(by && { by }) }
    await requests.addedToChat(address, of, chatQuestion(now), now)
    onDigest()
  }

  async #accept(entries: readonly PlannedEvent[]): Promise<void> {
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

  #announce({ record, intake }: PlannedEvent, outcome: Accepted): void {
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
      if (intake.effect.type === 'job') this.#parts.onJobs()
      events.emit({
        type: 'command.done',
        address,
        messageId: outcome.messageId,
        command: intake.command,
      })
    }
    const { superseded } = outcome
    if (superseded !== undefined) this.#ended(superseded, 'superseded', address)
    for (const runId of outcome.outcome?.cancelled ?? []) this.#ended(runId, 'cancelled', address)
    if (outcome.arrived !== undefined)
      events.emit({
        type: 'delivery.changed',
        deliveryId: outcome.arrived,
        runId: undefined,
        address,
        state: 'sent',
        detail: 'proved by an answer to it',
      })
    if (outcome.abort !== undefined) onAbort(outcome.abort)
    if (outcome.outcome?.answered) this.#parts.onAnswers(outcome.outcome.answered)
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

  #ended(runId: string, state: 'cancelled' | 'superseded', address: Address): void {
    const agent = agentFor(this.#parts.settings(), address)
    const event = `run.${state}` as const
    this.#parts.events.emit({ type: 'run.changed', event, runId, agent, state, address })
  }
}
