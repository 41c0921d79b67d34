/**
 * Invariant: what was streamed is never taken back. Events may be missing, late or doubled; the stored messages, taken
 * with `take`, are the truth. The finished text and its verdict come from them alone.
 */
import type { AssistantMessage, Event, Part, TextPart, ToolPart } from '@opencode-ai/sdk/v2/client'
import type { RuntimeEvent } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import type { TurnFailure } from './failure.ts'
import { isSteered } from './steered-id.ts'
import { usageOf } from './usage-of.ts'
import type { StoredTurnMessage } from './wire.ts'

export type Verdict =
  | { readonly type: 'done'; readonly text: string; readonly isCut: boolean }
  | { readonly type: 'failed'; readonly failure: TurnFailure }
  /** The session is idle, but this turn has no end: its server died, or has not begun yet. */
  | { readonly type: 'open' }
  /** It has ended without an answer to the last thing that was said into it. */
  | { readonly type: 'unheard'; readonly prompt: StoredTurnMessage }

const maxTitle = 100
/** In UTF-16 units, as in the other runtimes: beyond this it is no answer but a loop. */
const maxAnswerLength = 1_000_000

/** What is known of one turn. */
export class TurnView {
  readonly #promptId: string
  /** Its own prompt, then what was said into it. */
  readonly #prompts: Set<string>
  readonly #told = new Set<string>()
  /** Assistant messages whose text is part of the answer; the others are summaries of what came before. */
  readonly #answers = new Map<string, boolean>()
  readonly #shownLength = new Map<string, number>()
  readonly #tools = new Map<string, ToolPart['state']['status']>()
  readonly #counted = new Set<string>()
  #streaming: string | undefined
  /** A part of which pieces were missed: its pieces are of no use any more, only the whole is. */
  #gapped: string | undefined
  #length = 0
  /** Tools have run, so that doing the turn again may do their work again. */
  hasWorked = false
  readonly #children: Set<string>

  /** Adds to `children` what sessions the turn's tools begin. */
  constructor(promptId: string, children: Set<string>) {
    this.#promptId = promptId
    this.#prompts = new Set([promptId])
    this.#children = children
  }

  /** The agent has begun to answer. */
  get hasBegun(): boolean {
    return this.#answers.size > 0
  }

  /** Something was said into it. */
  get wasSteered(): boolean {
    return this.#prompts.size > 1
  }

  /** What an event of this turn's session adds to what is shown. */
  see(event: Event): RuntimeEvent[] {
    if (event.type === 'message.updated') {
      const { info } = event.properties
      if (info.role !== 'assistant') return this.#meet(info.id)
      this.#answers.set(info.id, info.summary !== true)
      return this.#usage(info)
    }
    if (event.type === 'message.part.updated') {
      const { part } = event.properties
      return [...this.#said(part.messageID, [part]), ...this.#part(part)]
    }
    if (event.type === 'message.part.delta') {
      const { partID, field, delta } = event.properties
      // Thoughts grow by the same events: only parts that were seen to be text count.
      const length = this.#shownLength.get(partID)
      if (field !== 'text' || length === undefined || partID !== this.#streaming) return []
      if (partID === this.#gapped) return []
      return this.#show(partID, length, delta)
    }
    return []
  }

  /** The event stream was not there for a while. */
  missed(): void {
    this.#gapped = this.#streaming
  }

  /** What the stored messages of the turn add to what is shown. */
  take(messages: readonly StoredTurnMessage[]): RuntimeEvent[] {
    return this.#own(messages).flatMap(({ info, parts }) => {
      if (info.role !== 'assistant') return [...this.#meet(info.id), ...this.#said(info.id, parts)]
      this.#answers.set(info.id, info.summary !== true)
      return [...parts.flatMap((part) => this.#storedPart(part)), ...this.#usage(info)]
    })
  }

  /** What became of the turn, once its session is idle. */
  verdict(messages: readonly StoredTurnMessage[]): Verdict {
    const own = this.#own(messages)
    const answers = own.filter(isAnswer)
    const last = answers.at(-1)
    if (!last) return { type: 'open' }
    const text = answers
      .flatMap(({ parts }) => parts.filter(isVisible))
      .map((part) => part.text)
      .filter((one) => one !== '')
      .join('\n\n')
      .slice(0, maxAnswerLength)
    const { error, finish, time } = last.info
    const isTooLong = error?.name === 'MessageOutputLengthError' || finish === 'length'
    const isCut = isTooLong && text !== ''
    if (error && !isCut) return { type: 'failed', failure: error }
    const wasRefused = last.parts.some(
      (part) => part.type === 'tool' && part.state.status === 'error',
    )
    // A turn ends after a tool only where the tool was refused; else the next step was still to come.
    const isEnd = finish !== undefined && (finish !== 'tool-calls' || wasRefused)
    if (!isCut && (time.completed === undefined || !isEnd)) return { type: 'open' }
    const prompt = own.findLast(({ info }) => this.#isPrompt(info.id))
    const after = own.slice(prompt && own.indexOf(prompt))
    const isHeard = after.some(({ info }) => info.id === last.info.parentID)
    if (prompt && prompt.info.id !== this.#promptId && !isHeard) return { type: 'unheard', prompt }
    return { type: 'done', text, isCut }
  }

  /** Counts the messages of a session that a tool of this turn has begun. */
  takeChild(messages: readonly StoredTurnMessage[]): RuntimeEvent[] {
    return messages.flatMap(({ info }) => (info.role === 'assistant' ? this.#usage(info) : []))
  }

  /** A tool of a session that a tool of this turn has begun. */
  seeChild(event: Event): RuntimeEvent[] {
    if (event.type === 'message.updated' && event.properties.info.role === 'assistant') {
      return this.#usage(event.properties.info)
    }
    if (event.type !== 'message.part.updated') return []
    const { part } = event.properties
    return part.type === 'tool' ? this.#tool(part) : []
  }

  /** The messages up to the next prompt, which belongs to another turn. */
  #own(messages: readonly StoredTurnMessage[]): readonly StoredTurnMessage[] {
    const next = messages.findIndex(
      ({ info, parts }) =>
        info.role === 'user' &&
        !this.#isPrompt(info.id) &&
        // Those that OpenCode writes itself, to go on after a compaction, belong to this one.
        parts.some((part) => part.type === 'text' && part.synthetic !== true),
    )
    return next < 0 ? messages : messages.slice(0, next)
  }

  /** The turn's own prompt, or what was said into it. */
  #isPrompt(id: string): boolean {
    return id === this.#promptId || isSteered(id, this.#promptId)
  }

  #meet(id: string): RuntimeEvent[] {
    if (this.#isPrompt(id)) this.#prompts.add(id)
    return []
  }

  /** Tells once of each message that was said into the turn. */
  #said(id: string, parts: readonly Part[]): RuntimeEvent[] {
    if (!isSteered(id, this.#promptId) || this.#told.has(id)) return []
    const part = parts.find((one): one is TextPart => one.type === 'text' && !!one.metadata)
    const messageId = part?.metadata?.['jackdaw']
    if (typeof messageId !== 'string') return []
    this.#told.add(id)
    return [{ type: 'steered', messageId }]
  }

  /** What is being written is stored empty until it is whole. */
  #storedPart(part: Part): RuntimeEvent[] {
    const isNew = part.type === 'text' && !this.#shownLength.has(part.id)
    if (isNew && part.time?.end === undefined) this.#gapped = part.id
    return this.#part(part)
  }

  #part(part: Part): RuntimeEvent[] {
    if (!this.#answers.get(part.messageID)) return []
    if (part.type === 'tool') return this.#tool(part)
    if (!isVisible(part)) return []
    const shown = this.#shownLength.get(part.id)
    if (shown === undefined) {
      this.#shownLength.set(part.id, 0)
      this.#streaming = part.id
      return this.#show(part.id, 0, part.text)
    }
    // Words that an earlier part got after a later one began cannot be shown in their place any more.
    if (part.id !== this.#streaming) return []
    return this.#show(part.id, shown, part.text.slice(shown))
  }

  #show(partId: string, shown: number, text: string): RuntimeEvent[] {
    if (text === '') return []
    this.#shownLength.set(partId, shown + text.length)
    const delta = shown === 0 && this.#length > 0 ? `\n\n${text}` : text
    const fitting = delta.slice(0, Math.max(maxAnswerLength - this.#length, 0))
    this.#length += fitting.length
    return fitting === '' ? [] : [{ type: 'text', delta: fitting }]
  }

  #tool({ callID, tool, state }: ToolPart): RuntimeEvent[] {
    const { status } = state
    if (status === 'pending' || this.#tools.get(callID) === status) return []
    this.hasWorked = true
    this.#tools.set(callID, status)
    const child = 'metadata' in state ? state.metadata?.['sessionId'] : undefined
    if (typeof child === 'string') this.#children.add(child)
    const words = 'title' in state ? state.title : undefined
    const title = oneLine(words || describeInput(state.input), maxTitle)
    const name = oneLine(tool, maxTitle)
    const shown = status === 'error' ? ('failed' as const) : status
    return [{ type: 'tool', name, state: shown, ...(title === '' ? {} : { title }) }]
  }

  /** Once for each message, when it is complete. */
  #usage(info: AssistantMessage): RuntimeEvent[] {
    const usage = usageOf(info)
    if (!usage || this.#counted.has(info.id)) return []
    this.#counted.add(info.id)
    const { finish } = info
    const isOvertaken =
      info.parentID !== [...this.#prompts].at(-1) && this.#prompts.has(info.parentID)
    const isEnd = finish !== undefined && finish !== 'tool-calls'
    const isLast = this.#answers.get(info.id) && isEnd && !isOvertaken
    return [{ type: 'usage', usage: isLast ? { ...usage, isLast } : usage }]
  }
}

function isAnswer(
  message: StoredTurnMessage,
): message is StoredTurnMessage & { readonly info: AssistantMessage } {
  return message.info.role === 'assistant' && message.info.summary !== true
}

function isVisible(part: Part): part is TextPart {
  return part.type === 'text' && part.synthetic !== true && part.ignored !== true
}

/** What most tools say of themselves in one of these. */
function describeInput(input: Readonly<Record<string, unknown>>): string {
  for (const key of ['description', 'command', 'filePath', 'pattern', 'url', 'query']) {
    const value = input[key]
    if (typeof value === 'string' && value !== '') return value
  }
  return ''
}
