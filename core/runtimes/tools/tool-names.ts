import { createHash } from 'node:crypto'
import { oneLine } from '../one-line.ts'
import type { ToolDefinition } from './tool-connection.ts'

/** What every model takes for a name. */
const maxName = 64
const maxTitle = 60
const maxArgument = 60

/** The name under which a model calls a tool: its server's before its own, so that servers cannot cover each other. */
export function toolName(server: string, tool: string): string {
  const name = `${server}_${tool}`
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
  if (plain === name && plain.length <= maxName) return plain
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${plain.slice(0, maxName - mark.length - 1)}_${mark}`
}

/** A tool as people know it: its title, or its name in words. */
export function toolTitle({ title, annotations, name }: ToolDefinition): string {
  const given = oneLine(title ?? annotations?.title ?? '', maxTitle)
  if (given) return given
  const words = oneLine(
    name.replaceAll(/[_\-./]+/g, ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2'),
    maxTitle,
  ).toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What a call does, in a few words: the tool, and the first thing it is told where that is short. */
export function callTitle(title: string, input: unknown): string {
  const values = typeof input === 'object' && input !== null ? Object.values(input) : []
  const first = values.find((value) => typeof value === 'string' && value.trim() !== '')
  const said = typeof first === 'string' ? oneLine(first, maxArgument) : ''
  return said ? `${title}: ${said}` : title
}
