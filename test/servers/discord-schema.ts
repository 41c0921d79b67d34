import type {
  RESTPatchAPIChannelJSONBody,
  RESTPatchAPIChannelMessageJSONBody,
  RESTPostAPIApplicationCommandsJSONBody,
  RESTPostAPIChannelMessageJSONBody,
  RESTPostAPIChannelMessagesThreadsJSONBody,
  RESTPostAPIChannelThreadsJSONBody,
  RESTPostAPICurrentUserCreateDMChannelJSONBody,
  RESTPostAPIGuildForumThreadsJSONBody,
  RESTPostAPIInteractionCallbackJSONBody,
  RESTPostAPIWebhookWithTokenJSONBody,
} from 'discord.js'
import * as spec from 'discord-api-spec/zod'
import * as z from 'zod/mini'
import { DiscordFailure } from './discord-failure.ts'
import type { Operation } from './discord-operations.ts'

/** The bodies of those endpoints that take one, as they are after the check. */
export type Bodies = {
  create_dm: RESTPostAPICurrentUserCreateDMChannelJSONBody
  create_message: RESTPostAPIChannelMessageJSONBody
  update_message: RESTPatchAPIChannelMessageJSONBody
  update_channel: RESTPatchAPIChannelJSONBody
  create_thread_from_message: RESTPostAPIChannelMessagesThreadsJSONBody
  create_thread: RESTPostAPIChannelThreadsJSONBody | RESTPostAPIGuildForumThreadsJSONBody
  bulk_set_application_commands: RESTPostAPIApplicationCommandsJSONBody[]
  bulk_set_guild_application_commands: RESTPostAPIApplicationCommandsJSONBody[]
  create_interaction_response: RESTPostAPIInteractionCallbackJSONBody
  execute_webhook: RESTPostAPIWebhookWithTokenJSONBody
  update_webhook_message: RESTPatchAPIChannelMessageJSONBody
}

const commands = z.array(spec.ApplicationCommandUpdateRequestSchema)

const schemas: Readonly<Record<keyof Bodies, z.ZodMiniType>> = {
  create_dm: spec.CreatePrivateChannelRequestSchema,
  create_message: spec.MessageCreateRequestSchema,
  update_message: spec.MessageEditRequestPartialSchema,
  update_channel: spec.UpdateThreadRequestPartialSchema,
  create_thread_from_message: spec.CreateTextThreadWithMessageRequestSchema,
  create_thread: z.union([
    spec.CreateForumThreadRequestSchema,
    spec.CreateTextThreadWithoutMessageRequestSchema,
  ]),
  bulk_set_application_commands: commands,
  bulk_set_guild_application_commands: commands,
  create_interaction_response: z.union([
    spec.PongInteractionCallbackRequestSchema,
    spec.CreateMessageInteractionCallbackRequestSchema,
    spec.UpdateMessageInteractionCallbackRequestSchema,
    spec.ApplicationCommandAutocompleteCallbackRequestSchema,
    spec.ModalInteractionCallbackRequestSchema,
  ]),
  execute_webhook: spec.IncomingWebhookRequestPartialSchema,
  update_webhook_message: spec.IncomingWebhookUpdateRequestPartialSchema,
}

/**
 * What discord.js adds by itself and the document leaves out: the flags of a new message on an edit and on
 * answers to interactions, and the `nsfw` of commands, which the platform takes.
 */
const tolerated = /(^|\.)(tts|nonce|enforce_nonce|nsfw)$/
/** discord.js names the type of a thread even where the message decides it. */
const toleratedIn: Partial<Record<Operation, string>> = { create_thread_from_message: 'type' }

/** Checks a body against the official schema: throws 50035, returns the keys it does not know. */
export function checkBody(operation: Operation, body: unknown): string[] {
  if (!hasBody(operation)) return body === undefined ? [] : ['(there is to be no body)']
  const result = schemas[operation].safeParse(adapted(operation, body))
  if (!result.success) throw new DiscordFailure(50035, { errors: errorTree(result.error.issues) })
  return unknownKeys(adapted(operation, body), result.data).filter(
    (key) => !tolerated.test(key) && key !== toleratedIn[operation],
  )
}

/** Whether this is the body of that endpoint; it must have passed `checkBody`. */
export function isBodyOf<O extends keyof Bodies>(operation: O, body: unknown): body is Bodies[O] {
  return hasBody(operation) && typeof body === 'object' && body !== null
}

function hasBody(operation: Operation): operation is keyof Bodies {
  return Object.hasOwn(schemas, operation)
}

/** The document says number where the platform, and discord.js, write permissions as text; and knows no forwards. */
function adapted(operation: Operation, body: unknown): unknown {
  if (operation === 'create_message') {
    const reference: unknown = Reflect.get(Object(body), 'message_reference')
    if (Reflect.get(Object(reference), 'type') !== 1) return body
    return { ...Object(body), message_reference: { ...Object(reference), type: 0 } }
  }
  if (!operation.startsWith('bulk_set') || !Array.isArray(body)) return body
  return body.map((one: object) => {
    const bits: unknown = Reflect.get(one, 'default_member_permissions')
    return typeof bits === 'string' ? { ...one, default_member_permissions: Number(bits) } : one
  })
}

/** What stands in the input and not in what the schema kept of it, as paths. */
function unknownKeys(input: unknown, kept: unknown, path = ''): string[] {
  if (typeof input !== 'object' || input === null) return []
  if (typeof kept !== 'object' || kept === null) return []
  return Object.keys(input).flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`
    if (!Object.hasOwn(kept, key)) return Reflect.get(input, key) === undefined ? [] : [at]
    return unknownKeys(Reflect.get(input, key), Reflect.get(kept, key), at)
  })
}

const answers: Partial<Record<Operation, z.ZodMiniType>> = {
  get_bot_gateway: spec.GatewayBotResponseSchema,
  get_user: spec.UserResponseSchema,
  get_my_application: spec.PrivateApplicationResponseSchema,
  get_my_oauth2_application: spec.PrivateApplicationResponseSchema,
  create_dm: spec.PrivateChannelResponseSchema,
  get_channel: z.union([
    spec.GuildChannelResponseSchema,
    spec.PrivateChannelResponseSchema,
    spec.ThreadResponseSchema,
  ]),
  list_messages: z.array(spec.MessageResponseSchema),
  get_message: spec.MessageResponseSchema,
  create_message: spec.MessageResponseSchema,
  update_message: spec.MessageResponseSchema,
  create_thread: spec.ThreadResponseSchema,
  create_thread_from_message: spec.ThreadResponseSchema,
  get_active_guild_threads: spec.ThreadsResponseSchema,
  list_guild_channels: z.array(spec.GuildChannelResponseSchema),
  list_application_commands: z.array(spec.ApplicationCommandResponseSchema),
  bulk_set_application_commands: z.array(spec.ApplicationCommandResponseSchema),
  create_interaction_response: z.union([spec.InteractionCallbackResponseSchema, z.undefined()]),
  execute_webhook: spec.MessageResponseSchema,
  update_webhook_message: spec.MessageResponseSchema,
}

/** Events that carry what the document describes as an answer. */
const events: Partial<Record<string, z.ZodMiniType>> = {
  MESSAGE_CREATE: spec.MessageResponseSchema,
  MESSAGE_UPDATE: spec.MessageResponseSchema,
  THREAD_CREATE: spec.ThreadResponseSchema,
  THREAD_UPDATE: spec.ThreadResponseSchema,
  CHANNEL_CREATE: spec.GuildChannelResponseSchema,
  CHANNEL_UPDATE: spec.GuildChannelResponseSchema,
}

/** What is wrong with an answer of this server, by the official schema. */
export function answerProblem(operation: Operation, body: unknown): string | undefined {
  return problemOf(answers[operation], body)
}

/** What is wrong with an event of this server. */
export function eventProblem(event: string, data: unknown): string | undefined {
  return problemOf(events[event], data)
}

function problemOf(schema: z.ZodMiniType | undefined, value: unknown): string | undefined {
  const result = schema?.safeParse(adaptedAnswer(value))
  if (!result || result.success) return undefined
  return result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

/** The package's times end in Z, where the platform's have an offset, and it knows no forwards (type 1). */
function adaptedAnswer(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return value.replace(/(:\d\d\.\d+)\+00:00$/, '$1Z')
  if (Array.isArray(value)) return value.map((one) => adaptedAnswer(one))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, one]) => [name, adaptedAnswer(one, name)])
  return { ...Object.fromEntries(entries), ...(key === 'message_reference' ? { type: 0 } : {}) }
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

/** Issues as Discord nests them: fields by name, with the messages under `_errors`. */
function errorTree(issues: readonly Issue[]): object {
  const tree: Record<string, unknown> = {}
  for (const { path, message } of issues) {
    let place = tree
    for (const key of path) {
      const inner = { ...Object(place[String(key)]) }
      place[String(key)] = inner
      place = inner
    }
    place['_errors'] = [{ code: 'BASE_TYPE_INVALID', message }]
  }
  return tree
}
