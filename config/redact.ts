import { isSection } from './path.ts'
import { childOf, type SchemaNode, schemaTree, variant } from './schema-node.ts'
import type { Config } from './types.ts'

/** The configuration as plain data that may be shown: every secret is `(set)` or `(not set)`. */
export function redactConfig(config: Config): Record<string, unknown> {
  const redacted = redact(schemaTree(), config)
  return isSection(redacted) ? redacted : {}
}

function redact(tree: SchemaNode, value: unknown): unknown {
  const node = variant(tree, value)
  if (typeof value === 'string') {
    if (node.writeOnly === true && node['x-shown'] !== true)
      return value === '' ? '(not set)' : '(set)'
    return withoutPassword(value)
  }
  if (Array.isArray(value)) return value.map((item) => redactChild(node, 0, item))
  if (!isSection(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, redactChild(node, key, child)]),
  )
}

/** What the schema does not know is not shown. */
function redactChild(node: SchemaNode, part: string | number, value: unknown): unknown {
  const child = childOf(node, part)
  return child === undefined ? '(hidden)' : redact(child, value)
}

/** An address is worth seeing, a password in it is not. */
function withoutPassword(text: string): string {
  return text
    .replace(/(:\/\/[^/\s:@]*):[^/\s]*@/g, '$1:(set)@')
    .replace(/([?&]password=)[^&\s]*/gi, '$1(set)')
}
