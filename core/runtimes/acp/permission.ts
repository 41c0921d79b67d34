import { randomBytes } from 'node:crypto'
import type { RequestOption, RuntimeRequest } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { listIn, objectIn, type Said, textIn } from './said.ts'
import { diffOf, pathsOf, subjectOf } from './tool-words.ts'

/** A permission as people are asked for it, and which of the agent's options each of ours stands for. */
export type Permission = {
  readonly request: RuntimeRequest
  /** Without the agent's option, the request is taken back. */
  readonly choices: ReadonlyMap<string, string | undefined>
}

const maxTitle = 200
const maxDetail = 4_000
const maxOptions = 20
const maxGrant = 200
const meanings: Readonly<Record<string, RequestOption['allows']>> = {
  allow_once: 'once',
  allow_always: 'always',
  reject_once: 'nothing',
  reject_always: 'nothing',
}

/**
 * What `session/request_permission` asks. Where it can be said exactly what "always" covers, the gateway remembers it,
 * and the agent is answered "once" every time; else "always" is the agent's own to remember, where it offers that.
 */
export function readPermission(params: Said): Permission {
  const call = objectIn(params['toolCall'])
  const kind = textIn(call['kind'])
  const words = textIn(call['title']) ?? textIn(call['toolCallId']) ?? 'a tool'
  const subject = subjectOf(call) || pathsOf(call).join(', ')
  const name = kind === undefined || kind === 'other' ? (textIn(call['name']) ?? '') : kind
  const title = oneLine(name === '' ? words : `${name}: ${words}`, maxTitle)
  const detail = [subject === words ? '' : subject, diffOf(call)].filter(Boolean).join('\n')
  const shown = detail || (subject === '' ? inputOf(call) : subject)
  const offered = readOptions(params)
  const once = offered.find(({ allows }) => allows === 'once')
  const grant = once ? grantOf(name || words, subject) : undefined
  const options = [
    ...offered.filter(({ allows }) => grant === undefined || allows !== 'always'),
    ...(grant !== undefined && once
      ? [{ id: 'always', label: 'Always allow', allows: 'always' as const, theirs: once.theirs }]
      : []),
  ]
  const deny = options.find(({ allows }) => allows === 'nothing')
  const all = deny
    ? options
    : [...options, { id: 'deny', label: 'Deny', allows: 'nothing' as const, theirs: undefined }]
  return {
    request: {
      id: `p${randomBytes(6).toString('hex')}`,
      kind: 'permission',
      title,
      ...(shown === '' ? {} : { detail: shown.toWellFormed().slice(0, maxDetail) }),
      options: all.map(({ id, label, allows }) => ({ id, label, allows })),
      defaultOption: deny?.id ?? 'deny',
      takesText: false,
      ...(grant === undefined ? {} : { grant }),
    },
    choices: new Map(all.map(({ id, theirs }) => [id, theirs])),
  }
}

type Offered = {
  readonly id: string
  readonly label: string
  readonly allows: NonNullable<RequestOption['allows']>
  readonly theirs: string | undefined
}

/** Under ids of ours, since theirs may be anything; an option of a kind that nobody knows is not offered. */
function readOptions(params: Said): Offered[] {
  const used = new Set<string>()
  return listIn(params['options'], maxOptions).flatMap((value, index): Offered[] => {
    const option = objectIn(value)
    const theirs = textIn(option['optionId'])
    const allows = meanings[textIn(option['kind']) ?? '']
    if (theirs === undefined || allows === undefined) return []
    const plain = allows === 'nothing' ? 'deny' : allows
    const id = used.has(plain) ? `${plain}-${index}` : plain
    used.add(id)
    return [{ id, label: oneLine(textIn(option['name']) ?? plain, maxTitle), allows, theirs }]
  })
}

/** Only what fits whole: words that were cut would cover more than they say. */
function grantOf(name: string, subject: string): string | undefined {
  if (subject === '') return undefined
  const grant = `${name}: ${subject}`
  return oneLine(grant, maxGrant) === grant ? grant : undefined
}

function inputOf(call: Said): string {
  const input = call['rawInput']
  return input === undefined || input === null ? '' : JSON.stringify(input).slice(0, maxDetail)
}
