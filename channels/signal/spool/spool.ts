import type { Clock } from '../../../core/clock.ts'
import { Listener } from './listener.ts'
import {
  type SpoolAccount,
  type SpoolAccountState,
  type SpoolHealth,
  spoolProtocol,
} from './protocol.ts'
import type { SpoolStore } from './store.ts'

export type SpoolOptions = {
  readonly store: SpoolStore
  readonly clock: Clock
  readonly say: (line: string) => void
}

export type Pull = {
  readonly account: string
  readonly after: number
  readonly limit: number
  readonly maxBytes: number
  /** How long to wait for the first frame. */
  readonly waitMs: number
}

const trimEveryMs = 60_000

/** Everything the spool does: it listens for its accounts, keeps what comes, and hands it out until it is stored. */
export class Spool {
  readonly #options: SpoolOptions
  readonly #listeners = new Map<string, Listener>()
  readonly #startedAt: number
  readonly #dropped = new Map<string, number>()
  readonly #watchers = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #trimming: Promise<void>
  port = 0

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    for (const { dropped, ...account } of options.store.accounts()) {
      this.#dropped.set(account.account, dropped)
      this.#listen(account)
    }
    this.#trimming = this.#keepTrim()
  }

  health(): SpoolHealth {
    const accounts = [...this.#listeners.keys()].flatMap((account) => this.stateOf(account) ?? [])
    return {
      protocol: spoolProtocol,
      pid: process.pid,
      startedAt: this.#startedAt,
      port: this.port,
      accounts,
    }
  }

  stateOf(account: string): SpoolAccountState | null {
    return this.#listeners.get(account)?.health(this.#dropped.get(account) ?? 0) ?? null
  }

  byWebhook(name: string): Listener | undefined {
    return [...this.#listeners.values()].find((one) => one.account.webhook?.name === name)
  }

  /** Listens for these accounts from now on, and with `only` for no others; the same after a restart. */
  async setAccounts(accounts: readonly SpoolAccount[], only: boolean): Promise<void> {
    this.#options.store.setAccounts(accounts, only)
    const wanted = new Map(accounts.map((one) => [one.account, one]))
    for (const [name, listener] of this.#listeners) {
      const now = wanted.get(name)
      if (now ? isSame(now, listener.account) : !only) continue
      this.#listeners.delete(name)
      // The old connection goes last: what both take is a repeat, what neither takes is lost.
      if (now) this.#listen(now)
      await listener.close()
    }
    for (const [name, account] of wanted) if (!this.#listeners.has(name)) this.#listen(account)
  }

  /** Frames after the cursor; waits for the first until time is up or the account's state changes. */
  async read(
    pull: Pull,
    signal: AbortSignal,
  ): Promise<readonly { readonly id: number; readonly body: string }[]> {
    const { store, clock } = this.#options
    const { account, after, limit, maxBytes, waitMs } = pull
    const rows = store.read(account, after, limit, maxBytes)
    if (rows.length > 0 || waitMs === 0) return rows
    const isOver = new AbortController()
    const change = Promise.withResolvers<void>()
    const wake = () => change.resolve()
    this.#watchers.add(wake)
    const all = AbortSignal.any([signal, isOver.signal, this.#stop.signal])
    await Promise.race([change.promise, clock.sleep(waitMs, all)])
    isOver.abort()
    this.#watchers.delete(wake)
    return signal.aborted || this.#stop.signal.aborted
      ? []
      : store.read(account, after, limit, maxBytes)
  }

  acknowledge(account: string, upTo: number): number {
    return this.#options.store.acknowledge(account, upTo, this.#options.clock.now())
  }

  /** Stops listening; what arrived by then is stored. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#listeners.values()].map((one) => one.close()))
    await this.#trimming
  }

  #listen(account: SpoolAccount): void {
    const { store, clock, say } = this.#options
    const onChange = () => {
      for (const wake of this.#watchers) wake()
    }
    this.#listeners.set(account.account, new Listener({ account, store, clock, say, onChange }))
  }

  async #keepTrim(): Promise<void> {
    const { store, clock, say } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        for (const [account, count] of store.trim(clock.now())) {
          this.#dropped.set(account, (this.#dropped.get(account) ?? 0) + count)
          say(`${account}: the spool is full or frames too old; ${count} of the oldest were lost`)
        }
      } catch (error) {
        say(`the file cannot be trimmed: ${error instanceof Error ? error.message : error}`)
      }
      await clock.sleep(trimEveryMs, signal)
    }
  }
}

function isSame(one: SpoolAccount, other: SpoolAccount): boolean {
  const [a, b] = [one.webhook, other.webhook]
  return one.url === other.url && a?.name === b?.name && a?.secret === b?.secret
}
