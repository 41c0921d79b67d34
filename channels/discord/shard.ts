/**
 * One connection to the gateway, kept for as long as it is wanted. Its sequence moves only with what was taken: what
 * was not taken is asked for again by the next resume. A session that cannot be resumed ends, and whoever gets the
 * READY of the next one knows that something may have been missed.
 * https://discord.com/developers/docs/events/gateway
 */
import { Connection, type ConnectionOptions, type GatewaySession } from './connection.ts'
import { fatalClose } from './failures.ts'
import { pauseMs } from './timing.ts'

export type ShardOptions = ConnectionOptions & {
  /** Where to connect without a session. Throws when Discord cannot be reached; a fatal `ChannelError` ends the shard. */
  readonly findUrl: (signal: AbortSignal) => Promise<string>
  /** Resolves when there is room for what may come. */
  readonly room: (signal: AbortSignal) => Promise<void>
  readonly onDown: (sentence: string) => void
}

/** So many failed attempts at the address of the session, and the general one is tried. */
const maxResumeFailures = 2

export class Shard {
  readonly #options: ShardOptions
  #session: GatewaySession | undefined

  constructor(options: ShardOptions) {
    this.#options = options
  }

  /** Keeps the connection until `signal` aborts. Throws a fatal `ChannelError` when there is no point in it. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timing, room, onDown } = this.#options
    let failures = 0
    while (!signal.aborted) {
      await room(signal)
      const url = await this.#url(failures, signal)
      if (signal.aborted) return
      const life = new Connection(url, this.#options, this.#session)
      const end = await life.run(signal)
      if (signal.aborted) return
      const fatal = fatalClose(end.code)
      if (fatal) throw fatal
      this.#session = end.canResume ? life.session : undefined
      failures = life.isUp ? 0 : failures + 1
      onDown(end.sentence)
      const extra = end.canResume ? 0 : timing.newSessionMs
      await clock.sleep(extra + pauseMs(failures, timing), signal)
    }
  }

  async #url(failures: number, signal: AbortSignal): Promise<string> {
    const { findUrl, onDown, clock, timing } = this.#options
    const resumeUrl = this.#session?.resumeUrl
    const isUsable = resumeUrl !== undefined && URL.canParse(resumeUrl)
    if (isUsable && failures < maxResumeFailures) return resumeUrl
    for (let attempt = failures + 1; !signal.aborted; attempt += 1) {
      try {
        return await findUrl(signal)
      } catch (error) {
        if (signal.aborted) break
        if (isFatal(error)) throw error
        onDown(error instanceof Error ? error.message : 'Discord cannot be reached.')
        await clock.sleep(pauseMs(attempt, timing), signal)
      }
    }
    return ''
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof Error && 'isFatal' in error && error.isFatal === true
}
