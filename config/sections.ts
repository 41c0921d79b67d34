import type { z } from 'zod'
import { isSection } from './path.ts'
import { agentSchema } from './schema/agents.ts'
import { channelSchema } from './schema/channels.ts'
import { configSchema, identitySchema, routeSchema } from './schema.ts'

const { http, heartbeat, notify, defaultAgent } = configSchema.shape

type Named<Schema extends z.ZodType> = readonly (readonly [string, z.output<Schema> | undefined])[]
type Numbered<Schema extends z.ZodType> = readonly (z.output<Schema> | undefined)[]

/** The parts of a configuration that refer to each other. A part with an error of its own is undefined. */
export type Sections = {
  readonly http: z.output<typeof http> | undefined
  readonly heartbeat: z.output<typeof heartbeat> | undefined
  readonly notify: z.output<typeof notify> | undefined
  readonly defaultAgent: string | undefined
  readonly agents: Named<typeof agentSchema>
  readonly channels: Named<typeof channelSchema>
  readonly routes: Numbered<typeof routeSchema>
  readonly identities: Numbered<typeof identitySchema>
}

/** Parses each part alone, so that one mistake does not hide the next from the checks between parts. */
export function readSections(value: Record<string, unknown>): Sections {
  return {
    http: parseSound(http, value['http']),
    heartbeat: parseSound(heartbeat, value['heartbeat']),
    notify: parseSound(notify, value['notify']),
    defaultAgent: defaultAgent.safeParse(value['defaultAgent']).data,
    agents: named(agentSchema, value['agents'] ?? { main: {} }),
    channels: named(channelSchema, value['channels'] ?? {}),
    routes: numbered(routeSchema, value['routes'] ?? []),
    identities: numbered(identitySchema, value['identities'] ?? []),
  }
}

function named<Schema extends z.ZodType>(schema: Schema, value: unknown): Named<Schema> {
  if (!isSection(value)) return []
  return Object.entries(value).map(([name, one]) => [name, parseSound(schema, one)])
}

function numbered<Schema extends z.ZodType>(schema: Schema, value: unknown): Numbered<Schema> {
  return Array.isArray(value) ? value.map((one) => parseSound(schema, one)) : []
}

/** What remains of a section without the keys that are wrong; undefined when one of them is required. */
function parseSound<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> | undefined {
  const first = schema.safeParse(value)
  if (first.success || !isSection(value)) return first.data
  const sound = structuredClone(value)
  for (const issue of first.error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    for (const key of keys) remove(sound, key === undefined ? issue.path : [...issue.path, key])
  }
  return schema.safeParse(sound).data
}

/** Removes a key; for an entry of a list the whole list, so that no entry changes its number. */
function remove(section: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const [key, next, ...rest] = path
  if (typeof key !== 'string') return
  const child = section[key]
  if (next !== undefined && isSection(child)) remove(child, [next, ...rest])
  else delete section[key]
}
