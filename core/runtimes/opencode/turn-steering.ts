/**
 * Invariant: what is said into a turn is posted once its own prompt is stored, and never after its end. It counts as
 * taken only once the server has stored it, and the turn is not over while one that was posted may still arrive there.
 */
import type { UserMessage } from '@opencode-ai/sdk/v2/client'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { TurnMessage } from '../../runtime-port.ts'
import type { OpenCodeClient } from './client.ts'
import type { OpenCodeLink } from './link.ts'
import type { FollowLimits } from './patience.ts'
import { createSteeredId } from './steered-id.ts'
import type { Place, Prompt, StoredTurnMessage } from './wire.ts'

type Parts = {
  readonly link: OpenCodeLink
  readonly clock: Clock
  readonly limits: Pick<FollowLimits, 'idleMs'>
  /** A message as the parts of a prompt, its text first. */
  readonly inputs: (message: TurnMessage, signal: AbortSignal) => Promise<Prompt['parts']>
}

/** A little less than the core waits, so that what was never posted is refused for certain. */
const beginMs = 2_000
const postMs = 10_000
const stepMs = 100

/** What people say into one turn while it runs. */
export class TurnSteering {
  readonly #parts: Parts
  readonly #place: Place
  /** What was posted and is not known to be stored, with the instant until which it is waited for. */
  readonly #posts = new Map<string, number>()
  readonly #stop = new AbortController()
  /** What the server has stored and seems to have overlooked. */
  #overlooked: string | undefined
  #isProdded = false
  #isSettling = false

  constructor(parts: Parts, place: Place) {
    this.#parts = parts
    this.#place = place
  }

  /** Resolves with whether the server has it. Throws `RuntimeError` where that is not known. */
  async hand(message: TurnMessage): Promise<boolean> {
    const { link, clock, limits } = this.#parts
    const { signal } = this.#stop
    let client: OpenCodeClient
    let prompt: Prompt | undefined
    try {
      client = await link.client(signal)
      prompt = await this.#draft(message, client)
    } catch (error) {
      // Nothing was posted.
      if (error instanceof RuntimeError) return false
      throw error
    }
    const id = prompt?.messageID
    if (signal.aborted || !prompt || id === undefined) return false
    this.#posts.set(id, Number.POSITIVE_INFINITY)
    try {
      await client.prompt(this.#place.sessionId, prompt, signal, postMs)
      // The server says that it has taken it before it has.
      const until = clock.now() + limits.idleMs
      this.#posts.set(id, until)
      if (await this.#find(client, id, until)) return true
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      if (!error.isRetryable) {
        this.#posts.delete(id)
        return false
      }
      if (this.#posts.has(id)) this.#posts.set(id, clock.now() + limits.idleMs)
    }
    if (!this.#posts.has(id)) return true
    throw new RuntimeError('stalled', 'Nobody knows whether OpenCode has the message.', {
      isRetryable: true,
    })
  }

  /** For the rest of the turn the newest prompt counts, so it asks for what the first one did. */
  async #draft(message: TurnMessage, client: OpenCodeClient): Promise<Prompt | undefined> {
    const { clock, inputs } = this.#parts
    const { promptId } = this.#place
    const first = await this.#find(client, promptId, clock.now() + beginMs)
    if (first?.info.role !== 'user') return undefined
    const [text, ...files] = await inputs(message, this.#stop.signal)
    if (text?.type !== 'text') return undefined
    const messageID = createSteeredId(promptId, message.id, clock.now())
    const said = { ...text, id: messageID.replace('msg', 'prt'), metadata: { jackdaw: message.id } }
    return { messageID, ...choicesOf(first.info), parts: [said, ...files] }
  }

  /** The server has stored these. */
  take(messages: readonly StoredTurnMessage[]): void {
    for (const { info } of messages) this.#posts.delete(info.id)
  }

  /** Something was posted that may still arrive. */
  get mayArrive(): boolean {
    const now = this.#parts.clock.now()
    return [...this.#posts.values()].some((until) => now < until)
  }

  /** After an abort: what the server has taken may begin a loop of its own, so such a turn is looked at twice. */
  isSettled(wasSteered: boolean): boolean {
    const isSettled = !this.mayArrive && (this.#isSettling || !wasSteered)
    this.#isSettling = true
    return isSettled
  }

  /** Nothing more is posted; what is being posted is given up. */
  end(): void {
    this.#stop.abort()
  }

  /**
   * Sends what the session stands idle behind once more, under its own id, which changes nothing but that the server
   * looks at it: its loop may end just before it is stored. Once in a turn, and only the second time that it is seen.
   */
  async prod(client: OpenCodeClient, { info, parts }: StoredTurnMessage): Promise<void> {
    const wasSeen = this.#overlooked === info.id
    this.#overlooked = info.id
    const text = parts.find((part) => part.type === 'text')
    if (!wasSeen || this.#isProdded || info.role !== 'user' || !text) return
    this.#isProdded = true
    const { type, id, metadata } = text
    const said = { type, id, text: text.text, ...(metadata ? { metadata } : {}) }
    const prompt: Prompt = { messageID: info.id, ...choicesOf(info), parts: [said] }
    try {
      await client.prompt(this.#place.sessionId, prompt, this.#stop.signal, postMs)
    } catch (error) {
      // Perhaps it was heard; whoever waits for the answer sees.
      if (!(error instanceof RuntimeError) || !error.isRetryable) throw error
    }
  }

  async #find(
    client: OpenCodeClient,
    id: string,
    until: number,
  ): Promise<StoredTurnMessage | undefined> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      const found = await client.findMessage(this.#place.sessionId, id, signal)
      if (found) return found
      if (clock.now() >= until) return undefined
      await clock.sleep(stepMs, signal)
    }
    return undefined
  }
}

function choicesOf({
  model,
  agent,
  system,
}: UserMessage): Pick<Prompt, 'model' | 'agent' | 'system'> {
  const { providerID, modelID } = model
  return { model: { providerID, modelID }, agent, ...(system === undefined ? {} : { system }) }
}
