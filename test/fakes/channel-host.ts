import type { InboundEvent, InboundMessage } from '../../core/model.ts'
import type { ChannelHost, ChannelState, KnownPlace } from '../../core/ports.ts'

/** A host that keeps what a channel hands over, and lets a test wait for it. */
export class RecordingHost implements ChannelHost {
  readonly events: InboundEvent[] = []
  readonly reports: { readonly state: ChannelState; readonly detail: string | undefined }[] = []
  signsOfLife = 0
  /** Called before a batch is kept; throwing refuses it. */
  onReceive: (events: readonly InboundEvent[]) => Promise<void> = async () => undefined
  readonly #watchers = new Set<() => void>()

  async receive(events: readonly InboundEvent[]): Promise<void> {
    await this.onReceive(events)
    this.events.push(...events)
    this.#look()
  }

  report(state: ChannelState, detail?: string): void {
    this.reports.push({ state, detail })
    this.#look()
  }

  alive(): void {
    this.signsOfLife += 1
    this.#look()
  }

  /** Where a back-fill looks; a test sets it. */
  known: readonly KnownPlace[] = []

  async places(_account: string, limit: number): Promise<readonly KnownPlace[]> {
    return this.known.slice(0, limit)
  }

  readonly notices: { readonly key: string; readonly text: string }[] = []

  async notice(key: string, text: string): Promise<void> {
    this.notices.push({ key, text })
    this.#look()
  }

  get messages(): InboundMessage[] {
    return this.events.flatMap((event) => (event.type === 'message' ? [event.message] : []))
  }

  get state(): ChannelState | undefined {
    return this.reports.at(-1)?.state
  }

  /** Resolves with what `predicate` returns once that is truthy; rejects after ten seconds. */
  async waitFor<T>(predicate: () => T): Promise<NonNullable<T>> {
    const limit = AbortSignal.timeout(10_000)
    while (true) {
      const found = predicate()
      if (found) return found
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const giveUp = () => reject(new Error(`Not seen within 10 s: ${predicate}`))
      this.#watchers.add(resolve)
      limit.addEventListener('abort', giveUp)
      await promise.finally(() => {
        this.#watchers.delete(resolve)
        limit.removeEventListener('abort', giveUp)
      })
    }
  }

  #look(): void {
    for (const look of this.#watchers) look()
  }
}
