import { z } from 'zod'
import { idSchema, idsSchema, wordsOrOff } from './values.ts'

export const accessSchema = z
  .strictObject({
    dm: wordsOrOff('pairing', 'allowlist', 'open')
      .prefault('pairing')
      .describe(
        'Who may write in direct chats. `pairing`: a stranger gets a code that an owner approves; `allowlist`: only `allow` and `owners`; `open`: everybody; `off`: nobody.',
      ),
    groups: wordsOrOff('allowlist', 'open')
      .prefault('allowlist')
      .describe(
        'Which groups are served. `allowlist`: only chats in `allowChats` or approved; `open`: all; `off`: none.',
      ),
    mention: z
      .boolean()
      .default(true)
      .describe(
        'In groups the bot acts only when it is addressed: mentioned, replied to, or given a command.',
      ),
    allow: idsSchema.describe('Ids of people who may write without pairing.'),
    allowChats: idsSchema.describe('Ids of groups that are served.'),
    owners: idsSchema.describe(
      'Ids of people who may approve others and run owner commands, and who receive notices.',
    ),
    roles: idsSchema.describe('Ids of Discord roles whose members may write.'),
    bots: z
      .union([z.boolean().transform((isAllowed) => (isAllowed ? ['*'] : [])), z.array(idSchema)])
      .prefault([])
      .meta({ 'x-wanted': 'a list of ids, or true or false' })
      .describe('Ids of other bots that are listened to; `true` for all of them.'),
  })
  .prefault({})
  .describe('Who is answered on this channel.')
