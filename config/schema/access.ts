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
        'Which groups are served. `allowlist`: only those in `allowChats` and those an owner allows, who is asked when the bot is added to a group or first addressed in one; `open`: all; `off`: none.',
      ),
    mention: z
      .boolean()
      .default(true)
      .describe(
        'In groups the bot acts only when it is addressed: mentioned, replied to, or given a command. Owners choose otherwise for one chat with `/mention off`.',
      ),
    allow: idsSchema.describe(
      'Ids of people who may write without pairing. In a group that is served everybody may write, unless `roles` is set; then these people may write there too.',
    ),
    allowChats: idsSchema.describe(
      'Ids of groups that are served, or of Discord servers, which allows all their channels.',
    ),
    owners: idsSchema.describe(
      'Ids of people who may approve others and run owner commands, and who receive notices.',
    ),
    roles: idsSchema.describe(
      'Who may write in groups, by role: ids of Discord roles, or `admin` for those who run a Telegram or Signal group. People who are known by name (`allow`, `owners`, or paired) may write there too; what everybody else says is kept as context. Empty: everybody.',
    ),
    bots: z
      .union([z.boolean().transform((isAllowed) => (isAllowed ? ['*'] : [])), z.array(idSchema)])
      .prefault([])
      .meta({ 'x-wanted': 'a list of ids, or true or false' })
      .describe('Ids of other bots that are listened to; `true` for all of them.'),
  })
  .prefault({})
  .describe('Who is answered on this channel.')
