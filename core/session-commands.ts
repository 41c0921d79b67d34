import { type CommandPlan, say } from './command-plan.ts'
import { nearNames } from './near-names.ts'
import type { RuntimeCatalog, TurnChoices } from './runtime-port.ts'
import { oneLine } from './runtimes/one-line.ts'
import type { Sentences } from './sentences.ts'
import type { ChoicesChange } from './store/effects.ts'
import type { GenerationRow } from './store/generations.ts'

/** How many conversations `/sessions` shows. */
export const maxListed = 10
const maxTitle = 60
/** A message of any platform has room for so many characters of names. */
const maxNames = 1_200
const maxName = 200

/** What a command about the session may look at. */
export type SessionScene = {
  readonly sessionKey: string
  readonly agent: string
  readonly words: Sentences
  /** The agent's runtime, as far as it says what can be chosen and done. */
  readonly runtime: {
    /** `none` where there is no choice, undefined while it is not known. */
    readonly catalog: RuntimeCatalog | 'none' | undefined
    readonly canCompact: boolean
    readonly maxAttempts: number
  }
  readonly now: number
  generations(): Promise<readonly GenerationRow[]>
  choices(): Promise<TurnChoices>
}

/** A conversation's title as one short line. */
export function titleLine(title: string): string {
  return oneLine(title, maxTitle)
}

export async function planSessions({
  words,
  now,
  generations,
}: SessionScene): Promise<CommandPlan> {
  const list = await generations()
  if (!list.some(({ isPresent }) => !isPresent)) return say(words.noSessions)
  return say(
    words.sessions(
      list.map(({ generation, title, lastAt, isPresent }) => ({
        number: generation,
        agoMs: now - lastAt,
        title: titleLine(title),
        isPresent,
      })),
    ),
  )
}

export async function planResume(argument: string, scene: SessionScene): Promise<CommandPlan> {
  const { words, sessionKey } = scene
  if (argument === '') return planSessions(scene)
  if (!/^\d{1,9}$/.test(argument)) return say(words.resumedUnknown)
  const generation = Number(argument)
  return {
    effect: { type: 'resume', sessionKey, generation },
    reply: ({ isDone, detail }) => {
      if (isDone) return words.resumed(generation, titleLine(detail ?? ''))
      return detail === 'present' ? words.resumedAlready : words.resumedUnknown
    },
  }
}

export async function planModel(argument: string, scene: SessionScene): Promise<CommandPlan> {
  const { words, runtime } = scene
  const { catalog } = runtime
  if (catalog === 'none' || catalog?.models.length === 0) return say(words.noModels)
  const models = catalog?.models.map(({ id }) => id)
  if (argument === '') {
    const { model: chosen } = await scene.choices()
    const { groups, more } = grouped(models ?? [])
    return say(words.models({ chosen, groups, more, isKnown: models !== undefined }))
  }
  if (argument.toLowerCase() === 'default')
    return choose({ model: null }, words.modelDefault, scene)
  const name = oneLine(argument, maxName)
  const model = models ? findModel(name, models) : name
  return model === undefined
    ? say(words.modelUnknown(name, fitting(nearNames(name, models ?? []))))
    : choose({ model }, words.modelChosen(model), scene)
}

/** The runtime's mode that is meant, or undefined where it has none of that name. */
export function modeNamed(name: string, { runtime }: SessionScene): string | undefined {
  return modesOf(runtime).find((id) => id.toLowerCase() === name.toLowerCase())
}

/** A line on the runtime's modes; undefined where there is nothing to choose. */
export async function wordModes(scene: SessionScene): Promise<string | undefined> {
  const all = fitting(modesOf(scene.runtime))
  if (all.length === 0) return undefined
  return scene.words.modes({ chosen: (await scene.choices()).mode, all })
}

export function planMode(mode: string | undefined, scene: SessionScene): CommandPlan {
  const { words } = scene
  return mode === undefined
    ? choose({ mode: null }, words.modeDefault, scene)
    : choose({ mode }, words.modeChosen(mode), scene)
}

export function planCompact({ words, sessionKey, runtime }: SessionScene): CommandPlan {
  if (!runtime.canCompact) return say(words.nothingToCompact)
  return {
    effect: { type: 'compact', sessionKey, maxAttempts: runtime.maxAttempts },
    reply: ({ isDone }) => (isDone ? words.compacting : words.nothingToCompact),
  }
}

function choose(change: ChoicesChange, text: string, scene: SessionScene): CommandPlan {
  const { sessionKey, agent } = scene
  return { effect: { type: 'choose', sessionKey, agent, change }, reply: () => text }
}

/** By its full name, or by what follows the provider where that is clear. */
function findModel(name: string, models: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const full = models.find((id) => id.toLowerCase() === wanted)
  if (full !== undefined) return full
  const [only, ...others] = models.filter((id) => id.toLowerCase().endsWith(`/${wanted}`))
  return others.length === 0 ? only : undefined
}

function modesOf({ catalog }: SessionScene['runtime']): readonly string[] {
  return catalog === 'none' || !catalog ? [] : catalog.modes.map(({ id }) => id)
}

function grouped(models: readonly string[]) {
  const shown = fitting(models)
  const groups = [...Map.groupBy(shown, (id) => id.slice(0, Math.max(id.indexOf('/'), 0)))].map(
    ([provider, ids]) => ({
      provider,
      models: ids,
    }),
  )
  return { groups, more: models.length - shown.length }
}

/** As many of the names as a message has room for. */
function fitting(names: readonly string[]): readonly string[] {
  let length = 0
  return names.filter((name) => {
    length += name.length + 2
    return length <= maxNames
  })
}
