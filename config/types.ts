import type { z } from 'zod'
import type { agentSchema } from './schema/agents.ts'
import type { channelSchema } from './schema/channels.ts'
import type { runtimeSchema } from './schema/runtimes.ts'
import type { configSchema } from './schema.ts'

/** The configuration as the rest of the program gets it: complete, frozen, paths absolute. */

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T

/** Everything filled in: no key is missing that has a default, `''` never stands for a default of paths or names. */
export type Config = Frozen<z.output<typeof configSchema>>

export type HttpConfig = Config['http']
export type LogLevel = Config['logLevel']

export type AgentConfig = Frozen<z.output<typeof agentSchema>>
export type RuntimeConfig = Frozen<z.output<typeof runtimeSchema>>

/** One account, told apart by `type`. */
export type ChannelConfig = Frozen<z.output<typeof channelSchema>>
