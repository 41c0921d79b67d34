/**
 * Invariant: a turn ends by what the server has stored, never by an event. Events only say when to look; without any
 * of them the server is asked every few seconds. A turn whose fate cannot be known ends in `RuntimeError` code `lost`,
 * after an abort, so that it cannot go on behind the back of its repetition.
 */
import type { Event } from '@opencode-ai/sdk/v2/client'
import type { Clock } from '../../clock.ts'
import { DetachedError, RuntimeError } from '../../errors.ts'
import type { RequestAnswer, RuntimeEvent } from '../../runtime-port.ts'
import type { OpenCodeClient } from './client.ts'
import type { EventFeed } from './event-feed.ts'
import { classifyTurn, isPassing, type TurnFailure } from './failure.ts'
import type { OpenCodeLink } from './link.ts'
import { type FollowLimits, Patience } from './patience.ts'
import type { OpenCodeServer } from './server.ts'
import type { SessionTitles } from './session-titles.ts'
import { settle } from './settle.ts'
import { TurnFamily } from './turn-family.ts'
import { TurnRequests } from './turn-requests.ts'
import { TurnView } from './turn-view.ts'
import type { StoredTurnMessage } from './wire.ts'

export type FollowerParts = {
  readonly link: OpenCodeLink
  readonly feed: EventFeed
  readonly server: OpenCodeServer
  readonly titles: SessionTitles
  readonly clock: Clock
  readonly limits: FollowLimits
}

type Messages = readonly StoredTurnMessage[] | undefined

const connectMs = 1_000
const soonMs = 500
const cutNotice = '[The model stopped here: the answer reached its length limit.]'

/** One turn of one session, from its prompt to its end. */
export class TurnFollower {
  readonly #parts: FollowerParts
  readonly #family: TurnFamily
  readonly #promptId: string
  readonly #view: TurnView
  readonly #patience: Patience
  readonly #requests = new TurnRequests()
  readonly #connected = Promise.withResolvers<void>()
  #queue: RuntimeEvent[] = []
  #wake: (() => void) | undefined
  #isDue = true
  #isMissing = true
  #failure: TurnFailure | undefined
  #unlisten: (() => void) | undefined
  /** What the server said to the prompt, where that leaves open whether it took it. */
  promptError: RuntimeError | undefined

  constructor(parts: FollowerParts, sessionId: string, promptId: string) {
    this.#parts = parts
    this.#family = new TurnFamily(sessionId)
    this.#promptId = promptId
    this.#view = new TurnView(promptId, this.#family.children)
    this.#patience = new Patience(parts.clock, parts.limits)
  }

  /** Begins to listen; resolves once events arrive, or after a moment without them. */
  async listen(signal: AbortSignal): Promise<void> {
    this.#unlisten = this.#parts.feed.listen({
      see: (event) => this.#see(event),
      connected: () => {
        this.#view.missed()
        this.#isMissing = true
        this.#connected.resolve()
        this.#look()
      },
    })
    const settled = new AbortController()
    const timeout = this.#parts.clock.sleep(connectMs, AbortSignal.any([signal, settled.signal]))
    await Promise.race([this.#connected.promise, timeout])
    settled.abort()
  }

  /** Streams the turn. When it is left or aborted before its end, the server is made to stop it. */
  async *follow(signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    let isOver = false
    const wake = () => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const events = this.#queue
        this.#queue = []
        yield* events
        if (signal.aborted) break
        if (this.#queue.length > 0) continue
        if (!this.#isDue) {
          await this.#rest()
          continue
        }
        this.#isDue = false
        const reply = await this.#poll(signal).catch((error: unknown) => {
          if (signal.aborted) return undefined
          // A turn that was lost may still be there, and must not go on.
          isOver = !(error instanceof RuntimeError && error.code === 'lost')
          throw error
        })
        if (reply === undefined) continue
        isOver = true
        yield* this.#queue
        yield { type: 'done', reply: { text: reply, format: 'markdown' } }
        return
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#unlisten?.()
      const isDetached = signal.reason instanceof DetachedError && !this.#parts.server.isOwn
      if (!isOver && !isDetached) await this.#settle()
    }
  }

  /** Stops to listen without following. */
  close(): void {
    this.#unlisten?.()
  }

  async respond(id: string, answer: RequestAnswer): Promise<boolean> {
    return await this.#requests.answer(await this.#parts.link.client(), id, answer)
  }

  #see(event: Event): void {
    const { properties } = event
    const { sessionId, children } = this.#family
    const id = 'sessionID' in properties ? properties.sessionID : undefined
    if (event.type === 'session.created' && event.properties.info.parentID === sessionId) {
      children.add(event.properties.info.id)
    } else if (typeof id === 'string' && children.has(id)) {
      this.#push(this.#view.seeChild(event))
      this.#push(this.#requests.see(event))
    } else if (id === sessionId) {
      this.#push(this.#view.see(event))
      this.#push(this.#requests.see(event))
      if (event.type === 'session.idle') this.#look()
      if (event.type === 'session.updated') {
        this.#push(this.#parts.titles.see(event.properties.info))
      }
      if (event.type === 'session.error') this.#seeError(event.properties.error)
    }
  }

  #seeError(failure: TurnFailure | undefined): void {
    // An abort is told of twice, the second time perhaps in the next turn; a real one is stored as well.
    if (failure?.name === 'MessageAbortedError') return
    // The first one is the cause; a second repeats it with a stack.
    this.#failure ??= failure
    this.#look()
  }

  /** Resolves with the answer once the turn has one. */
  async #poll(signal: AbortSignal): Promise<string | undefined> {
    const { link } = this.#parts
    let client: OpenCodeClient
    let messages: Messages | 'busy'
    try {
      client = await link.client(signal)
      messages = await this.#read(client, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      link.forget()
      this.#patience.away(error)
      return undefined
    }
    this.#patience.seen(messages === 'busy')
    return messages === 'busy' ? undefined : this.#end(client, messages)
  }

  /** Looks at the server: the turn's messages if its session is idle. */
  async #read(client: OpenCodeClient, signal: AbortSignal): Promise<Messages | 'busy'> {
    const status = await client.status(this.#family.sessionId, signal)
    if (status !== 'idle') {
      this.#push(this.#requests.take(await this.#family.pending(client, signal)))
      if (this.#isMissing) this.#take(await this.#messages(client, signal))
      return 'busy'
    }
    const messages = await this.#messages(client, signal)
    this.#take(messages)
    const verdict = messages && this.#view.verdict(messages)
    if (!messages || !verdict || verdict.type === 'open') return messages
    const since = messages[0]?.info.time.created ?? 0
    for (const child of this.#family.children) {
      this.#push(this.#view.takeChild(await client.messagesSince(child, since, signal)))
    }
    return messages
  }

  #end(client: OpenCodeClient, messages: Messages): string | undefined {
    const verdict = messages && this.#view.verdict(messages)
    if (verdict?.type === 'done') {
      if (!verdict.isCut) return verdict.text
      this.#push([{ type: 'text', delta: `\n\n${cutNotice}` }])
      return `${verdict.text}\n\n${cutNotice}`
    }
    const failure = verdict?.type === 'failed' ? verdict.failure : this.#failure
    if (failure) throw client.safe(classifyTurn(failure, this.#view.hasWorked))
    this.#patience.idle(this.#view.hasBegun, messages ? undefined : this.promptError)
    return undefined
  }

  async #settle(): Promise<void> {
    // One that was taken and has not begun could not be stopped yet, and would begin later.
    const isBegun = () => this.#view.hasBegun
    await settle(this.#parts, this.#family.sessionId, async (client, signal) => {
      if (!isBegun()) this.#take(await this.#messages(client, signal))
      return isBegun()
    })
  }

  #messages(client: OpenCodeClient, signal: AbortSignal) {
    return client.messagesFrom(this.#family.sessionId, this.#promptId, signal)
  }

  #take(messages: Messages): void {
    if (!messages) return
    this.#isMissing = false
    this.#push(this.#view.take(messages))
  }

  #push(events: readonly RuntimeEvent[]): void {
    if (events.length === 0) return
    this.#queue.push(...events)
    this.#wake?.()
  }

  #look(): void {
    this.#isDue = true
    this.#wake?.()
  }

  /** Until there is something to say or it is time to look. */
  async #rest(): Promise<void> {
    const { clock, limits } = this.#parts
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const ms = this.#patience.isTried ? Math.min(limits.pollMs, soonMs) : limits.pollMs
    await clock.sleep(ms, woken.signal)
    this.#wake = undefined
    if (!woken.signal.aborted) this.#isDue = true
  }
}
