import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import { deliveryEvent } from './delivery-event.ts'
import { DeliveryError } from './errors.ts'
import type { Events } from './events.ts'
import { outboundOf } from './outbound-of.ts'
import type { BlobStore, ChannelAdapter, Reconciliation } from './ports.ts'
import { backoffMs } from './retry.ts'
import { maxSendAttempts, sendBackoff } from './send-retries.ts'
import type { ClaimedDelivery, DeliveryStore } from './store/deliveries.ts'
import { Wakeup } from './wakeup.ts'

/** A request that was cut off may still be on its way through the platform for a moment. */
const settleMs = 1500
/** How many of the newest message ids are looked at for a proof. */
const maxKnown = 5000
/** Between two questions about the same delivery. */
const askBackoff = { firstMs: 5000, maxMs: 300_000 }
const maxTries = 20
const unanswered = `the platform was asked ${maxTries} times and did not say`

type Parts = {
  readonly store: DeliveryStore
  readonly blobs: BlobStore
  readonly channels: Channels
  readonly clock: Clock
  readonly events: Events
  /** Something may be sent again. */
  readonly onDeliveries: () => void
}

type Unsettled = ClaimedDelivery & { readonly startedAt: number }

/**
 * Finds out what became of uncertain sends, one after the other, by asking the platform through its adapter. Only a
 * proof that a message did not arrive sends it again; without any proof it stays visible as uncertain.
 */
export class Reconciler {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #tries = new Map<string, { account: string; count: number; nextAt: number }>()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  start(): void {
    this.#loop = this.#run(this.#stop.signal)
  }

  wake(): void {
    this.#wakeup.wake()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { channels, clock, events } = this.#parts
    while (!signal.aborted) {
      let nextAt: number | undefined
      for (const account of channels.accounts()) {
        try {
          nextAt = earliest(nextAt, await this.#settleAccount(account, signal))
        } catch (error) {
          events.emit({ type: 'fault', where: `reconciling ${account}`, error })
          nextAt = earliest(nextAt, clock.now() + askBackoff.firstMs)
        }
      }
      await this.#wakeup.sleep(nextAt, signal)
    }
  }

  /** Settles what can be settled now; returns when to look again. */
  async #settleAccount(account: string, signal: AbortSignal): Promise<number | undefined> {
    const { store, channels, clock } = this.#parts
    let nextAt: number | undefined
    const unsettled = await store.unsettled(account)
    this.#forgetSettled(account, unsettled)
    for (const delivery of unsettled) {
      const adapter = channels.sender(account)
      if (!adapter || signal.aborted) break
      const dueAt = Math.max(
        delivery.startedAt + settleMs,
        this.#tries.get(delivery.id)?.nextAt ?? 0,
      )
      const now = clock.now()
      // A clock set back must not hold a chat for ever.
      if (dueAt > now && dueAt - now <= askBackoff.maxMs * 2) nextAt = earliest(nextAt, dueAt)
      else nextAt = earliest(nextAt, await this.#settle(adapter, delivery, signal))
    }
    return nextAt
  }

  async #settle(
    adapter: ChannelAdapter,
    delivery: Unsettled,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { clock, events } = this.#parts
    let result: Reconciliation
    try {
      result = await this.#ask(adapter, delivery, signal)
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof DeliveryError))
        events.emit({ type: 'fault', where: `reconciling ${delivery.id}`, error })
      const wanted = error instanceof DeliveryError ? error.retryAfterMs : undefined
      const count = (this.#tries.get(delivery.id)?.count ?? 0) + 1
      if (count >= maxTries) {
        await this.#record(delivery, { outcome: 'unknown', reason: unanswered })
        return undefined
      }
      const nextAt = clock.now() + (wanted ?? backoffMs(count, askBackoff))
      this.#tries.set(delivery.id, { account: delivery.to.account, count, nextAt })
      return nextAt
    }
    await this.#record(delivery, result)
    this.#tries.delete(delivery.id)
    return undefined
  }

  async #ask(
    adapter: ChannelAdapter,
    delivery: Unsettled,
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const { store, blobs } = this.#parts
    if (delivery.edits !== undefined) return { outcome: 'not-sent' } // an edit is idempotent: it is simply made again
    if (!adapter.reconcile) return { outcome: 'unknown', reason: 'the platform cannot be asked' }
    const known = () => store.known(delivery.to.account, maxKnown)
    return adapter.reconcile(
      outboundOf(delivery, blobs),
      { startedAt: delivery.startedAt, known },
      signal,
    )
  }

  async #record(delivery: Unsettled, result: Reconciliation): Promise<void> {
    const { store, clock, events, onDeliveries } = this.#parts
    const now = clock.now()
    const { id } = delivery
    const report = (state: 'sent' | 'retrying' | 'uncertain' | 'discarded', detail: string) =>
      events.emit(deliveryEvent(delivery, state, { detail }))
    switch (result.outcome) {
      case 'sent':
        if ((await store.sent(id, result.id, now)).isNew) report('sent', 'proved to have arrived')
        break
      case 'not-sent': {
        const { attempts } = delivery
        if (attempts >= maxSendAttempts) {
          await store.discard(id, `It did not arrive in ${attempts} attempts.`, now)
          report('discarded', `did not arrive in ${attempts} attempts`)
          break
        }
        const again = attempts <= 1 ? now : now + backoffMs(attempts - 1, sendBackoff)
        await store.postpone(id, again, 'Proved not to have arrived.', true, now)
        report('retrying', 'proved not to have arrived')
        break
      }
      case 'unknown':
        await store.park(id, `It may have arrived: ${result.reason}.`, now)
        report('uncertain', `nothing can be proved: ${result.reason}`)
        break
    }
    onDeliveries()
  }

  #forgetSettled(account: string, unsettled: readonly Unsettled[]): void {
    const open = new Set(unsettled.map(({ id }) => id))
    for (const [id, tries] of this.#tries)
      if (tries.account === account && !open.has(id)) this.#tries.delete(id)
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  return b === undefined ? a : Math.min(a, b)
}
