import type { RuntimeError } from '../../core/errors.ts'
import type { Reply } from '../../core/model.ts'
import type {
  AgentRuntime,
  RequestAnswer,
  RuntimeCatalog,
  RuntimeEvent,
  Turn,
  TurnMessage,
} from '../../core/runtime-port.ts'
import { Watched } from './watched.ts'

/** What the agent does with one turn: its words, or every event by hand. */
export type Answer =
  | string
  | Reply
  | ((turn: Turn, signal: AbortSignal) => AsyncIterable<RuntimeEvent>)

export type Script = Readonly<Record<string, Answer>> | ((words: string, turn: Turn) => Answer)

type Options = {
  readonly resume?: Answer
  readonly catalog?: () => RuntimeCatalog | undefined
  readonly compact?: Answer
  /** What becomes of a message that is handed to a running turn; absent, it takes none. */
  readonly steer?: (message: TurnMessage) => boolean | Promise<boolean>
}

/** An agent that does what it is told. What no script names is answered with `re: ` and the person's words. */
export class ScriptedRuntime implements AgentRuntime {
  readonly name = 'scripted'
  readonly watched = new Watched()
  /** Every turn that was begun, oldest first. */
  readonly turns: Turn[] = []
  readonly resumed: Turn[] = []
  /** What was answered to its requests, by their ids. */
  readonly answers = new Map<string, RequestAnswer>()
  script: Script
  readonly resume?: (turn: Turn, signal: AbortSignal) => AsyncIterable<RuntimeEvent>
  readonly catalog?: () => RuntimeCatalog | undefined
  readonly compact?: (turn: Turn, signal: AbortSignal) => AsyncIterable<RuntimeEvent>
  /** The turns whose session was to be shortened. */
  readonly compacted: Turn[] = []
  readonly steer?: (runId: string, message: TurnMessage) => Promise<boolean>
  /** What it was asked to take into running turns. */
  readonly steered: TurnMessage[] = []
  readonly #open = new Map<string, PromiseWithResolvers<Answer>>()

  constructor(script: Script = {}, options: Options = {}) {
    this.script = script
    const { resume, catalog, compact, steer } = options
    if (steer) {
      this.steer = async (_, message) => {
        this.steered.push(message)
        this.watched.look()
        return await steer(message)
      }
    }
    if (catalog) this.catalog = catalog
    if (compact !== undefined) {
      this.compact = (turn, signal) => {
        this.compacted.push(turn)
        this.watched.look()
        return play(compact, turn, signal)
      }
    }
    if (resume !== undefined) {
      this.resume = (turn, signal) => {
        this.resumed.push(turn)
        this.watched.look()
        return play(resume, turn, signal)
      }
    }
  }

  execute(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    this.turns.push(turn)
    this.watched.look()
    return play(this.#answerTo(turn), turn, signal)
  }

  async respond(_: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    this.answers.set(requestId, answer)
    this.watched.look()
    return true
  }

  /** Waits until this request was answered. */
  answered(requestId: string): Promise<RequestAnswer> {
    return this.watched.until(
      () => this.answers.get(requestId),
      () => `Nobody answered ${requestId}.`,
    )
  }

  /** Holds the answer to these words back until `finish` (or an abort). */
  readonly holds: Answer = (turn, signal) => this.#held(turn, signal)

  /** Gives the answer that was held back. */
  finish(words: string, answer: Answer): void {
    const open = this.#open.get(words)
    if (!open) throw new Error(`The agent is not thinking about "${words}".`)
    this.#open.delete(words)
    open.resolve(answer)
  }

  /** Waits until the agent was given these words; returns that turn. */
  begun(words: string): Promise<Turn> {
    return this.watched.until(
      () => this.turns.findLast((turn) => wordsOf(turn) === words),
      () => `The agent never heard "${words}"; it heard ${JSON.stringify(this.heard)}`,
    )
  }

  /** Waits until this many turns were begun. */
  async hasBegun(count: number): Promise<void> {
    await this.watched.until(
      () => (this.turns.length >= count ? true : undefined),
      () => `The agent was not given ${count} turns; it heard ${JSON.stringify(this.heard)}`,
    )
  }

  /** The words of every turn, oldest first. */
  get heard(): readonly string[] {
    return this.turns.map(wordsOf)
  }

  #answerTo(turn: Turn): Answer {
    const words = wordsOf(turn)
    if (typeof this.script === 'function') return this.script(words, turn)
    return this.script[words] ?? `re: ${words}`
  }

  async *#held(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const words = wordsOf(turn)
    const open = Promise.withResolvers<Answer>()
    this.#open.set(words, open)
    const giveUp = () => open.resolve(ends)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    yield* play(await open.promise, turn, signal)
  }
}

/** The new words of a turn, a line per message. */
export function wordsOf(turn: Turn): string {
  return turn.messages
    .filter(({ form }) => form === 'full')
    .map(({ text }) => text)
    .join('\n')
}

/** Plays an answer to a turn. */
export async function* play(
  answer: Answer,
  turn: Turn,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  if (typeof answer === 'function') yield* answer(turn, signal)
  else yield { type: 'done', reply: typeof answer === 'string' ? plain(answer) : answer }
}

export function plain(text: string): Reply {
  return { text, format: 'plain' }
}

/** Returns without an answer. */
export const ends: Answer = async function* () {
  // No event at all.
}

/** Never ends and never looks at its signal. */
export const ignoresAbort: Answer = async function* (): AsyncGenerator<RuntimeEvent> {
  await new Promise<never>(() => undefined)
  yield { type: 'text', delta: 'never' }
}

/** Fails as runtimes do, or with any other error. */
export function fails(error: RuntimeError | Error): Answer {
  return async function* (): AsyncGenerator<RuntimeEvent> {
    yield* []
    throw error
  }
}

/** Writes the events one after the other, then answers. */
export function streams(events: readonly RuntimeEvent[], last: Answer): Answer {
  return async function* (turn, signal): AsyncGenerator<RuntimeEvent> {
    yield* events
    yield* play(last, turn, signal)
  }
}
