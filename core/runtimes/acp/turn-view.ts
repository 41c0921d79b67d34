/** Invariant: the pieces of text together are the answer, and nothing that was shown is taken back. */
import type { RuntimeEvent } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { objectIn, type Said, textIn } from './said.ts'
import { describeTool } from './tool-words.ts'

/** In UTF-16 units, as in the other runtimes: beyond this it is no answer but a loop. */
const maxAnswerLength = 1_000_000
const maxTools = 1_000
const maxIds = 1_000

/** What one turn has said. */
export class TurnView {
  readonly #left: ReadonlySet<string> | undefined
  readonly #ids = new Set<string>()
  readonly #tools = new Map<string, { name: string; title: string; state: string }>()
  #pieces: string[] = []
  #length = 0
  #message: string | undefined
  #isApart = false
  /** Tools have run, so that doing the turn again may do their work again. */
  hasWorked = false

  /** `left`: ids of messages and tools of a turn that was cut off, whose rest is not part of this one. */
  constructor(left: ReadonlySet<string> | undefined) {
    this.#left = left
  }

  get text(): string {
    return this.#pieces.join('')
  }

  /** Of what this turn has been told so far. */
  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  /** What an update adds to what is shown. Thoughts, plans and what this version does not know add nothing. */
  see(update: Said): readonly RuntimeEvent[] {
    switch (update['sessionUpdate']) {
      case 'agent_message_chunk':
        return this.#chunk(update)
      case 'tool_call':
      case 'tool_call_update':
        return this.#tool(update)
      default:
        return []
    }
  }

  /** A line of ours, apart from the agent's words. */
  addNotice(notice: string): readonly RuntimeEvent[] {
    this.#isApart = true
    return this.#show(notice)
  }

  #chunk(update: Said): readonly RuntimeEvent[] {
    const message = textIn(update['messageId'])
    if (message !== undefined && !this.#isOwn(message)) return []
    if (message !== this.#message) this.#isApart = true
    this.#message = message
    return this.#show(wordsOf(objectIn(update['content'])))
  }

  #show(text: string): readonly RuntimeEvent[] {
    if (text === '') return []
    const delta = this.#isApart && this.#length > 0 ? `\n\n${text}` : text
    this.#isApart = false
    const fitting = delta.slice(0, Math.max(maxAnswerLength - this.#length, 0))
    if (fitting === '') return []
    this.#length += fitting.length
    this.#pieces.push(fitting)
    if (this.#pieces.length > maxTools) this.#pieces = [this.text]
    return [{ type: 'text', delta: fitting }]
  }

  #tool(update: Said): readonly RuntimeEvent[] {
    const id = textIn(update['toolCallId'])
    if (id === undefined || !this.#isOwn(id)) return []
    const known = this.#tools.get(id)
    if (!known && this.#tools.size >= maxTools) return []
    // What the agent says after it has used a tool is a paragraph of its own.
    this.#isApart = true
    const { name, title } = describeTool(update, known)
    const status = textIn(update['status'])
    const state = stateOf(status, known?.state, title)
    this.#tools.set(id, { name, title, state })
    if (state === 'pending' || state === known?.state) return []
    this.hasWorked = true
    const shown = title === '' ? {} : { title }
    return [{ type: 'tool', name, state, ...shown }]
  }

  #isOwn(id: string): boolean {
    if (this.#left?.has(id)) return false
    if (this.#ids.size < maxIds) this.#ids.add(id)
    return true
  }
}

/** One that is announced with words of its own is shown at once; else when it runs. */
function stateOf(status: string | undefined, before: string | undefined, title: string) {
  if (status === 'completed' || status === 'failed') return status
  if (before === 'completed' || before === 'failed' || before === 'running') return before
  return status === 'in_progress' || title !== '' ? ('running' as const) : ('pending' as const)
}

/** What is not text is said to be there. */
function wordsOf(content: Said): string {
  switch (content['type']) {
    case 'text':
      return typeof content['text'] === 'string' ? content['text'] : ''
    case 'image':
      return '[a picture, which cannot be shown here]'
    case 'audio':
      return '[a recording, which cannot be played here]'
    case 'resource_link': {
      const uri = oneLine(textIn(content['uri']) ?? '', 2_000)
      const name = oneLine(textIn(content['title']) ?? textIn(content['name']) ?? uri, 200)
      return /^https?:/.test(uri)
        ? `[${name}](${uri.replaceAll(')', '%29')})`
        : `\`${uri || name}\``
    }
    case 'resource': {
      const resource = objectIn(content['resource'])
      return (
        textIn(resource['text']) ?? `\`${oneLine(textIn(resource['uri']) ?? 'a file', 2_000)}\``
      )
    }
    default:
      return ''
  }
}
