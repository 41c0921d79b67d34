import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Scalar,
  stringify,
} from 'yaml'
import { parseYaml, readDocument } from './document.ts'
import { carryComments, removeKeepingComments } from './edit-comments.ts'
import { ConfigError } from './errors.ts'
import { formatPath, isSection, type Path, valueAt } from './path.ts'
import { maskVariables, unmaskVariables } from './substitute.ts'

/**
 * The text with `value` at `path`, or without that key for `undefined`. Only what differs is touched: a word is replaced
 * where it stands, a section or list is changed entry by entry. Comments stay, also those of what goes.
 * Throws `ConfigError` when the text is not YAML or the way to `path` is blocked.
 */
export function setInYaml(text: string, path: Path, value: unknown): string {
  const yaml = readable(text)
  const current: unknown = yaml.getIn(path, true)
  if (value === undefined) {
    if (!yaml.hasIn(path)) return text
    removeKeepingComments(yaml, path)
    return print(yaml, text)
  }
  if (isDeepStrictEqual(plainValue(yaml, path), value)) return text
  if (isMap(current) && isSection(value)) return setEntries(text, path, current.toJSON(), value)
  if (isSeq(current) && Array.isArray(value))
    return setItems(text, path, current.items.length, value)
  const spliced = isScalar(current) ? replaceWord(text, current, value) : undefined
  if (spliced !== undefined) return spliced
  return setNode(yaml, text, path, value, current)
}

function readable(text: string): Document.Parsed {
  const yaml = parseYaml(text)
  if (yaml.errors.length > 0) throw new ConfigError(readDocument(text, {}).problems)
  return yaml
}

function plainValue(yaml: Document.Parsed, path: Path): unknown {
  return valueAt(
    JSON.parse(unmaskVariables(JSON.stringify(yaml.toJS(), bigintAsNumber) ?? 'null')),
    path,
  )
}

function bigintAsNumber(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function setEntries(text: string, path: Path, before: unknown, after: Record<string, unknown>) {
  const gone = Object.keys(isSection(before) ? before : {}).filter(
    (key) => after[unmaskVariables(key)] === undefined,
  )
  const shorter = gone.reduce((now, key) => setInYaml(now, [...path, key], undefined), text)
  return Object.entries(after).reduce(
    (now, [key, value]) => (value === undefined ? now : setInYaml(now, [...path, key], value)),
    shorter,
  )
}

function setItems(text: string, path: Path, length: number, after: readonly unknown[]): string {
  let now = text
  for (let at = length - 1; at >= after.length; at -= 1)
    now = setInYaml(now, [...path, at], undefined)
  return after.reduce<string>((text, value, at) => setInYaml(text, [...path, at], value), now)
}

/** Replaces one word in the text itself, so that the rest of the file stays as its author aligned it. */
function replaceWord(text: string, node: Scalar, value: unknown): string | undefined {
  const [start, end] = node.range ?? [0, 0]
  const isWord = ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'].includes(node.type ?? '')
  if (!isWord || node.anchor !== undefined || node.tag !== undefined || start === end)
    return undefined
  const word = asWord(value)
  return word === undefined ? undefined : text.slice(0, start) + word + text.slice(end)
}

/** A scalar as it may stand anywhere, inside `{ }` too; undefined for anything else. */
function asWord(value: unknown): string | undefined {
  if (typeof value === 'boolean' || value === null) return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string') return undefined
  const isPlain = /^[A-Za-z][\w./@-]*$/.test(value) && stringify(value).trim() === value
  return isPlain ? value : JSON.stringify(value)
}

function setNode(
  yaml: Document.Parsed,
  text: string,
  path: Path,
  value: unknown,
  current: unknown,
): string {
  for (let length = 1; length < path.length; length += 1) {
    const node: unknown = yaml.getIn(path.slice(0, length), true)
    if (node === undefined || isCollection(node)) continue
    if (isScalar(node) && node.value === null) {
      carryComments(node, replaceNode(yaml, path.slice(0, length), {}))
      continue
    }
    const what = isAlias(node) ? 'an alias, which this program does not edit' : 'no section'
    throw new ConfigError([{ path: formatPath(path.slice(0, length)), text: `is ${what}` }])
  }
  const masked: unknown = JSON.parse(maskVariables(JSON.stringify(value)))
  carryComments(current, replaceNode(yaml, path, masked))
  return print(yaml, text)
}

function replaceNode(yaml: Document.Parsed, path: Path, value: unknown): unknown {
  const node = yaml.createNode(value)
  yaml.setIn(path, node)
  return node
}

/** Writes the document with the habits of the text it came from. */
function print(yaml: Document.Parsed, text: string): string {
  const indent = /^( {2,8})[\w"'-]/m.exec(text)?.[1]?.length ?? 2
  const isFlushList = /^( *)[\w-]+:[^\S\n]*(#.*)?\n\1- /m.test(text)
  const printed = unmaskVariables(yaml.toString({ lineWidth: 0, indent, indentSeq: !isFlushList }))
  return text.includes('\r\n') ? printed.replace(/\r?\n/g, '\r\n') : printed
}
