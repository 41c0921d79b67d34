import { restartKeys } from './diff.ts'
import { inactiveFeatures } from './inactive.ts'
import { isSection } from './path.ts'
import { referenceExample } from './reference-example.ts'
import { type SchemaNode, schemaTree } from './schema-node.ts'
import { wanted } from './wording.ts'

/** The text of docs/configuration.md, made from the schema. Pure. */
export function configurationDocs(): string {
  const tree = schemaTree()
  const entries = Object.entries(tree.properties ?? {})
  const plain = entries.filter(([, node]) => !isTabled(node))
  const sections = entries.filter(([, node]) => isTabled(node))
  return [
    introduction,
    '## Example',
    ['```yaml', referenceExample.trim(), '```'].join('\n'),
    '## Top level',
    table(plain.map(([key, node]) => row(key, node, tree.required))),
    ...sections.flatMap(([key, node]) => section(key, node)),
    '## Accepted, not active yet',
    'These keys are checked like all others, but nothing acts on them in this version. The gateway says at start which of them a file sets.',
    inactiveTable(),
    '## Environment variables',
    variableTable(),
    '## Exit code',
    '78 means that the configuration cannot be used: the file is missing or not YAML, or has one of the mistakes above.',
  ]
    .join('\n\n')
    .concat('\n')
}

const introduction = `# Configuration

<!-- Made from the schema by \`npm run docs\`. Change the descriptions in config/schema, not this file. -->

One YAML file. It is looked for in this order: \`--config FILE\`, \`$JACKDAW_CONFIG\`, \`./jackdaw.yaml\`, \`~/.config/jackdaw/jackdaw.yaml\`. Without a file the defaults below apply.

- **Variables.** \`\${NAME}\` and \`\${NAME:-default}\` in any value take environment variables; the default also stands for an empty one. A variable that is not set and has no default is an error, except in a channel with \`enabled: false\`. Where a key takes a number or \`true\`, a value that is one variable may hold it. For the characters themselves write \`$\${\`.
- **Paths** are relative to the file's folder, without a file to the working directory. \`~/\` is the home directory, and in all but \`dataDir\` itself \`<dataDir>/\` is that folder.
- **Ids** are text or whole numbers. Numbers above 9007199254740991, such as most ids of Discord, need quotes.
- **\`off\`** is a word; \`false\` means the same where \`off\` is allowed.
- **Mistakes.** Unknown keys, wrong types and contradictions are listed all at once, each with its line, and the exit code is 78. Secrets are never shown. \`jackdaw config check\` does nothing else.
- **Changes** of the file apply without a restart, except those of ${allOf(restartKeys)}. A change with a mistake is refused, and what was running goes on. Comments stay when the program edits the file.
- **Editors** check the file with the JSON Schema that \`jackdaw config schema\` prints.`

function allOf(keys: readonly string[]): string {
  const quoted = keys.map((key) => `\`${key}\``)
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}

type Row = readonly string[]

/** Keys that read better as a table of their own than as rows of the one around them. */
const ownTables = ['access']

function isTabled(node: SchemaNode): boolean {
  return node.type === 'object' || node.items?.type === 'object'
}

function section(name: string, node: SchemaNode, level = '##'): string[] {
  const title = [`${level} ${name}`, sentence(node)].filter((line) => line !== '')
  if (node.items !== undefined)
    return [...title, 'A list, each entry with:', sectionTable(node.items)]
  const entry = isSection(node.additionalProperties) ? node.additionalProperties : undefined
  if (entry === undefined) return [...title, sectionTable(node)]
  if (entry.oneOf !== undefined) return [...title, ...variants(`${name}.<name>`, entry, level)]
  const nested = Object.entries(entry.properties ?? {}).flatMap(([key, child]) =>
    child.oneOf === undefined ? [] : variants(`${name}.<name>.${key}`, child, level),
  )
  return [...title, `Each entry, \`${name}.<name>\`:`, sectionTable(entry), ...nested]
}

function variants(path: string, node: SchemaNode, level: string): string[] {
  const own = new Map<string, SchemaNode>()
  const tables = (node.oneOf ?? []).flatMap((one) => {
    const { type, ...rest } = one.properties ?? {}
    for (const key of ownTables) if (rest[key] !== undefined) own.set(key, rest[key])
    const title = `${level}# \`${path}\` with \`type: ${String(type?.const)}\``
    const keys = Object.keys(rest)
    const body = keys.length === 0 ? [] : [sectionTable({ ...one, properties: rest })]
    return [title, type?.description ?? '', ...body]
  })
  return [
    ...tables,
    ...[...own].flatMap(([key, one]) => section(`\`${path}.${key}\``, one, `${level}#`)),
  ]
}

function sectionTable(node: SchemaNode): string {
  return table(rows(node, ''))
}

function rows(node: SchemaNode, prefix: string): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`
    const isNested = child.properties !== undefined && !ownTables.includes(key)
    if (isNested) return [row(path, child, node.required), ...rows(child, `${path}.`)]
    const entry = isSection(child.additionalProperties) ? child.additionalProperties : undefined
    const below = entry === undefined ? [] : rows(entry, `${path}.<name>.`)
    return [row(path, child, node.required), ...below]
  })
}

function row(path: string, node: SchemaNode, required: readonly string[] | undefined): Row {
  const key = path.slice(path.lastIndexOf('.') + 1)
  return [
    `\`${path}\``,
    typeOf(node),
    defaultOf(node, required?.includes(key) ?? false),
    sentence(node),
  ]
}

function table(rows: readonly Row[], head: Row = ['key', 'type', 'default', 'meaning']): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)))
  const format = (cells: readonly string[], fill: string) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width, fill)).join(' | ')} |`
  const [first = [], ...rest] = lines
  return [format(first, ' '), format([], '-'), ...rest.map((line) => format(line, ' '))].join('\n')
}

function typeOf(node: SchemaNode): string {
  if (node.properties !== undefined || node.oneOf !== undefined) return 'section'
  if (isSection(node.additionalProperties)) return 'section, by name'
  const type = node.type === 'array' ? listOf(node) : wanted(node)
  return node.writeOnly === true ? `${type} (secret)` : type
}

function listOf(node: SchemaNode): string {
  if (node['x-wanted'] !== undefined || node.items === undefined) return wanted(node)
  return `list, each ${wanted(node.items)}`
}

function defaultOf(node: SchemaNode, isRequired: boolean): string {
  if (isRequired) return '**required**'
  if (node['x-default'] !== undefined) return node['x-default']
  if (node.default === undefined) return 'not set'
  if (node.oneOf !== undefined) return `\`${JSON.stringify(node.default)}\``
  if (node.properties !== undefined) return ''
  if (node.default === '') return 'empty'
  if (isSection(node.default)) return 'none'
  if (Array.isArray(node.default)) return 'empty'
  return `\`${String(node.default)}\``
}

function sentence(node: SchemaNode): string {
  return node.description ?? ''
}

function inactiveTable(): string {
  const lines = inactiveFeatures.map(({ keys, value, feature }) => [
    `\`${keys.replaceAll('*', '<name>')}\``,
    value ?? 'any',
    feature,
  ])
  return table(lines, ['key', 'value', 'what it will do'])
}

function variableTable(): string {
  const lines = [
    ['`JACKDAW_CONFIG`', 'The file to use when there is no `--config`.'],
    ['`JACKDAW_TOKEN`', '`http.token`, when the file does not set that key.'],
    ['any other', `Only where the file names it as \`\${NAME}\`.`],
  ]
  return table(lines, ['variable', 'meaning'])
}
