import { pressData } from './answers.ts'
import type { Closing, Closings } from './approval-store.ts'
import type { Button, Chunk } from './model.ts'
import type { Capabilities } from './ports.ts'
import type { Renderer } from './renderer.ts'
import { choicesOf } from './request-choices.ts'
import type { RuntimeRequest } from './runtime-port.ts'
import type { Sentences } from './sentences.ts'

const maxTitle = 300
const maxDetail = 1200
const maxDetailLines = 30
const maxLabel = 40
/** Stands for the question's number until its row is there; nothing an agent writes contains it. */
const numberMark = '\uE000'
const marks = new RegExp(numberMark, 'g')

type Can = Pick<Capabilities, 'canEdit' | 'hasButtons' | 'hasReactions'>
type Parts = {
  readonly renderer: Pick<Renderer, 'render'>
  readonly capabilities: (channel: string) => Can | undefined
}

/** Words what runs ask, as a channel can show it: with buttons, or with the ways to answer by text. */
export class RequestWording {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The question and how it may end, once its id is known. */
  async message(
    channel: string,
    request: RuntimeRequest,
    words: Sentences,
  ): Promise<(requestId: string) => { chunks: readonly Chunk[]; closings: Closings }> {
    const can = this.#parts.capabilities(channel)
    const body = bodyOf(request, words)
    const chunk = await this.#render(channel, `${body}\n\n${waysOf(request, words, can)}`)
    const [expired, gone] = await Promise.all([
      this.#closing(channel, body, words.unanswered, words),
      this.#closing(channel, body, words.noLongerAsked, words),
    ])
    const closings = { isEdit: expired.isEdit, expired: expired.chunk, void: gone.chunk }
    return (id) => {
      const number = id.slice(1)
      const asked = withNumber(chunk, number)
      const buttons = can?.hasButtons === true ? buttonsOf(request, id, words) : []
      return {
        chunks: [buttons.length === 0 ? asked : { ...asked, buttons }],
        closings: withNumber(closings, number),
      }
    }
  }

  /** What the question's message says once it is answered. */
  async answered(
    channel: string,
    request: RuntimeRequest,
    requestId: string,
    line: string,
    words: Sentences,
  ): Promise<Closing> {
    const closing = await this.#closing(channel, bodyOf(request, words), line, words)
    return withNumber(closing, requestId.slice(1))
  }

  async #closing(channel: string, body: string, line: string, words: Sentences): Promise<Closing> {
    const isEdit = this.#parts.capabilities(channel)?.canEdit !== false
    const said = literal(line)
    const text = isEdit ? `${body}\n\n${said}` : words.aboutQuestion(numberMark, said)
    return { chunk: await this.#render(channel, text), isEdit }
  }

  /** One message: what is asked is bounded, and a platform that takes less shows the beginning. */
  async #render(channel: string, text: string): Promise<Chunk> {
    const [chunk] = await this.#parts.renderer.render(channel, { text, format: 'markdown' })
    return chunk ?? { text }
  }
}

function bodyOf(request: RuntimeRequest, words: Sentences): string {
  const title = clean(request.title).slice(0, maxTitle)
  const detail = clip(clean(request.detail ?? ''))
  const isSaid = detail === '' || title.includes(detail)
  const listed = request.kind === 'question' ? listOf(request) : ''
  const parts = [
    request.kind === 'permission' ? words.mayI : words.agentAsks,
    literal(title),
    ...(isSaid || listed !== '' ? [] : [fenced(detail)]),
    ...(listed === '' ? [] : [listed]),
  ]
  return parts.join('\n\n')
}

/** The answers to choose from, by number, with what the agent says of each. */
function listOf(request: RuntimeRequest): string {
  const said = (request.detail ?? '').split('\n')
  const lines = choicesOf(request).map(({ label = '' }, index) => {
    const more = said.find((line) => line.startsWith(`${label}: `)) ?? label
    return `${index + 1}\\. ${literal(clip(clean(more).replaceAll('\n', ' '), 200))}`
  })
  return lines.join('\n')
}

function waysOf(request: RuntimeRequest, words: Sentences, can: Can | undefined): string {
  const always = request.kind === 'permission' && request.grant !== undefined
  if (can?.hasButtons === true && !request.takesText) return words.questionNumber(numberMark)
  if (request.kind === 'permission')
    return words.howToAllow(numberMark, { always, react: can?.hasReactions === true })
  const options = can?.hasButtons === true ? 0 : choicesOf(request).length
  const ways = words.howToChoose(numberMark, { options, text: request.takesText })
  return can?.hasButtons === true ? `${words.questionNumber(numberMark)}. ${ways}` : ways
}

function buttonsOf(
  request: RuntimeRequest,
  id: string,
  words: Sentences,
): readonly (readonly Button[])[] {
  const named = { once: words.allowOnce, always: words.allowAlways, deny: words.denyIt }
  const buttons = choicesOf(request).map(({ label = '', means }, index): Button => {
    const text = means === 'option' ? clip(clean(label), maxLabel) : named[means]
    const style = means === 'once' ? 'primary' : means === 'deny' ? 'danger' : undefined
    return { label: text, data: pressData(id, index), ...(style && { style }) }
  })
  return request.kind === 'permission' ? [buttons] : buttons.map((button) => [button])
}

/** As a block of code that its own backticks cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

/** Words that are to be read as they are, not as markdown. */
function literal(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>~|]/g, '\\$&')
    .replace(/^(\s*)([#+-]|\d+[.)])/gm, (_, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}` : `${space}\\${mark}`,
    )
}

function clean(text: string): string {
  return text.replace(marks, '').toWellFormed()
}

function clip(text: string, max = maxDetail): string {
  const lines = text.split('\n')
  const short = lines.slice(0, maxDetailLines).join('\n').slice(0, max)
  return short.length < text.length ? `${short.toWellFormed()} …` : text
}

/** Puts the number in; it stands behind everything that counts characters from the front. */
function withNumber<T extends Chunk | Closing | Closings>(value: T, number: string): T {
  return JSON.parse(JSON.stringify(value).replace(marks, number)) as T
}
