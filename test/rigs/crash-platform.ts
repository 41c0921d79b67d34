/** What is done to one send of the bot. `lost` and `cut` break the connection after and before it is carried out. */
export type CrashFault = 'lost' | 'cut' | 'page' | 'busy'

/** What happens on the wire, for the one who decides when to kill: a send comes in, or something is handed over. */
export type CrashMoment = 'send' | 'hand-over'

/** A platform for the crash run: its real protocol server, and people in direct chats numbered from 0. */
export interface CrashPlatform extends AsyncDisposable {
  /** Section of the configuration, under the key `chat`. */
  readonly channel: object
  /** Asked at every moment; what it returns is done to a send. */
  plan: (moment: CrashMoment) => CrashFault | undefined
  /** Whether anybody takes what people write; what is said before is lost on such a platform. */
  isHeard?(): boolean
  says(chat: number, text: string): void
  /** What stands in a chat, in order. */
  texts(chat: number): readonly string[]
  /** How many answers are there, or will never be known to be there. */
  endedCount(): number
  waitFor<T>(predicate: () => T, limitMs: number): Promise<NonNullable<T>>
  /** Ends what outlives the gateway. */
  close?(dir: string): Promise<void>
}
