import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { formatPath, isSection, type Path, valueAt } from './path.ts'
import { childOf, nodeAt, type SchemaNode, variant } from './schema-node.ts'
import type { Substitution } from './substitute.ts'
import { choices, seen, wanted } from './wording.ts'

type Issue = z.core.$ZodIssue
type Finding = { readonly path: Path; readonly text: string }

/** What surrounds the issues: the schema, the value that was parsed, and what variables put into it. */
export type IssueContext = {
  readonly tree: SchemaNode
  readonly value: unknown
  readonly variables: ReadonlyMap<string, Substitution>
}

/** Words every issue for people. A value under a secret key, or from a variable, is never quoted. */
export function wordIssues(issues: readonly Issue[], context: IssueContext): Finding[] {
  const findings = issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: wordUnknownKey(path, key, context),
      }))
    }
    if (issue.code === 'invalid_key') {
      return [{ path, text: 'this name cannot be used. A name has letters, digits, - and _.' }]
    }
    return [{ path, text: wordValue(path, context) }]
  })
  return [...new Map(findings.map((one) => [formatPath(one.path), one])).values()]
}

function wordValue(path: Path, { tree, value, variables }: IssueContext): string {
  const found = valueAt(value, path)
  const types = typesAt(path, tree, value)
  const node = types === undefined ? nodeAt(tree, path, value) : { enum: types }
  const want = node === undefined ? 'something else' : wanted(node)
  if (found === undefined) return `is missing, wanted ${want}.${exampleOf(node)}`
  const variable = variables.get(formatPath(path))
  if (variable !== undefined) {
    const names = variable.names.map((name) => `\${${name}}`).join(' and ')
    return `saw ${seen(found, true)} from ${names}, wanted ${want}. Set ${names} to that.`
  }
  const isSectionWanted = node?.type === 'object' || node?.oneOf !== undefined
  const isHidden = node?.writeOnly === true || isSectionWanted
  return `saw ${seen(found, isHidden)}, wanted ${want}.${remedy(found, node)}`
}

/** The variants a section with a `type` has, for the path of that `type`. */
function typesAt(path: Path, tree: SchemaNode, value: unknown): readonly string[] | undefined {
  if (path.at(-1) !== 'type') return undefined
  const section = path.slice(0, -1)
  const parent = nodeAt(tree, section.slice(0, -1), value)
  const node = parent && childOf(parent, section.at(-1) ?? '')
  return node?.oneOf?.map((one) => String(one.properties?.['type']?.const))
}

function remedy(found: unknown, node: SchemaNode | undefined): string {
  if (node === undefined) return ''
  if (found === null) return ' Write a value, or delete the key.'
  if (node.writeOnly === true && found === '(set)') {
    return ' "(set)" only says that there is one. Leave the key out, or write the secret itself.'
  }
  const takesText = node.type === 'string' || node.anyOf?.some((one) => one.type === 'string')
  const isTooLarge = typeof found === 'bigint' || (typeof found === 'number' && !isExact(found))
  if (takesText && isTooLarge) {
    return ' The number is too large to be read exactly. Put it in quotes.'
  }
  const words = choices(node)
  if (words !== undefined && typeof found === 'string') {
    const near = nearest(found, words)
    if (near !== undefined) return ` Did you mean "${near}"?`
  }
  const isScalar = typeof found !== 'object'
  if (node.type === 'string' && typeof found !== 'string' && isScalar) {
    return fits(String(found), node) ? ' Put it in quotes.' : ''
  }
  if (node.type === 'array' && isScalar) return ' Put it in [ ].'
  if (typeof found !== 'string') return ''
  const isNumber = node.type === 'integer' || node.type === 'number'
  if (isNumber && /^-?\d+(\.\d+)?$/.test(found)) return ' Delete the quotes.'
  if (node.type !== 'boolean') return ''
  if (/^(true|false)$/.test(found)) return ' Delete the quotes.'
  if (/^(yes|on)$/i.test(found)) return ' Write true.'
  return /^(no|off)$/i.test(found) ? ' Write false.' : ''
}

/** Whether the words would be right as text. */
function fits(text: string, node: SchemaNode): boolean {
  if (node.pattern === undefined) return node['x-wanted'] === undefined
  return new RegExp(node.pattern).test(text)
}

function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

function exampleOf(node: SchemaNode | undefined): string {
  return node?.writeOnly === true ? ` Write it, or name a variable: \${NAME}.` : ''
}

function wordUnknownKey(path: Path, key: string, { tree, value }: IssueContext): string {
  const section = nodeAt(tree, path, value)
  const keys = Object.keys(section?.properties ?? {})
  const near = nearest(key, keys)
  if (near !== undefined) return `there is no such key. Did you mean "${near}"?`
  const type = typeElsewhere(path, key, tree, value)
  if (type !== undefined) return `there is no such key here; it belongs to type ${type}.`
  const elsewhere = path.length === 0 ? sectionsWith(key, tree) : []
  if (elsewhere.length === 1) return `there is no such key. Did you mean ${elsewhere[0]}.${key}?`
  return `there is no such key. Known here: ${keys.join(', ')}.`
}

/** The variant of the same section that has the key, as `maxSteps` belongs to `openai`. */
function typeElsewhere(path: Path, key: string, tree: SchemaNode, value: unknown) {
  const last = path.at(-1)
  const parent = nodeAt(tree, path.slice(0, -1), value)
  if (last === undefined || parent === undefined) return undefined
  const node = childOf(parent, last)
  if (node?.oneOf === undefined || !isSection(valueAt(value, path))) return undefined
  const owners = node.oneOf.filter((one) => one.properties?.[key] !== undefined)
  return owners.length === 0
    ? undefined
    : owners.map((one) => String(one.properties?.['type']?.const)).join(' or ')
}

function sectionsWith(key: string, tree: SchemaNode): string[] {
  return Object.entries(variant(tree, undefined).properties ?? {}).flatMap(([name, node]) =>
    node.properties?.[key] === undefined ? [] : [name],
  )
}
