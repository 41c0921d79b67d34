import { z } from 'zod'
import { accessSchema } from './access.ts'
import { nameSchema, requiredSecretSchema, urlSchema, wordsOrOff } from './values.ts'

const enabledSchema = z
  .boolean()
  .default(true)
  .describe('Whether the channel runs. A channel that does not run may name unset variables.')

const perSecondSchema = z.number().min(0).max(1000).default(0)

const limitsSchema = z
  .strictObject({
    perSecond: perSecondSchema.describe('Messages per second over all chats; 0 = no limit.'),
    perChatPerSecond: perSecondSchema.describe('Messages per second in one chat; 0 = no limit.'),
  })
  .prefault({})
  .describe(
    'Limits kept without being asked. Off by default: what the platform asks for is always obeyed.',
  )

const telegramSchema = z.strictObject({
  type: z.literal('telegram').describe('A Telegram bot.'),
  enabled: enabledSchema,
  token: requiredSecretSchema.describe('The token that @BotFather gave the bot.'),
  apiRoot: urlSchema
    .prefault('https://api.telegram.org')
    .describe('Address of the Bot API server.'),
  stream: wordsOrOff('draft', 'edit')
    .prefault('draft')
    .describe(
      'How an answer is shown while it is written. `draft`: as a draft in private chats, by editing elsewhere; `edit`: by editing one message; `off`: not at all.',
    ),
  webhook: z
    .strictObject({
      path: z
        .string()
        .regex(/^(\/[A-Za-z0-9._~-]+)*$/)
        .default('')
        .meta({
          'x-wanted': 'a path such as /webhooks/telegram',
          'x-default': '`/webhooks/<channel>`',
        })
        .describe('Path under `http.publicUrl` that Telegram calls.'),
      secret: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,256}$/)
        .meta({ writeOnly: true, 'x-wanted': '1 to 256 letters, digits, _ or -' })
        .describe('What Telegram sends along, so that nobody else can call the path.'),
    })
    .optional()
    .describe('Take updates by webhook instead of polling. Needs `http.publicUrl`.'),
  access: accessSchema,
  limits: limitsSchema,
})

const discordSchema = z.strictObject({
  type: z.literal('discord').describe('A Discord bot.'),
  enabled: enabledSchema,
  token: requiredSecretSchema.describe('The bot token from the Discord developer portal.'),
  apiRoot: urlSchema.prefault('https://discord.com/api').describe('Address of the Discord API.'),
  stream: wordsOrOff('edit')
    .prefault('edit')
    .describe('Show an answer while it is written by editing one message, or `off`.'),
  autoThread: z
    .boolean()
    .default(false)
    .describe('Answer a mention in a server channel in a thread of its own.'),
  access: accessSchema,
  limits: limitsSchema,
})

const signalSchema = z.strictObject({
  type: z.literal('signal').describe('A Signal account behind signal-cli-rest-api.'),
  enabled: enabledSchema,
  url: urlSchema
    .prefault('http://127.0.0.1:8080')
    .describe('Address of signal-cli-rest-api, which must run with MODE=json-rpc.'),
  account: z.string().min(1).describe('Phone number of the account, in quotes: "+4915112345678".'),
  webhook: z
    .strictObject({
      secret: requiredSecretSchema.describe('What the caller must send along, as `?secret=`.'),
      port: z
        .int()
        .min(1)
        .max(65_535)
        .default(7701)
        .describe(
          'Where the spool takes posts, at `/webhooks/<channel>`; without a spool the gateway itself takes them there.',
        ),
    })
    .optional()
    .describe('Also take messages that signal-cli-rest-api posts (RECEIVE_WEBHOOK_URL).'),
  spool: wordsOrOff('child', 'external')
    .prefault('child')
    .describe(
      'Who keeps received messages safe until they are stored. `child`: a process the gateway starts; `external`: `jackdaw signal-spool` run by you; `off`: nobody.',
    ),
  access: accessSchema,
  limits: limitsSchema,
})

const webSchema = z.strictObject({
  type: z.literal('web').describe('The page the gateway serves itself.'),
  enabled: enabledSchema,
  limits: limitsSchema,
})

export const channelSchema = z.discriminatedUnion('type', [
  telegramSchema,
  discordSchema,
  signalSchema,
  webSchema,
])

export const channelsSchema = z
  .record(nameSchema, channelSchema)
  .prefault({})
  .describe(
    'Accounts on chat platforms, by a name of your choice. The web page is always there as `web`, unless it has `enabled: false`.',
  )
