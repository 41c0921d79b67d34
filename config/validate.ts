import { parse } from 'yaml'
import { findContradictions } from './combinations.ts'
import type { ConfigDocument } from './document.ts'
import type { Problem } from './errors.ts'
import { wordIssues } from './issues.ts'
import { formatPath, isSection, type Path, valueAt } from './path.ts'
import { configSchema } from './schema.ts'
import { childOf, isSectionNode, type SchemaNode, schemaTree, variant } from './schema-node.ts'
import { withoutSecrets } from './secrets.ts'
import { readSections } from './sections.ts'
import type { Config } from './types.ts'
import { seen } from './wording.ts'

/** `config` has the schema's defaults, not yet those that depend on other keys; absent when there are problems. */
export type Validated = {
  readonly config?: Config
  /** What the file sets, variables filled in. */
  readonly value: Record<string, unknown>
  readonly problems: readonly Problem[]
}

/** Checks a document against the schema and its parts against each other; finds every problem, in the file's order. */
export function validateDocument(document: ConfigDocument): Validated {
  if (!document.isReadable) return { value: {}, problems: document.problems }
  const root = document.value ?? {}
  if (!isSection(root)) {
    const text = `saw ${seen(root, true)}, wanted a section with keys such as channels.`
    return { value: {}, problems: [...document.problems, { path: '', line: 1, text }] }
  }
  if (hasEmpty(root)) dropEmptySections(root, schemaTree())
  const reported = new Set(document.problems.map((problem) => problem.path))
  const parsed = parseWithVariables(root, document)
  const issues = parsed.success ? [] : parsed.error.issues
  const contradictions = findContradictions(readSections(root))
  if (parsed.success && contradictions.length + document.problems.length === 0) {
    return { config: parsed.data, value: root, problems: [] }
  }
  const context = { tree: schemaTree(), value: root, variables: document.variables }
  const found = [...wordIssues(issues, context), ...contradictions]
    .map(({ path, text }) => ({ path: formatPath(path), ...document.positionOf(path), text }))
    .filter((problem) => !reported.has(problem.path))
  const problems = [...document.problems, ...found].sort(byPosition)
  return { value: root, problems: withoutSecrets(problems, context) }
}

/** Without the parser that zod would generate and compile for the next thousand: that costs a start 12 ms. */
const once = { jitless: true }

/** Where text from a variable does not fit, what YAML reads in that text may: `PORT=7700` is a number. */
function parseWithVariables(root: Record<string, unknown>, { variables }: ConfigDocument) {
  const first = configSchema.safeParse(root, once)
  if (first.success) return first
  for (const issue of first.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    const variable = variables.get(formatPath(path))
    if (variable === undefined) continue
    // An unset variable in a channel that is off: any default will do, nobody reads it.
    if (variable.unset.length > 0) replaceAt(root, path, undefined)
    else if (variable.isWhole) replaceAt(root, path, readScalar(variable.text))
  }
  return configSchema.safeParse(root, once)
}

function readScalar(text: string): unknown {
  try {
    const value: unknown = parse(text, { prettyErrors: false, logLevel: 'silent' })
    return value === null || typeof value === 'object' ? text : value
  } catch {
    return text
  }
}

function replaceAt(root: unknown, path: Path, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1))
  const last = path.at(-1)
  if (Array.isArray(parent) && typeof last === 'number') parent[last] = value
  else if (isSection(parent) && last !== undefined) parent[last] = value
}

function hasEmpty(value: unknown): boolean {
  if (typeof value !== 'object') return false
  return value === null || Object.values(value).some(hasEmpty)
}

/** `channels:` with every line below it commented out means what no `channels` at all means. */
function dropEmptySections(value: unknown, tree: SchemaNode): void {
  const node = variant(tree, value)
  if (Array.isArray(value)) {
    for (const item of value) if (node.items !== undefined) dropEmptySections(item, node.items)
  }
  if (!isSection(value)) return
  for (const [key, child] of Object.entries(value)) {
    const childNode = childOf(node, key)
    if (childNode === undefined) continue
    if (child !== null) dropEmptySections(child, childNode)
    else if (node.properties === undefined && isSectionNode(childNode)) value[key] = {}
    else if (isSectionNode(childNode) || childNode.type === 'array') delete value[key]
  }
}

function byPosition(one: Problem, other: Problem): number {
  return (one.line ?? Number.POSITIVE_INFINITY) === (other.line ?? Number.POSITIVE_INFINITY)
    ? (one.column ?? 0) - (other.column ?? 0)
    : (one.line ?? Number.POSITIVE_INFINITY) - (other.line ?? Number.POSITIVE_INFINITY)
}
