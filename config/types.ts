import type { z } from 'zod'
import type { accessSchema } from './schema/access.ts'
import type { agentSchema } from './schema/agents.ts'
import type {
  channelSchema,
  discordSchema,
  signalSchema,
  telegramSchema,
  webSchema,
} from './schema/channels.ts'
import type {
  acpRuntimeSchema,
  autoRuntimeSchema,
  echoRuntimeSchema,
  openaiRuntimeSchema,
  opencodeRuntimeSchema,
  runtimeSchema,
} from './schema/runtimes.ts'
import type { configSchema, identitySchema, routeSchema } from './schema.ts'

/** The configuration as the rest of the program gets it: complete, frozen, paths absolute. */

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T

/** Everything filled in: no key is missing that has a default, `''` never stands for a default of paths or names. */
export type Config = Frozen<z.output<typeof configSchema>>

export type HttpConfig = Config['http']
export type StorageConfig = Config['storage']
export type QueueConfig = Config['queue']
export type SessionsConfig = Config['sessions']
export type MediaConfig = Config['media']
export type HeartbeatConfig = Config['heartbeat']
export type BudgetConfig = Config['budget']
export type PricesConfig = Config['prices']
export type NotifyConfig = NonNullable<Config['notify']>
export type LogLevel = Config['logLevel']

export type RouteConfig = Frozen<z.output<typeof routeSchema>>
export type IdentityConfig = Frozen<z.output<typeof identitySchema>>

export type AgentConfig = Frozen<z.output<typeof agentSchema>>
export type RuntimeConfig = Frozen<z.output<typeof runtimeSchema>>
export type AutoRuntimeConfig = Frozen<z.output<typeof autoRuntimeSchema>>
export type EchoRuntimeConfig = Frozen<z.output<typeof echoRuntimeSchema>>
export type OpenaiRuntimeConfig = Frozen<z.output<typeof openaiRuntimeSchema>>
export type OpencodeRuntimeConfig = Frozen<z.output<typeof opencodeRuntimeSchema>>
export type AcpRuntimeConfig = Frozen<z.output<typeof acpRuntimeSchema>>

/** One account, told apart by `type`. */
export type ChannelConfig = Frozen<z.output<typeof channelSchema>>
export type TelegramConfig = Frozen<z.output<typeof telegramSchema>>
export type DiscordConfig = Frozen<z.output<typeof discordSchema>>
export type SignalConfig = Frozen<z.output<typeof signalSchema>>
export type WebConfig = Frozen<z.output<typeof webSchema>>
export type AccessConfig = Frozen<z.output<typeof accessSchema>>
export type LimitsConfig = ChannelConfig['limits']

/** What the file may hold before defaults, as an editor or a test writes it. */
export type ConfigInput = z.input<typeof configSchema>
