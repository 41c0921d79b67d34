import { isSection } from './path.ts'
import { schemaTree } from './schema-node.ts'

/** JSON Schema (draft 2020-12) of the file, for editors and `jackdaw config schema`. Secrets are `writeOnly`. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = withoutNotes(schemaTree())
  return { ...(isSection(schema) ? schema : {}), title: 'Jackdaw configuration' }
}

/** Our own notes begin with `x-`; strict validators refuse words they do not know. */
function withoutNotes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNotes)
  if (!isSection(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, child]) => [key, withoutNotes(child)]),
  )
}
