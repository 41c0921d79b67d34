import { oneLine } from '../one-line.ts'
import { listIn, objectIn, type Said, textIn } from './said.ts'

/** What an agent can do, as its answer to `initialize` says. */
export type AgentCapabilities = {
  /** With its version, for sentences. */
  readonly name: string
  readonly version: unknown
  readonly canResume: boolean
  readonly canLoad: boolean
  readonly canClose: boolean
  readonly takesImages: boolean
  readonly takesAudio: boolean
  readonly takesEmbedded: boolean
  readonly takesHttpTools: boolean
  readonly logins: readonly Login[]
}

/** A way to log in to an agent. */
export type Login = {
  readonly id: string
  /** What it is, in the agent's words. */
  readonly words: string
  /** It cannot be asked for: somebody has to sit at a terminal. */
  readonly needsTerminal: boolean
}

const maxName = 60
const maxLogin = 100
const maxLogins = 8

/** Reads it, whatever is missing. `fallback` names an agent that does not. */
export function readCapabilities(answer: unknown, fallback: string): AgentCapabilities {
  const said = objectIn(answer)
  const can = objectIn(said['agentCapabilities'])
  const session = objectIn(can['sessionCapabilities'])
  const prompt = objectIn(can['promptCapabilities'])
  return {
    name: nameIn(objectIn(said['agentInfo'])) || fallback,
    version: said['protocolVersion'],
    canResume: isGiven(session['resume']),
    canLoad: can['loadSession'] === true,
    canClose: isGiven(session['close']),
    takesImages: prompt['image'] === true,
    takesAudio: prompt['audio'] === true,
    takesEmbedded: prompt['embeddedContext'] === true,
    takesHttpTools: objectIn(can['mcpCapabilities'])['http'] === true,
    logins: listIn(said['authMethods'], maxLogins).flatMap((method) => loginIn(objectIn(method))),
  }
}

function nameIn(info: Said): string {
  const words = [textIn(info['title']) ?? textIn(info['name']), textIn(info['version'])]
  return oneLine(words.filter(Boolean).join(' '), maxName)
}

function loginIn(said: Said): Login[] {
  const id = textIn(said['id'])
  if (id === undefined) return []
  const description = textIn(said['description'])
  // A description mostly repeats the name at length, unless it says what to run.
  const words = (description?.includes('`') ? description : textIn(said['name'])) ?? ''
  return [{ id, words: oneLine(words, maxLogin), needsTerminal: said['type'] === 'terminal' }]
}

function isGiven(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
