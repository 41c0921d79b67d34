/**
 * The way out. Invariants: a delivery is marked as being sent before anything leaves the machine; within a chat and
 * lane one is sent at a time; what may have arrived is proved, never blindly repeated. All retries, waits and limits
 * are here; adapters only say what happened.
 */
import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import { deliveryEvent } from './delivery-event.ts'
import { DeliveryError } from './errors.ts'
import type { Events } from './events.ts'
import { outboundOf } from './outbound-of.ts'
import type { BlobStore, ChannelAdapter } from './ports.ts'
import { tellOfRefusedFile } from './refused-file.ts'
import { backoffMs, storeBackoff } from './retry.ts'
import { SendLimits } from './send-limits.ts'
import { maxSendAttempts, sendBackoff } from './send-retries.ts'
import type { Settings } from './settings.ts'
import type { AccessStore } from './store/access.ts'
import type { ClaimedDelivery, DeliveryStore, LostDelivery } from './store/deliveries.ts'
import type { InboxStore } from './store/inbox.ts'
import { Wakeup } from './wakeup.ts'
import { within } from './within.ts'

/** Sends at a time, over all chats. */
const maxInFlight = 64
const maxGiveUpMs = 5000

type Parts = {
  readonly store: DeliveryStore
  readonly inbox: InboxStore
  readonly access: AccessStore
  readonly blobs: BlobStore
  readonly channels: Channels
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
  /** A send became uncertain: somebody should find out what became of it. */
  readonly onUncertain: () => void
}

export class Outbox {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #limits: SendLimits
  readonly #sending = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  /** Aborts sends in flight; only when the time to stop is over. */
  readonly #giveUp = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #isIdle = true
  /** Grows with every `wake`, so that a claim that began before it is not taken for the last word. */
  #wakes = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
    this.#limits = new SendLimits()
  }

  /** Marks what a dead process was sending as uncertain, then sends until stopped. */
  async start(): Promise<void> {
    if ((await this.#parts.store.recover(this.#parts.clock.now())) > 0) this.#parts.onUncertain()
    this.#loop = this.#run(this.#stop.signal)
  }

  /** There may be something to send. Never waits. */
  wake(): void {
    this.#isIdle = false
    this.#wakes += 1
    this.#wakeup.wake()
  }

  /** Sends what is due until nothing is left or `deadline`, then stops. */
  async stop(deadline: AbortSignal): Promise<void> {
    while (!deadline.aborted && (!this.#isIdle || this.#sending.size > 0)) {
      await Promise.race([...this.#sending, this.#parts.clock.sleep(20, deadline)])
    }
    this.#stop.abort()
    await this.#loop
    this.#giveUp.abort()
    // What an adapter will not give up stays marked as being sent, and is proved after the next start.
    await within(this.#parts.clock, maxGiveUpMs, Promise.all(this.#sending))
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { store, channels, clock, events } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      const limit = maxInFlight - this.#sending.size
      if (limit <= 0) {
        await this.#wakeup.sleep(undefined, signal)
        continue
      }
      const wakes = this.#wakes
      try {
        const claimed = await store.claim({
          accounts: channels.accounts(),
          now: clock.now(),
          limit,
        })
        for (const delivery of claimed.deliveries) this.#begin(delivery)
        failures = 0
        this.#isIdle = claimed.deliveries.length < limit && wakes === this.#wakes
        await this.#wakeup.sleep(claimed.nextAt, signal)
      } catch (error) {
        failures += 1
        events.emit({ type: 'fault', where: 'claiming deliveries', error })
        await clock.sleep(backoffMs(failures, storeBackoff), signal)
      }
    }
  }

  #begin(delivery: ClaimedDelivery): void {
    const sending = this.#deliver(delivery)
      .catch((error: unknown) => {
        this.#parts.events.emit({ type: 'fault', where: `delivery ${delivery.id}`, error })
        return true
      })
      .then((mayClaim) => {
        const wasFull = this.#sending.size >= maxInFlight
        this.#sending.delete(sending)
        if (mayClaim || wasFull) this.wake()
      })
    this.#sending.add(sending)
  }

  /** Sends and writes down what came of it. Returns whether there may be something to claim because of it. */
  async #deliver(delivery: ClaimedDelivery): Promise<boolean> {
    const { channels, clock, store } = this.#parts
    const adapter = channels.sender(delivery.to.account)
    const now = clock.now()
    if (!adapter) return this.#postpone(delivery, now + 1000, 'The channel is down.', now)
    const limits = this.#parts.settings().limits.get(delivery.to.channel)
    const freeAt = limits === undefined ? now : this.#limits.take(delivery.to, limits, now)
    if (freeAt > now) return this.#postpone(delivery, freeAt, 'Held by limits.', now)
    let sentId: string
    try {
      sentId = (await this.#send(adapter, delivery)).id
    } catch (error) {
      await this.#settleFailure(delivery, error)
      return true
    }
    const sentAt = clock.now()
    const sent = await this.#write(() => store.sent(delivery.id, sentId, sentAt))
    // Whoever was quicker to know has said it.
    if (sent?.isNew) this.#emit(delivery, 'sent', { latencyMs: sentAt - delivery.createdAt })
    return sent?.hasNext === true
  }

  async #postpone(
    { id }: ClaimedDelivery,
    until: number,
    reason: string,
    now: number,
  ): Promise<boolean> {
    await this.#write(() => this.#parts.store.postpone(id, until, reason, false, now))
    return true
  }

  #send(adapter: ChannelAdapter, delivery: ClaimedDelivery): Promise<{ id: string }> {
    const outbound = outboundOf(delivery, this.#parts.blobs)
    const { signal } = this.#giveUp
    return delivery.edits !== undefined && adapter.edit
      ? adapter.edit(delivery.edits, outbound, signal)
      : adapter.send(outbound, signal)
  }

  async #settleFailure(delivery: ClaimedDelivery, error: unknown): Promise<void> {
    const { store, inbox, clock, events, onUncertain } = this.#parts
    const now = clock.now()
    if (!(error instanceof DeliveryError)) {
      events.emit({
        type: 'fault',
        where: `sending ${delivery.id} to ${delivery.to.channel}`,
        error,
      })
      await this.#write(() => store.uncertain(delivery.id, 'The adapter failed unexpectedly.', now))
      this.#emit(delivery, 'uncertain', { detail: 'the adapter failed unexpectedly' })
      return onUncertain()
    }
    const detail = error.message
    switch (error.failure) {
      case 'retry': {
        const isRateLimit = error.retryAfterMs !== undefined
        if (!isRateLimit && delivery.attempts >= maxSendAttempts) break
        const at = now + (error.retryAfterMs ?? backoffMs(delivery.attempts, sendBackoff))
        await this.#write(() => store.postpone(delivery.id, at, detail, !isRateLimit, now))
        return this.#emit(delivery, 'retrying', { detail })
      }
      case 'uncertain':
        await this.#write(() => store.uncertain(delivery.id, detail, now))
        this.#emit(delivery, 'uncertain', { detail })
        return onUncertain()
      case 'moved': {
        const { movedTo } = error
        if (movedTo === undefined || delivery.attempts >= maxSendAttempts) break
        await this.#write(() =>
          inbox.migrateChat(delivery.to.account, delivery.to.chat, movedTo, now),
        )
        await this.#write(() => store.postpone(delivery.id, now, detail, true, now))
        return this.#emit(delivery, 'retrying', { detail })
      }
      case 'dead': {
        const lost = await this.#write(() => store.killChat(delivery.id, detail, now))
        for (const one of lost ?? []) this.#emit(one, 'discarded', { detail })
        return
      }
      case 'rejected':
        // What it was to replace is gone or too old: then people get it as a message of its own.
        if (delivery.edits === undefined) {
          await this.#write(() => tellOfRefusedFile(delivery, error.code, this.#parts, now))
          break
        }
        await this.#write(() => store.sendAnew(delivery.id, detail, now))
        return this.#emit(delivery, 'retrying', { detail })
    }
    await this.#write(() => store.discard(delivery.id, detail, now))
    this.#emit(delivery, 'discarded', { detail })
  }

  /** Writes an outcome until the store takes it; at shutdown the row stays as it is and is proved at the next start. */
  async #write<T>(commit: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await commit()
      } catch (error) {
        this.#parts.events.emit({
          type: 'fault',
          where: 'writing what became of a delivery',
          error,
        })
        if (this.#stop.signal.aborted) return undefined
        await this.#parts.clock.sleep(backoffMs(attempt, storeBackoff), this.#stop.signal)
      }
    }
  }

  #emit(
    delivery: LostDelivery,
    state: 'sent' | 'retrying' | 'uncertain' | 'discarded',
    more: { detail?: string; latencyMs?: number },
  ): void {
    this.#parts.events.emit(deliveryEvent(delivery, state, more))
  }
}
