import { randomBytes } from 'node:crypto'
import type { RequestAnswer, RequestOption, RuntimeRequest } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { listIn, objectIn, type Said, textIn } from './said.ts'

/** One field of a form, as a question of its own. */
export type Question = {
  readonly key: string
  readonly isRequired: boolean
  readonly request: RuntimeRequest
  /** The answer as the form wants it; `undefined` where it is none. */
  readonly read: (answer: RequestAnswer) => FormValue | undefined
}

export type FormValue = string | number | boolean | string[]

const maxFields = 10
const maxOptions = 20
const maxTitle = 200
const maxDetail = 4_000
const noAnswer: RequestOption = { id: 'dismiss', label: 'No answer' }

/** The questions of an `elicitation/create`; none where it is no form, or one that nobody can fill in here. */
export function readQuestions(params: Said): readonly Question[] {
  if (params['mode'] !== 'form') return []
  const schema = objectIn(params['requestedSchema'])
  const required = new Set(listIn(schema['required']))
  const fields = Object.entries(objectIn(schema['properties']))
  if (fields.length > maxFields) return []
  const message = textIn(params['message']) ?? ''
  const questions = fields.map(([key, field]) =>
    questionOf(key, objectIn(field), message, required.has(key)),
  )
  return questions.every((one) => one !== undefined) ? questions : []
}

function questionOf(
  key: string,
  field: Said,
  message: string,
  isRequired: boolean,
): Question | undefined {
  const label = textIn(field['title']) ?? key
  const choices = choicesOf(field)
  const { type } = field
  const isOpen = choices.length === 0
  const isKnown = ['string', 'number', 'integer', 'boolean'].includes(String(type))
  if (!isKnown && !(type === 'array' && !isOpen)) return undefined
  const words = [textIn(field['description']), ...choices.map(({ detail }) => detail)]
  const detail = words.filter(Boolean).join('\n').toWellFormed().slice(0, maxDetail)
  return {
    key,
    isRequired,
    request: {
      id: `e${randomBytes(6).toString('hex')}`,
      kind: 'question',
      title: oneLine(message === '' ? label : `${message} (${label})`, maxTitle),
      ...(detail === '' ? {} : { detail }),
      options: [
        ...choices.map(({ title }, index) => ({ id: `${index}`, label: oneLine(title, maxTitle) })),
        noAnswer,
      ],
      defaultOption: noAnswer.id,
      takesText: isOpen,
    },
    read: (answer) => {
      if ('text' in answer) return isOpen ? parseValue(type, answer.text.trim()) : undefined
      const chosen = choices[Number(answer.option)]
      if (answer.option === noAnswer.id || !chosen) return undefined
      return type === 'array' ? [String(chosen.value)] : chosen.value
    },
  }
}

type Choice = {
  readonly value: string | boolean
  readonly title: string
  readonly detail?: string
}

function choicesOf(field: Said): readonly Choice[] {
  if (field['type'] === 'boolean') {
    return [
      { value: true, title: 'Yes' },
      { value: false, title: 'No' },
    ]
  }
  const from = field['type'] === 'array' ? objectIn(field['items']) : field
  const plain = listIn(from['enum'], maxOptions).flatMap((value) => textIn(value) ?? [])
  if (plain.length > 0) return plain.map((value) => ({ value, title: value }))
  return [...listIn(from['oneOf'], maxOptions), ...listIn(from['anyOf'], maxOptions)].flatMap(
    (one) => {
      const option = objectIn(one)
      const value = textIn(option['const'])
      if (value === undefined) return []
      const title = textIn(option['title']) ?? value
      const description = textIn(option['description'])
      return [{ value, title, ...(description && { detail: `${title}: ${description}` }) }]
    },
  )
}

function parseValue(type: unknown, text: string): FormValue | undefined {
  if (type === 'string') return text
  const number = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number) || (type === 'integer' && !Number.isInteger(number)))
    return undefined
  return number
}
