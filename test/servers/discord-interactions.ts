import type { APIInteraction } from 'discord.js'
import { DiscordFailure } from './discord-failure.ts'
import type { Channel, Message } from './discord-model.ts'

/** What a person did, and what became of it. */
export type Interaction = {
  readonly id: string
  readonly token: string
  readonly channel: Channel
  readonly payload: APIInteraction
  readonly createdAt: number
  /** The message with the component, for presses. */
  readonly source: Message | undefined
  /** The type of the callback that acknowledged it, once one did. */
  acknowledged: number | undefined
  /** Set by a test: the platform says it came too late. */
  isLate: boolean
  /** What `@original` means: the answer, or the message with the component. */
  original: Message | undefined
  /** A deferred answer that is still "thinking". */
  isThinking: boolean
  /** Suggestions of an autocomplete, modals: what the callback carried. */
  data: unknown
}

const ackMs = 3000
const tokenMs = 15 * 60 * 1000

/** Interactions by their token: 3 s for the first answer, 15 minutes for the others. */
export class Interactions {
  readonly all: Interaction[] = []
  readonly #now: () => number
  readonly #byToken = new Map<string, Interaction>()

  constructor(now: () => number) {
    this.#now = now
  }

  add(interaction: Interaction): void {
    this.all.push(interaction)
    this.#byToken.set(interaction.token, interaction)
  }

  /** The interaction that a callback answers; throws 10062 when there is none or 3 s are over, 40060 the second time. */
  claim(id: string, token: string, type: number): Interaction {
    const found = this.#byToken.get(token)
    if (!found || found.id !== id || found.isLate) throw new DiscordFailure(10062)
    if (found.acknowledged !== undefined) throw new DiscordFailure(40060)
    if (this.#now() - found.createdAt >= ackMs) throw new DiscordFailure(10062)
    found.acknowledged = type
    return found
  }

  /** The interaction of a follow-up or an edit; throws 10015 before the first answer, 50027 after 15 minutes. */
  follow(token: string): Interaction {
    const found = this.#byToken.get(token)
    if (!found || found.acknowledged === undefined) throw new DiscordFailure(10015)
    if (this.#now() - found.createdAt >= tokenMs) throw new DiscordFailure(50027)
    return found
  }
}
