import type { Spoken } from './answers.ts'
import type { RequestAnswer, RuntimeRequest } from './runtime-port.ts'

/** One answer that people can choose. `means` is what choosing it does about a permission. */
export type Choice = {
  readonly label: string | undefined
  readonly means: 'once' | 'always' | 'deny' | 'option'
  /** What the runtime is told: of a grant that the gateway keeps it never hears. */
  readonly told: RequestAnswer
}

const notes = {
  denied: 'The person did not allow this. Go on without it if you can.',
  skipped: 'The person chose to give no answer. Go on as you think best.',
  ignored:
    'Nobody answered in time. Go on as you think best, and say in your answer what you assumed.',
  unanswered:
    'Nobody answered in time, so this was not allowed. Go on without it if you can, and say in your answer what you wanted and why.',
  tooMany: 'Too many questions are open already, so this one was not put to anybody.',
}

/** The answers there are, in the order of their buttons. A permission has once, always (where there is a grant) and no. */
export function choicesOf(request: RuntimeRequest): readonly Choice[] {
  const { kind, options, defaultOption, grant } = request
  if (kind === 'question')
    return options.map(({ id, label }) => ({
      label,
      means: 'option',
      told: id === defaultOption ? { option: id, note: notes.skipped } : { option: id },
    }))
  const told = grantedAnswer(request)
  return [
    { label: undefined, means: 'once', told },
    ...(grant === undefined ? [] : [{ label: undefined, means: 'always', told } as const]),
    { label: undefined, means: 'deny', told: { option: defaultOption, note: notes.denied } },
  ]
}

/** The choice somebody means; undefined when it is none of those there are. */
export function choiceOf(request: RuntimeRequest, spoken: Spoken): Choice | undefined {
  const choices = choicesOf(request)
  switch (spoken.type) {
    case 'option':
      return choices[spoken.index]
    case 'word': {
      if (request.kind === 'question') return labelled(choices, spoken.word)
      const means = { yes: 'once', always: 'always', no: 'deny' }[spoken.word]
      return choices.find((choice) => choice.means === means)
    }
    case 'text':
      return (
        labelled(choices, spoken.text) ??
        (request.takesText
          ? { label: spoken.text, means: 'option', told: { text: spoken.text } }
          : undefined)
      )
  }
}

/** What the API's words mean: `once`, `always`, `deny`, an option's id, or words of somebody's own. */
export function spokenByApi({ kind, options }: RuntimeRequest, answer: string): Spoken {
  if (kind === 'permission') {
    const word = { once: 'yes', always: 'always', deny: 'no' } as const
    const isKnown = answer === 'once' || answer === 'always' || answer === 'deny'
    return isKnown ? { type: 'word', word: word[answer] } : { type: 'text', text: answer }
  }
  const index = options.findIndex(({ id }) => id === answer)
  return index >= 0 ? { type: 'option', index } : { type: 'text', text: answer }
}

/** What the runtime is told when the person said yes, once or long ago for always. */
export function grantedAnswer({ options, defaultOption }: RuntimeRequest): RequestAnswer {
  const once =
    options.find(({ allows }) => allows === 'once') ??
    options.find(({ id }) => id !== defaultOption)
  return { option: once?.id ?? defaultOption }
}

export function unansweredAnswer({ kind, defaultOption }: RuntimeRequest): RequestAnswer {
  return { option: defaultOption, note: kind === 'question' ? notes.ignored : notes.unanswered }
}

export function tooManyAnswer({ defaultOption }: RuntimeRequest): RequestAnswer {
  return { option: defaultOption, note: notes.tooMany }
}

function labelled(choices: readonly Choice[], text: string): Choice | undefined {
  const said = text.toLowerCase()
  return choices.find(({ label }) => label?.toLowerCase() === said)
}
