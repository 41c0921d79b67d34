import { isSection } from './path.ts'
import type { SchemaNode } from './schema-node.ts'

/** What a key takes, in plain words: `a whole number from 0 to 65535`. */
export function wanted(node: SchemaNode): string {
  if (node['x-wanted'] !== undefined) return node['x-wanted']
  const words = choices(node)
  if (words !== undefined) return words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`
  if (node.oneOf !== undefined || node.type === 'object') return 'a section with keys of its own'
  if (node.anyOf !== undefined) return node.anyOf.map(wanted).join(' or ')
  if (node.type === 'array') return 'a list'
  if (node.type === 'boolean') return 'true or false'
  if (node.type === 'integer') return `a whole number${range(node)}`
  if (node.type === 'number') return `a number${range(node)}`
  if (node.pattern !== undefined || (node.minLength ?? 0) > 0) return 'text that is not empty'
  return 'text'
}

/** The words a key takes, where it takes only those. */
export function choices(node: SchemaNode): readonly string[] | undefined {
  if (node.const !== undefined) return [String(node.const)]
  if (node.enum !== undefined) return node.enum.map(String)
  const words = node.anyOf?.find((one) => one.enum !== undefined)?.enum
  const isWordsOnly = node.anyOf?.every((one) => one.enum !== undefined || one.const === false)
  return words !== undefined && isWordsOnly === true ? words.map(String) : undefined
}

function range(node: SchemaNode): string {
  const least = node.minimum
  const most = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`
  if (least !== undefined) return ` of at least ${least}`
  return most === undefined ? '' : ` of at most ${most}`
}

/** What was found, in one line. `isHidden`: the kind alone, for secrets and for what looks like one. */
export function seen(value: unknown, isHidden: boolean): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isSection(value)) return 'a section'
  if (typeof value === 'string') {
    if (value === '') return 'empty text'
    if (isHidden || looksSecret(value)) return 'text'
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  }
  if (isHidden) return typeof value === 'boolean' ? 'true or false' : 'a number'
  return String(value)
}

/** A token pasted into the wrong key is still a token; so is a password inside an address. */
function looksSecret(text: string): boolean {
  return /^(?=.*\d)(?=.*[A-Za-z])[\w.:+=-]{24,}$/.test(text) || /:\/\/[^/\s]*@/.test(text)
}
