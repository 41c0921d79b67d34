import { z } from 'zod'
import { isSection, type Path, valueAt } from './path.ts'
import { configSchema } from './schema.ts'

/** One place in the JSON Schema, the part of it that errors, documents and redaction read. */
export type SchemaNode = {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly minItems?: number
  /** A secret. */
  readonly writeOnly?: boolean
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly 'x-wanted'?: string
  readonly 'x-default'?: string
  readonly 'x-shown'?: boolean
}

/** The whole schema as the user writes to it, with our own `x-` notes. Takes about 15 ms. */
export function schemaTree(): SchemaNode {
  return z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode
}

/** The node for `path`; `value` is the whole value, which decides between the variants of a section by its `type`. */
export function nodeAt(tree: SchemaNode, path: Path, value: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = variant(tree, value)
  for (const [at, part] of path.entries()) {
    node = childOf(node, part)
    if (node === undefined) return undefined
    node = variant(node, valueAt(value, path.slice(0, at + 1)))
  }
  return node
}

/** The child of a section, a map or a list. */
export function childOf(node: SchemaNode, part: string | number): SchemaNode | undefined {
  if (typeof part === 'number') return node.items ?? node.anyOf?.find((one) => one.items)?.items
  if (node.properties !== undefined && Object.hasOwn(node.properties, part)) {
    return node.properties[part]
  }
  if (typeof node.additionalProperties === 'object') return node.additionalProperties
  const section = node.anyOf?.find((one) => one.type === 'object')
  return section === undefined ? undefined : childOf(section, part)
}

/** The variant of a `oneOf` that fits the value's `type`; the node itself where there is no choice or none fits. */
export function variant(node: SchemaNode, value: unknown): SchemaNode {
  if (node.oneOf === undefined) return node
  const type = isSection(value) ? value['type'] : undefined
  return node.oneOf.find((one) => one.properties?.['type']?.const === type) ?? node
}

/** Whether an empty value (`channels:` with nothing after it) is an empty section here. */
export function isSectionNode(node: SchemaNode): boolean {
  return node.type === 'object' || node.oneOf !== undefined
}

/** Calls `visit` for every key of `value` that the schema knows, section by section, with the value's own order. */
export function visitValues(
  tree: SchemaNode,
  value: unknown,
  visit: (node: SchemaNode, value: unknown, path: Path) => void,
  path: Path = [],
): void {
  const node = variant(tree, value)
  visit(node, value, path)
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, at) => [at, item])
    : isSection(value)
      ? Object.entries(value)
      : []
  for (const [part, child] of entries) {
    const childNode = childOf(node, part)
    if (childNode !== undefined) visitValues(childNode, child, visit, [...path, part])
  }
}
