import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { Problem } from './errors.ts'
import { formatPath, isSection, type Path } from './path.ts'
import {
  type Environment,
  maskVariables,
  type Substitution,
  substitute,
  unmaskVariables,
} from './substitute.ts'

/** A file after YAML and variables, before the schema. */
export type ConfigDocument = {
  readonly value: unknown
  /** What variables did, by `formatPath`. */
  readonly variables: ReadonlyMap<string, Substitution>
  readonly problems: readonly Problem[]
  /** The text is YAML, so that `value` says what the file says. */
  readonly isReadable: boolean
  /** Position of the key at `path`, or of the nearest section around it. */
  positionOf(path: Path): { line: number; column: number } | undefined
}

/** More than any real file; aliases could otherwise multiply without end. */
const maxNodes = 100_000
const maxDepth = 50
const tooLarge = { path: [], text: 'is nested too deep, or an alias repeats too much' }

/** Parses the text and fills in variables. Never throws: what is wrong is in `problems`. */
export function readDocument(text: string, env: Environment): ConfigDocument {
  const lines = new LineCounter()
  const yaml = parseYaml(text, lines)
  const problems = yamlProblems(yaml, text, lines)
  const isReadable = yaml.errors.every((error) => error.code === 'DUPLICATE_KEY')
  const reader = new Reader(yaml, env)
  const value = isReadable ? reader.read(yaml.contents, [], false) : undefined
  const positionOf = (path: Path) => position(yaml, lines, path)
  const found = reader.problems.map(({ path, text }) => ({
    path: formatPath(path),
    ...positionOf(path),
    text,
  }))
  return {
    value,
    variables: reader.variables,
    problems: [...problems, ...found],
    isReadable,
    positionOf,
  }
}

/** The YAML document with variables masked; whoever turns it into text again unmasks that. */
export function parseYaml(text: string, lines?: LineCounter): Document.Parsed {
  return parseDocument(maskVariables(text), {
    intAsBigInt: true,
    stringKeys: true,
    prettyErrors: false,
    ...(lines === undefined ? {} : { lineCounter: lines }),
  })
}

/** One problem a line: what follows an error on its line is mostly noise. */
function yamlProblems(yaml: Document.Parsed, text: string, lines: LineCounter): Problem[] {
  const problems = new Map<number, Problem>()
  for (const error of [...yaml.errors, ...yaml.warnings]) {
    const { line, col } = lines.linePos(error.pos[0])
    if (problems.has(line)) continue
    problems.set(line, {
      path: '',
      line,
      column: col,
      text: sentence(error, text),
    })
  }
  return [...problems.values()]
}

/** The parser's sentence without the words of the file that it quotes: they may be a secret. */
function sentence(error: YAMLError, text: string): string {
  if (error.code === 'DUPLICATE_KEY') {
    const name = /^["']?([\w.-]+)/.exec(text.slice(error.pos[0]))?.[1] ?? ''
    return `the key "${name}" stands here twice. Delete one of the two.`
  }
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here. Delete the line "---".'
  const said = error.message.replace(/(: |; please| [%\\!&*]\S).*$/s, '')
  return `${said.charAt(0).toLowerCase()}${said.slice(1)}. This is not valid YAML.`
}

class Reader {
  readonly variables = new Map<string, Substitution>()
  readonly problems: { path: Path; text: string }[] = []
  readonly #yaml: Document.Parsed
  readonly #env: Environment
  #nodes = 0

  constructor(yaml: Document.Parsed, env: Environment) {
    this.#yaml = yaml
    this.#env = env
  }

  /** `mayBeUnset`: inside a channel that is switched off, whose variables need not be there. */
  read(node: unknown, path: Path, mayBeUnset: boolean): unknown {
    this.#nodes += 1
    if (this.#nodes >= maxNodes || path.length >= maxDepth) {
      // Said once: an alias of itself gets here again and again.
      this.#nodes = Number.POSITIVE_INFINITY
      if (!this.problems.includes(tooLarge)) this.problems.push(tooLarge)
      return null
    }
    if (isAlias(node)) return this.#readAlias(node.resolve(this.#yaml), path, mayBeUnset)
    if (isSeq(node)) return node.items.map((item, at) => this.read(item, [...path, at], mayBeUnset))
    if (isMap(node)) {
      const isOff = mayBeUnset || (isChannel(path) && this.#isOff(node.get('enabled', true)))
      const pairs = node.items.map(({ key, value }): [string, unknown] => {
        const name = unmaskVariables(String(isScalar(key) ? key.value : key))
        if (name === '__proto__') {
          this.problems.push({ path: [...path, name], text: 'this name cannot be used' })
        }
        return [name, this.read(value, [...path, name], isOff && name !== 'enabled')]
      })
      return Object.fromEntries(pairs)
    }
    if (!isScalar(node)) return null
    if (typeof node.value === 'string') return this.#readText(node.value, path, mayBeUnset)
    if (typeof node.value === 'bigint') return asNumber(node.value)
    return node.value
  }

  #readAlias(node: unknown, path: Path, mayBeUnset: boolean): unknown {
    if (node !== undefined) return this.read(node, path, mayBeUnset)
    this.problems.push({
      path,
      text: 'a word that begins with * is an alias, and there is no anchor for it. Put text in quotes.',
    })
    return null
  }

  #readText(masked: string, path: Path, mayBeUnset: boolean): string {
    const result = substitute(unmaskVariables(masked), this.#env)
    if (result.names.length > 0) this.variables.set(formatPath(path), result)
    for (const name of mayBeUnset ? [] : new Set(result.unset)) {
      this.problems.push({
        path,
        text: `the environment variable ${name} is not set. Set it, or write \${${name}:-default}.`,
      })
    }
    if (result.malformed.length > 0) {
      this.problems.push({
        path,
        text: `a \${…} is neither \${NAME} nor \${NAME:-default}. Write $\${ where you mean the characters themselves.`,
      })
    }
    return result.text
  }

  #isOff(node: unknown): boolean {
    if (!isScalar(node)) return false
    if (typeof node.value !== 'string') return node.value === false
    return substitute(unmaskVariables(node.value), this.#env).text.trim() === 'false'
  }
}

function isChannel(path: Path): boolean {
  return path.length === 2 && path[0] === 'channels'
}

/** A number a double cannot hold stays a bigint, so that nobody takes the rounded one for the real one. */
function asNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function position(yaml: Document.Parsed, lines: LineCounter, path: Path) {
  let node: unknown = yaml.contents
  let offset: number | undefined
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(yaml)
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && unmaskVariables(String(key.value)) === part,
      )
      if (pair === undefined) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      if (node === undefined) break
      offset = startOf(node) ?? offset
    } else break
  }
  if (offset === undefined) return undefined
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function startOf(node: unknown): number | undefined {
  const range: unknown = isSection(node) ? node['range'] : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined
}
