import type { RuntimeCatalog, TurnChoices } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { listIn, objectIn, textIn } from './said.ts'

type Choice = RuntimeCatalog['models'][number]

/** What can be chosen in a session of the agent, and by which call: a configuration option, or its mode. */
export type SessionOption = {
  /** The option's id; absent for the modes of agents without such options. */
  readonly configId?: string
  readonly current: string | undefined
  readonly choices: readonly Choice[]
}

export type SessionOptions = {
  readonly model?: SessionOption
  readonly mode?: SessionOption
}

const maxLabel = 100

/** From the answer to a session's making, or an update of it: what it does not tell stays as it was. */
export function readOptions(answer: unknown, before: SessionOptions = {}): SessionOptions {
  const said = objectIn(answer)
  const config = Object.assign({}, ...listIn(said['configOptions']).map(readConfig))
  const modes = objectIn(said['modes'])
  const choices = listIn(modes['availableModes']).flatMap((mode) => choiceIn(mode, 'id'))
  const own =
    choices.length > 0 ? { mode: { current: textIn(modes['currentModeId']), choices } } : {}
  return { ...before, ...own, ...config }
}

/** The same with another value chosen. */
export function withCurrent(
  options: SessionOptions,
  key: keyof SessionOptions,
  current: string | undefined,
): SessionOptions {
  const option = options[key]
  return option ? { ...options, [key]: { ...option, current } } : options
}

export function catalogOf(options: SessionOptions): RuntimeCatalog {
  return { models: options.model?.choices ?? [], modes: options.mode?.choices ?? [] }
}

/** What has to be set so that the session has these choices. `defaults` stand for what is not chosen. */
export function missingChoices(
  options: SessionOptions,
  choices: TurnChoices,
  defaults: TurnChoices,
): readonly (readonly [keyof SessionOptions, string])[] {
  return (['model', 'mode'] as const).flatMap((key) => {
    const wanted = choices[key] ?? defaults[key]
    return wanted === undefined || wanted === options[key]?.current ? [] : [[key, wanted] as const]
  })
}

function readConfig(value: unknown): SessionOptions {
  const option = objectIn(value)
  const configId = textIn(option['id'])
  const { category, type } = option
  if (configId === undefined || type !== 'select') return {}
  if (category !== 'model' && category !== 'mode') return {}
  const choices = listIn(option['options']).flatMap((one) => {
    const group = objectIn(one)['options']
    return group === undefined
      ? choiceIn(one, 'value')
      : listIn(group).flatMap((inner) => choiceIn(inner, 'value'))
  })
  return { [category]: { configId, current: textIn(option['currentValue']), choices } }
}

function choiceIn(value: unknown, key: 'id' | 'value'): Choice[] {
  const said = objectIn(value)
  const id = textIn(said[key])
  return id === undefined ? [] : [{ id, label: oneLine(textIn(said['name']) ?? id, maxLabel) }]
}
