import { z } from 'zod'
import { agentsSchema } from './schema/agents.ts'
import { budgetSchema, pricesSchema } from './schema/budget.ts'
import { channelsSchema } from './schema/channels.ts'
import { heartbeatSchema } from './schema/heartbeat.ts'
import { httpSchema } from './schema/http.ts'
import { queueSchema } from './schema/queue.ts'
import {
  idSchema,
  isTimeZone,
  maxMs,
  nameSchema,
  secretSchema,
  timeOfDaySchema,
  urlSchema,
} from './schema/values.ts'

const daysSchema = z.int().min(0).max(36_500)

export const routeSchema = z.strictObject({
  channel: nameSchema.describe('Name of a channel.'),
  chat: idSchema.optional().describe('Id of one chat; absent: every chat of the channel.'),
  thread: idSchema.optional().describe('Id of one topic or thread inside `chat`.'),
  agent: nameSchema.describe('Agent that answers there.'),
})

export const identitySchema = z.strictObject({
  name: z.string().min(1).describe('Name of the person.'),
  ids: z
    .array(
      z
        .string()
        .regex(/^[^:\s]+:\S+$/)
        .meta({ 'x-wanted': 'text such as telegram:123' }),
    )
    .min(1)
    .meta({ 'x-wanted': 'a list such as [telegram:123, discord:456]' })
    .describe('The ids of the person, each as `channel:id`.'),
})

const mediaSchema = z
  .strictObject({
    maxBytes: z
      .int()
      .min(1)
      .max(2 ** 32)
      .default(26_214_400)
      .describe('Largest attachment that is fetched, in bytes.'),
    retentionDays: daysSchema.default(30).describe('Days attachments are kept; 0 = for ever.'),
    transcribe: z
      .strictObject({
        baseUrl: urlSchema.describe('Address of an OpenAI-compatible endpoint, with its `/v1`.'),
        apiKey: secretSchema.default('').describe('Key for the endpoint.'),
        model: z.string().min(1).describe('Name of the model.'),
      })
      .optional()
      .describe('Turns voice messages into text.'),
  })
  .prefault({})
  .describe('Attachments.')

const sessionsSchema = z
  .strictObject({
    reset: z
      .strictObject({
        idleMinutes: z
          .int()
          .min(0)
          .max(5_256_000)
          .default(0)
          .describe('A session starts afresh after this long without a message; 0 = never.'),
        dailyAt: z
          .union([timeOfDaySchema, z.literal('')])
          .prefault('')
          .meta({ 'x-wanted': 'a time of day such as "04:00", or nothing' })
          .describe('A session starts afresh at this time of day, in `timezone`; empty = never.'),
      })
      .prefault({})
      .describe('When a session starts afresh by itself.'),
  })
  .prefault({})
  .describe('Memory of conversations.')

/** The whole file. Paths, names and combinations that zod cannot see are checked in combinations.ts. */
export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder for the database, the attachments and the generated token.'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least important messages that are logged.'),
  timezone: z
    .string()
    .refine((name) => name === '' || isTimeZone(name))
    .default('')
    .meta({ 'x-wanted': 'a time zone such as Europe/Berlin', 'x-default': "the host's" })
    .describe('For jobs, the heartbeat, active hours and display.'),
  http: httpSchema,
  storage: z
    .strictObject({
      url: z
        .string()
        .regex(/^$|^sqlite:.+|^postgres(ql)?:\/\/.+/)
        .default('')
        .meta({
          writeOnly: true,
          'x-shown': true,
          'x-wanted': 'sqlite:FILE or postgres://…',
          'x-default': '`sqlite:<dataDir>/jackdaw.db`',
        })
        .describe('Where everything is kept: `sqlite:FILE` or `postgres://…`.'),
    })
    .prefault({})
    .describe('The database.'),
  defaultAgent: nameSchema.default('main').describe('Agent for chats that no route names.'),
  agents: agentsSchema,
  channels: channelsSchema,
  routes: z
    .array(routeSchema)
    .prefault([])
    .describe('Which agent answers where. The first match wins.'),
  queue: queueSchema,
  sessions: sessionsSchema,
  media: mediaSchema,
  heartbeat: heartbeatSchema,
  budget: budgetSchema,
  prices: pricesSchema,
  identities: z
    .array(identitySchema)
    .prefault([])
    .describe('People who write on several channels.'),
  notify: z
    .strictObject({
      channel: nameSchema.describe('Name of a channel.'),
      chat: idSchema.describe('Id of the chat.'),
      thread: idSchema.optional().describe('Id of a topic or thread inside the chat.'),
    })
    .optional()
    .describe('Where notices go, instead of the first owner with a live direct chat.'),
  shutdown: z
    .strictObject({
      graceMs: z
        .int()
        .min(0)
        .max(maxMs)
        .default(25_000)
        .describe('Time running runs get to finish when the gateway stops, in milliseconds.'),
    })
    .prefault({})
    .describe('Stopping.'),
  retention: z
    .strictObject({
      days: daysSchema
        .default(90)
        .describe('Days that runs, events, messages and deliveries are kept; 0 = for ever.'),
    })
    .prefault({})
    .describe('How long the past is kept.'),
})
