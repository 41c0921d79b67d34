import type { ChannelAdapter } from '../../../core/ports.ts'
import type { Store } from '../../../core/store/store.ts'

/** Where people write: Ana alone with the bot, or Ana, Bob and a foreign bot in a group or one of its threads. */
export type Place = 'direct' | 'group' | 'thread'

export type Saying = {
  readonly by?: 'ana' | 'bob' | 'bot'
  /** How the bot is addressed in a group; a reply is to its last message there. */
  readonly to?: 'mention' | 'reply' | 'everyone'
  readonly file?: {
    readonly kind: 'photo' | 'document' | 'voice'
    readonly name: string
    readonly mime: string
    readonly content: Buffer
    /** Bytes the platform says it has, where that is something else. */
    readonly claims?: number
  }
}

/** A message of a person, to be referred to later. */
export type Said = { readonly place: Place; readonly id: string }

/** A message of the bot as people see it now. */
export type Shown = {
  readonly id: string
  /** What people read, without markup. */
  readonly text: string
  readonly files: readonly { readonly name: string; readonly content: Buffer }[]
  readonly buttons: readonly string[]
}

/** What goes wrong with the next message the bot sends. */
export type SendFault =
  /** Refused with a wait (429). */
  | 'busy'
  /** A server error; nothing was done. */
  | 'broken'
  /** The connection is refused or cut before the request was read. */
  | 'cut'
  /** Done, but the connection breaks before the answer. */
  | 'lost'
  /** Done, but no answer ever comes. */
  | 'silent'
  /** Refused for good: the person has blocked the bot, or it was removed. */
  | 'blocked'

/** What goes wrong with what comes in. */
export type ReceiveFault =
  /** Every connection is cut. */
  | 'cut'
  /** Connections stay open and carry nothing any more. */
  | 'half-open'
  /** Things arrive that make no sense. */
  | 'garbage'

/**
 * A chat platform with its people, as the contract suite drives it: a real server on loopback that speaks the
 * platform's protocol and refuses what the platform refuses.
 */
export interface Platform extends AsyncDisposable {
  /** A new adapter of the same account, with short time limits. */
  connect(): ChannelAdapter
  /** The gateway's rows and the folder of its files, for a platform whose people read them there. */
  attach?(store: Store, files: string): void
  says(place: Place, text: string, how?: Saying): Promise<Said>
  edits(said: Said, text: string): Promise<void>
  deletes(said: Said): Promise<void>
  /** Hands the same message over once more. */
  repeats(said: Said): Promise<void>
  presses(place: Place, shown: Shown, label: string): Promise<void>
  reacts(place: Place, shown: Shown, emoji: string): Promise<void>
  /** What the bot has said in a place, oldest first. */
  shown(place: Place): readonly Shown[] | Promise<readonly Shown[]>
  /** How often the typing sign was shown. */
  typed(): number
  spoilsSend(fault: SendFault): void
  spoilsReceiving(fault: ReceiveFault): Promise<void>
  /** Requests that the platform would not have taken, and whatever else was out of order. */
  breaches(): readonly string[]
}
