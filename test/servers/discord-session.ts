import type { WebSocket } from 'ws'
import { contentIntent, type EventName } from './discord-events.ts'

type Sent = { readonly seq: number; readonly frame: string }

/** Events kept for a resume; a session that missed more is lost. */
const maxKept = 5000

/** One session of the bot: it outlives its socket, so that a resume can replay what was missed. */
export class Session {
  readonly id: string
  readonly intents: number
  readonly shard: readonly [number, number]
  socket: WebSocket | undefined
  isResumable = true
  #seq = 0
  #kept: Sent[] = []

  constructor(id: string, intents: number, shard: readonly [number, number]) {
    this.id = id
    this.intents = intents
    this.shard = shard
  }

  get seq(): number {
    return this.#seq
  }

  get seesContent(): boolean {
    return (this.intents & contentIntent) !== 0
  }

  /** Whether a guild's events, or without one those of direct chats, belong to this shard. */
  holds(guildId: string | undefined): boolean {
    const [index, count] = this.shard
    return guildId === undefined
      ? index === 0
      : Number((BigInt(guildId) >> 22n) % BigInt(count)) === index
  }

  wants(intent: number): boolean {
    return intent === 0 || (this.intents & intent) !== 0
  }

  /** Numbers an event and keeps it; what is returned is ready to be sent. */
  frame(event: EventName, data: object): string {
    this.#seq += 1
    const frame = JSON.stringify({ op: 0, s: this.#seq, t: event, d: data })
    this.#kept.push({ seq: this.#seq, frame })
    if (this.#kept.length > maxKept) this.#kept.splice(0, maxKept / 2)
    return frame
  }

  /** What came after `seq`; `undefined` when that is not known any more, or never was. */
  since(seq: number): string[] | undefined {
    const oldest = this.#kept[0]?.seq ?? this.#seq + 1
    if (seq > this.#seq || seq < oldest - 1) return undefined
    return this.#kept.filter((one) => one.seq > seq).map((one) => one.frame)
  }
}
