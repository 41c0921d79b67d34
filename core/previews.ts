import type { Channels } from './channels.ts'
import type { Clock } from './clock.ts'
import { DeliveryError } from './errors.ts'
import type { CoreEvent, Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { Chunk, ReplyRoute } from './model.ts'
import type { ChannelAdapter } from './ports.ts'
import { progressMarkdown } from './progress-sentences.ts'
import type { Renderer } from './renderer.ts'
import type { StreamMode } from './settings.ts'
import type { AccessStore } from './store/access.ts'
import type { ClaimedRun, RunStore } from './store/runs.ts'
import type { Views } from './store/views.ts'
import { Wakeup } from './wakeup.ts'
import { within } from './within.ts'

/** Between two changes of what people see: platforms count edits as messages. Drafts are cheaper. */
const gapMs = { draft: 700, dm: 1200, group: 3000 } as const
/** What a change may take that is under way when the answer is ready. */
const maxCloseMs = 2000
/** So many failures in a row and the answer comes without a preview. */
const maxFailures = 3

type Parts = {
  readonly runs: Pick<RunStore, 'preview'>
  readonly views: Pick<Views, 'delivery'>
  readonly access: Pick<AccessStore, 'language'>
  readonly channels: Pick<Channels, 'sender'>
  readonly renderer: Pick<Renderer, 'preview'>
  readonly clock: Clock
  readonly events: Events
  readonly active: () => ReadonlyMap<string, Execution>
  /** How answers are shown in a place while they are written. */
  readonly modeIn: (run: ClaimedRun, route: ReplyRoute) => StreamMode
  readonly onDeliveries: () => void
}

/**
 * Shows answers in chats while they are written: as a draft, or as a message that the finished answer replaces. Best
 * effort; what must not fail is that people see one answer in the end, so a preview that is a message is a row of the
 * outbox, and the answer names it as what it replaces.
 */
export class Previews {
  readonly #parts: Parts
  readonly #open = new Map<string, Preview>()
  #silence: () => void = () => undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#silence = this.#parts.events.subscribe((event) => this.#follow(event))
  }

  async stop(): Promise<void> {
    this.#silence()
    await Promise.all([...this.#open.keys()].map((runId) => this.close(runId)))
  }

  /**
   * Ends the preview of a run and waits, for two seconds at most, for a change that is under way: none may overtake
   * the answer.
   */
  async close(runId: string): Promise<void> {
    const preview = this.#open.get(runId)
    this.#open.delete(runId)
    await preview?.close()
  }

  #follow(event: CoreEvent): void {
    if (event.type === 'run.changed') {
      // However it ended; `close` was called before an answer is written down.
      if (event.state !== 'running' && event.state !== 'waiting') void this.close(event.runId)
      return
    }
    if (event.type !== 'run.live') return
    const known = this.#open.get(event.runId)
    if (known) {
      known.write(event)
      return
    }
    const run = this.#parts.active().get(event.runId)?.run
    const mode = run?.route && this.#parts.modeIn(run, run.route)
    if (!run?.route || !mode || mode === 'off') return
    const adapter = this.#parts.channels.sender(run.route.account)
    const isDraft = mode === 'draft' && run.route.chatKind === 'dm'
    if (!adapter || !(isDraft ? adapter.draft : adapter.edit)) return
    const preview = new Preview(run, run.route, isDraft, this.#parts)
    this.#open.set(event.runId, preview)
    preview.write(event)
  }
}

type Live = Pick<Extract<CoreEvent, { type: 'run.live' }>, 'text' | 'steps'>

/** The preview of one run: what it says is written by one loop, so two changes never race. */
class Preview {
  readonly #run: ClaimedRun
  readonly #route: ReplyRoute
  readonly #isDraft: boolean
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  /** Ends the loop; what is under way goes on. */
  readonly #stop = new AbortController()
  /** Ends what is under way. */
  readonly #cut = new AbortController()
  readonly #loop: Promise<void>
  #latest: Live = { text: '', steps: [] }
  #language: Promise<string | undefined> | undefined
  #delivery: string | undefined
  #message: string | undefined

  constructor(run: ClaimedRun, route: ReplyRoute, isDraft: boolean, parts: Parts) {
    this.#run = run
    this.#route = route
    this.#isDraft = isDraft
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
    this.#loop = this.#follow()
  }

  write(latest: Live): void {
    this.#latest = latest
    this.#wakeup.wake()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await within(this.#parts.clock, maxCloseMs, this.#loop)
    this.#cut.abort()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    let shown = this.#latest
    let failures = 0
    while (!signal.aborted && failures < maxFailures) {
      if (this.#latest === shown) {
        await this.#wakeup.sleep(undefined, signal)
        continue
      }
      const latest = this.#latest
      let waitMs: number = this.#isDraft
        ? gapMs.draft
        : gapMs[this.#route.chatKind === 'dm' ? 'dm' : 'group']
      try {
        if (await this.#show(latest)) shown = latest
        failures = 0
      } catch (error) {
        const wanted = error instanceof DeliveryError ? error.retryAfterMs : undefined
        if (wanted === undefined) failures += 1
        else waitMs = Math.max(waitMs, wanted)
      }
      await this.#parts.clock.sleep(waitMs, signal)
    }
  }

  /** Says whether people see it now. */
  async #show({ text, steps }: Live): Promise<boolean> {
    const { channels, renderer } = this.#parts
    const adapter = channels.sender(this.#route.account)
    const progress = steps.length === 0 ? '' : progressMarkdown(steps, await this.#words())
    const chunk = adapter && (await renderer.preview(this.#route.channel, text, progress))
    if (!adapter || !chunk) return false
    if (this.#isDraft) {
      await adapter.draft?.(this.#route, draftNumber(this.#run.id), chunk, this.#cut.signal)
      return true
    }
    return this.#delivery === undefined
      ? this.#begin(chunk)
      : this.#change(adapter, this.#delivery, chunk)
  }

  #words(): Promise<string | undefined> {
    const author = this.#run.messages.findLast(({ form }) => form === 'full')?.author
    this.#language ??= author
      ? this.#parts.access.language(this.#route.account, author.id)
      : Promise.resolve(undefined)
    return this.#language
  }

  /** The first piece is a message like any other, sent by the outbox. */
  async #begin(chunk: Chunk): Promise<boolean> {
    const { runs, clock, onDeliveries } = this.#parts
    const { id, isNew } = await runs.preview(this.#run.lease, chunk, clock.now())
    this.#delivery = id
    if (id === undefined) this.#stop.abort()
    onDeliveries()
    return isNew
  }

  async #change(adapter: ChannelAdapter, delivery: string, chunk: Chunk): Promise<boolean> {
    if (this.#message === undefined) {
      const row = await this.#parts.views.delivery(delivery)
      if (row?.state === 'discarded') this.#stop.abort()
      this.#message = row?.platformMessageId ?? undefined
    }
    if (this.#message === undefined) return false
    const outbound = { id: delivery, key: `preview:${this.#run.id}`, to: this.#route, chunk }
    await adapter.edit?.(this.#message, outbound, this.#cut.signal)
    return true
  }
}

/** Not 0, and the same as long as the run lives. */
function draftNumber(runId: string): number {
  return (Number(runId.slice(1)) % 2_000_000_000) + 1
}
