import { type ChannelEntry, type ChannelStatus, newChannelEntry } from './channel-entry.ts'
import { linkChannel } from './channel-link.ts'
import type { Clock } from './clock.ts'
import { ChannelError } from './errors.ts'
import type { Events } from './events.ts'
import type { InboundEvent } from './model.ts'
import type { ChannelAdapter, ChannelHost, ChannelState, KnownPlace } from './ports.ts'
import { backoffMs } from './retry.ts'
import { within } from './within.ts'

/** An adapter that does not stop in this time is left behind; the others must not wait for it. */
const maxStopMs = 10_000
const startBackoff = { firstMs: 1000, maxMs: 60_000 }

type Parts = {
  readonly clock: Clock
  readonly events: Events
  readonly receive: (events: readonly InboundEvent[]) => Promise<void>
  /** A channel can send now: what waits for it, and what must be reconciled, is due. */
  readonly onUp: (account: string) => void
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly places: (account: string, limit: number) => Promise<readonly KnownPlace[]>
  readonly notice: (channel: string, key: string, text: string) => Promise<void>
}

/**
 * The configured channels. One that cannot start is a state that is shown and retried with backoff, never a crash;
 * the others serve.
 */
export class Channels {
  readonly #parts: Parts
  readonly #entries = new Map<string, ChannelEntry>()
  #isPaused = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Adds a channel and begins to start it; does not wait for the platform. */
  add(adapter: ChannelAdapter): void {
    const entry = newChannelEntry(adapter, this.#parts.clock.now())
    this.#entries.set(adapter.name, entry)
    entry.starting = this.#start(entry)
  }

  /** Stops a channel and forgets it. What waits for its account stays in the outbox. */
  async remove(name: string): Promise<void> {
    const entry = this.#entries.get(name)
    if (!entry) return
    await this.#inTurn(entry, async () => {
      await this.#halt(entry)
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
    })
  }

  /** Disconnects and connects again. Returns false for a name that is not configured. */
  async restart(name: string): Promise<boolean> {
    const entry = this.#entries.get(name)
    if (!entry) return false
    await this.#inTurn(entry, async () => {
      if (this.#entries.get(name) !== entry) return
      await this.#halt(entry)
      entry.stop = new AbortController()
      this.#change(entry, 'starting', 'restarting')
      entry.starting = this.#start(entry)
    })
    return true
  }

  /**
   * Begins to link a channel's account with a phone, and looks for some minutes whether that was done. Resolves with
   * what the QR code says; undefined where there is no such channel or nothing to link. Throws `ChannelError`.
   */
  async link(name: string): Promise<{ readonly uri: string } | undefined> {
    const entry = this.#entries.get(name)
    if (!entry?.adapter.link) return undefined
    return linkChannel(entry, {
      clock: this.#parts.clock,
      isThere: () => this.#entries.get(name) === entry,
      restart: () => this.restart(name),
    })
  }

  /** Waits until every channel has started or is in a retry. */
  async settled(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ tried }) => tried.promise))
  }

  adapter(name: string): ChannelAdapter | undefined {
    return this.#entries.get(name)?.adapter
  }

  /** The adapter that is connected as this account: a row never leaves through another account. */
  sender(account: string): ChannelAdapter | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.status.account === account && this.#canSend(entry)) return entry.adapter
    }
    return undefined
  }

  /** Accounts that can send now. */
  accounts(): readonly string[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.status.account === undefined || !this.#canSend(entry) ? [] : [entry.status.account],
    )
  }

  statuses(): ReadonlyMap<string, ChannelStatus> {
    return new Map([...this.#entries].map(([name, { status }]) => [name, status]))
  }

  /** What people on a channel should know about it, such as that it is down; nothing while all is well. */
  notes(name: string): readonly string[] {
    const entry = this.#entries.get(name)
    if (!entry || entry.status.detail === '' || entry.status.detail === entry.title) return []
    return [entry.status.detail]
  }

  /** Stops receiving everywhere; sending goes on. */
  async pause(): Promise<void> {
    this.#isPaused = true
    await Promise.all(
      [...this.#entries.values()].map(({ adapter }) =>
        this.#quietly(adapter.name, adapter.pause()),
      ),
    )
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map((entry) => this.#inTurn(entry, () => this.#halt(entry))),
    )
  }

  /** A failed channel cannot send; one whose receiving is retried still can. */
  #canSend({ isConnected, status }: ChannelEntry): boolean {
    return isConnected && status.state !== 'failed' && status.state !== 'off'
  }

  #inTurn(entry: ChannelEntry, work: () => Promise<void>): Promise<void> {
    entry.turn = entry.turn.then(work)
    return entry.turn
  }

  async #start(entry: ChannelEntry): Promise<void> {
    const { clock, events } = this.#parts
    const { adapter } = entry
    const { signal } = entry.stop
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const { account, title } = await adapter.start(this.#host(entry, signal), signal)
        if (signal.aborted) {
          // It was stopped while it connected; what it has connected since must not stay.
          await this.#quietly(adapter.name, adapter.stop())
          return
        }
        const rival = [...this.#entries.values()].find(
          (other) => other !== entry && other.status.account === account && other.isConnected,
        )
        if (rival) {
          await this.#quietly(adapter.name, adapter.stop())
          this.#change(
            entry,
            'failed',
            `the same account as channel "${rival.adapter.name}"; remove one of them`,
          )
          return
        }
        entry.status = { ...entry.status, account }
        entry.isConnected = true
        entry.title = title
        if (this.#isPaused) await this.#quietly(adapter.name, adapter.pause())
        this.#change(entry, 'up', title)
        this.#parts.onUp(account)
        if (adapter.publishCommands) {
          await this.#quietly(adapter.name, adapter.publishCommands(this.#parts.commands, signal))
        }
        return
      } catch (error) {
        if (signal.aborted) return
        await this.#quietly(adapter.name, adapter.stop())
        if (!(error instanceof ChannelError))
          events.emit({ type: 'fault', where: `channel ${adapter.name}`, error })
        const detail =
          error instanceof ChannelError ? error.message : 'could not start (see the log)'
        const isFatal = error instanceof ChannelError && error.isFatal
        this.#change(entry, isFatal ? 'failed' : 'retrying', detail)
        if (isFatal) return
        await clock.sleep(backoffMs(attempt, startBackoff), signal)
      }
    }
  }

  #host(entry: ChannelEntry, signal: AbortSignal): ChannelHost {
    const { receive, places, notice, clock, events } = this.#parts
    return {
      places,
      notice: (key, text) => notice(entry.adapter.name, key, text),
      receive: async (batch) => {
        try {
          await receive(batch)
        } catch (error) {
          // The platform repeats it; whoever runs the gateway must hear why it had to.
          events.emit({ type: 'fault', where: `storing messages of ${entry.adapter.name}`, error })
          throw error
        }
      },
      report: (state, detail) => {
        if (signal.aborted) return
        this.#change(entry, state, detail ?? (state === 'up' ? entry.title : ''))
      },
      alive: () => {
        entry.status = { ...entry.status, aliveAt: clock.now() }
        events.emit({ type: 'channel.alive', channel: entry.adapter.name })
      },
    }
  }

  #change(entry: ChannelEntry, state: ChannelState, detail: string): void {
    const { clock, events } = this.#parts
    const before = entry.status
    const since = before.state === state ? before.since : clock.now()
    entry.status = { ...before, state, detail, since }
    if (state !== 'starting') entry.tried.resolve()
    if (before.state === state && before.detail === detail) return
    events.emit({ type: 'channel.changed', channel: entry.adapter.name, state, detail })
    if (state === 'up' && before.state !== 'starting' && entry.status.account !== undefined) {
      this.#parts.onUp(entry.status.account)
    }
  }

  async #halt(entry: ChannelEntry): Promise<void> {
    entry.stop.abort()
    entry.isConnected = false
    const stopped = Promise.all([
      this.#quietly(entry.adapter.name, entry.adapter.stop()),
      entry.starting,
    ])
    const isStopped = await within(this.#parts.clock, maxStopMs, stopped)
    this.#change(entry, 'off', isStopped ? 'stopped' : 'left behind: it did not stop')
  }

  async #quietly(name: string, work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#parts.events.emit({ type: 'fault', where: `channel ${name}`, error })
    }
  }
}
