import { pressData } from './answers.ts'
import type { Button, Chunk } from './model.ts'
import type { Capabilities } from './ports.ts'
import type { Renderer } from './renderer.ts'
import { bodyOf, clean, clip, literal, numberMark } from './request-body.ts'
import { choicesOf } from './request-choices.ts'
import type { RuntimeRequest } from './runtime-port.ts'
import type { Sentences } from './sentences.ts'
import type { Closing, Closings, RunQuestion } from './store/approvals.ts'

const maxLabel = 40
/** Of an answer in words of one's own that the question says again once it is answered. */
const maxLine = 600
const marks = new RegExp(numberMark, 'g')

type Can = Pick<
  Capabilities,
  'maxTextLength' | 'canEdit' | 'hasButtons' | 'hasReactions' | 'hasReplies'
>
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

  /** The question and how it may end, once its id is known. `lead` is what one message does not hold, to go before it. */
  async message(
    channel: string,
    request: RuntimeRequest,
    words: Sentences,
  ): Promise<RunQuestion['message']> {
    const can = this.#parts.capabilities(channel)
    const { chunk, isWhole } = await this.#inOne(
      channel,
      request,
      words,
      waysOf(request, words, can),
    )
    const text = bodyOf(request, words, 'whole')
    const lead = isWhole ? [] : await this.#parts.renderer.render(channel, markdown(text))
    const [expired, gone] = await Promise.all([
      this.#closing(channel, request, words.unanswered, words),
      this.#closing(channel, request, words.noLongerAsked, words),
    ])
    const closings = { isEdit: expired.isEdit, expired: expired.chunk, void: gone.chunk }
    return (id) => {
      const number = id.slice(1)
      const asked = withNumber(chunk, number)
      const buttons = can?.hasButtons === true ? buttonsOf(request, id, words) : []
      return {
        lead,
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
    const closing = await this.#closing(channel, request, clip(line, maxLine), words)
    return withNumber(closing, requestId.slice(1))
  }

  async #closing(
    channel: string,
    request: RuntimeRequest,
    line: string,
    words: Sentences,
  ): Promise<Closing> {
    const isEdit = this.#parts.capabilities(channel)?.canEdit !== false
    const said = literal(line)
    if (isEdit) return { chunk: (await this.#inOne(channel, request, words, said)).chunk, isEdit }
    const text = words.aboutQuestion(numberMark, said)
    const [chunk] = await this.#parts.renderer.render(channel, markdown(text))
    return { chunk: chunk ?? { text }, isEdit }
  }

  /** One message with what is asked and `last` below it: the whole of it where that fits. */
  async #inOne(
    channel: string,
    request: RuntimeRequest,
    words: Sentences,
    last: string,
  ): Promise<{ chunk: Chunk; isWhole: boolean }> {
    const { renderer, capabilities } = this.#parts
    const whole = `${bodyOf(request, words, 'whole')}\n\n${last}`
    // Markup takes no room, so a little more may fit.
    const mayFit = whole.length <= 2 * (capabilities(channel)?.maxTextLength ?? whole.length)
    const [one, more] = mayFit ? await renderer.render(channel, markdown(whole)) : []
    if (one && !more) return { chunk: one, isWhole: true }
    const short = `${bodyOf(request, words, 'short')}\n\n${last}`
    const [chunk] = await renderer.render(channel, markdown(short))
    return { chunk: chunk ?? { text: short }, isWhole: false }
  }
}

function markdown(text: string) {
  return { text, format: 'markdown' as const }
}

function waysOf(request: RuntimeRequest, words: Sentences, can: Can | undefined): string {
  const hasButtons = can?.hasButtons === true
  if (hasButtons && !request.takesText) return words.questionNumber(numberMark)
  if (request.kind === 'permission') {
    const always = request.grant !== undefined
    return words.howToAllow(numberMark, { always, react: can?.hasReactions === true })
  }
  const own = can?.hasReplies === true ? 'reply' : 'write'
  return words.howToChoose(numberMark, {
    choose: choicesOf(request).length === 0 ? 'none' : hasButtons ? 'tap' : 'write',
    own: request.takesText ? own : 'none',
  })
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

/** Puts the number in; it stands behind everything that counts characters from the front. */
function withNumber<T extends Chunk | Closing | Closings>(value: T, number: string): T {
  return JSON.parse(JSON.stringify(value).replace(marks, number)) as T
}
