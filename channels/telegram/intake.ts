import type { Clock } from '../../core/clock.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import type { ChatAdmins } from './admins.ts'
import { type InboundContext, toEvents } from './inbound.ts'
import { readUpdate } from './update.ts'

export type Bot = Omit<InboundContext, 'now'>

/** The way from raw updates to stored events, the same for polls and posts. */
export class Intake {
  readonly #receive: ChannelHost['receive']
  readonly #bot: Bot
  readonly #clock: Clock
  /** Told of each button press once it is stored. */
  readonly #onPress: (queryId: string) => void
  /** Absent where nobody asks who runs a group. */
  readonly #admins: ChatAdmins | undefined
  /** How many updates made no sense and were passed over. */
  unreadable = 0

  constructor(
    receive: ChannelHost['receive'],
    bot: Bot,
    clock: Clock,
    onPress: (queryId: string) => void,
    admins?: ChatAdmins,
  ) {
    this.#receive = receive
    this.#bot = bot
    this.#clock = clock
    this.#onPress = onPress
    this.#admins = admins
  }

  /** Resolves once the batch is stored. What makes no sense never stops what comes after it. */
  async take(updates: readonly unknown[]): Promise<void> {
    const context = { ...this.#bot, now: this.#clock.now() }
    const events: InboundEvent[] = []
    const presses: string[] = []
    for (const raw of updates) {
      const update = readUpdate(raw)
      // With nothing but its id, it is of a kind we never asked for, or broken.
      if (!update || Object.keys(update).length === 1) {
        this.unreadable += 1
        continue
      }
      events.push(...toEvents(update, context))
      if (update.callback_query) presses.push(update.callback_query.id)
    }
    if (events.length > 0) await this.#receive(await this.#withRoles(events))
    for (const id of presses) this.#onPress(id)
  }
  async #withRoles(events: readonly InboundEvent[]): Promise<readonly InboundEvent[]> {
    const admins = this.#admins
    return admins ? Promise.all(events.map((event) => admins.mark(event))) : events
  }
}
