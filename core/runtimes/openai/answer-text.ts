/** In UTF-16 units. The chat gets a longer answer as a file; beyond this it is no answer but a loop of the model. */
const maxAnswerLength = 1_000_000
const open = '<think>'
const close = '</think>'

/**
 * The visible answer of a turn, put together from what the model says in each of its steps. Between steps stands an
 * empty line; a step that only repeats an earlier one is left out, as are thoughts at the beginning of a step.
 */
export class AnswerText {
  readonly #steps: string[] = []
  #text = ''
  /** What this step has said and is not shown yet: it may be nothing, a repetition, or thoughts. */
  #held = ''
  #step = ''
  #isShowing = false
  #isThinking = false

  /** Everything shown so far. */
  get text(): string {
    return this.#text
  }

  get isFull(): boolean {
    return this.#text.length >= maxAnswerLength
  }

  /** The next piece of the step. Returns what is to be shown of it now. */
  add(delta: string): string {
    if (this.#isShowing) return this.#show(delta)
    this.#held += delta
    if (this.#isThinking || this.#held.trimStart().startsWith(open)) this.#skipThoughts()
    const said = this.#held.trim()
    if (this.#isThinking || said === '' || open.startsWith(said)) return ''
    if (this.#steps.some((earlier) => earlier.startsWith(said))) return ''
    return this.#release()
  }

  /** The step is over. Returns what is left to be shown of it. */
  endStep(): string {
    const said = this.#held.trim()
    const isNew = said !== '' && !this.#isThinking && !this.#steps.includes(said)
    const shown = isNew ? this.#release() : ''
    const whole = this.#step.trim()
    if (whole !== '') this.#steps.push(whole)
    this.abandonStep()
    return shown
  }

  /** The step has failed and is asked again. What it held back is forgotten; what it showed stays. */
  abandonStep(): void {
    this.#held = ''
    this.#step = ''
    this.#isShowing = false
    this.#isThinking = false
  }

  /** A line of the gateway's own under the answer. */
  addNotice(notice: string): string {
    return this.#append(this.#text === '' ? notice : `\n\n${notice}`)
  }

  #skipThoughts(): void {
    this.#isThinking = true
    const end = this.#held.indexOf(close)
    if (end < 0) {
      // Only what may be the beginning of the end is kept.
      this.#held = this.#held.slice(-close.length)
      return
    }
    this.#isThinking = false
    this.#held = this.#held.slice(end + close.length).trimStart()
  }

  #release(): string {
    const held = this.#text === '' ? this.#held : `\n\n${this.#held.trimStart()}`
    const said = this.#held
    this.#held = ''
    this.#isShowing = true
    const shown = this.#cut(held)
    this.#step += said
    return this.#append(shown)
  }

  #show(delta: string): string {
    this.#step += delta
    return this.#append(this.#cut(delta))
  }

  #cut(text: string): string {
    return text.slice(0, Math.max(maxAnswerLength - this.#text.length, 0))
  }

  #append(shown: string): string {
    this.#text += shown
    return shown
  }
}
