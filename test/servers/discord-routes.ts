import { listCommands, putCommands } from './discord-commands.ts'
import { DiscordFailure } from './discord-failure.ts'
import {
  deleteMessage,
  getMessage,
  listMessages,
  patchMessage,
  postMessage,
  postTyping,
} from './discord-messages.ts'
import type { GuildState } from './discord-model.ts'
import type { Operation } from './discord-operations.ts'
import {
  anyChannelPayload,
  directPayload,
  guildPayload,
  memberPayload,
} from './discord-payloads.ts'
import { may } from './discord-permissions.ts'
import { type Answer, ok, type Platform, param, type Request } from './discord-platform.ts'
import { deleteReaction, listReactions, putReaction } from './discord-reactions.ts'
import {
  deleteResponse,
  getResponse,
  patchResponse,
  postCallback,
  postFollowUp,
} from './discord-responses.ts'
import { isBodyOf } from './discord-schema.ts'
import { demand } from './discord-sending.ts'
import {
  listActiveThreads,
  patchChannel,
  postThread,
  postThreadFromMessage,
  putThreadMember,
} from './discord-threads.ts'

type Handler = (platform: Platform, request: Request) => Answer

/** What each endpoint does; `get_bot_gateway` is the server's own. */
export const handlers: Readonly<Record<Exclude<Operation, 'get_bot_gateway'>, Handler>> = {
  get_my_user: ({ world }) =>
    ok({ ...world.bot, mfa_enabled: true, locale: 'en-US', verified: true, email: null }),
  get_my_application: ({ world }) => ok(application(world.applicationId, world.bot)),
  get_my_oauth2_application: ({ world }) => ok(application(world.applicationId, world.bot)),
  get_user: ({ world }, request) => {
    const user = world.users.get(param(request, 'user'))
    if (!user) throw new DiscordFailure(10013)
    return ok(user)
  },
  create_dm: ({ world }, { body }) => {
    if (!isBodyOf('create_dm', body)) throw new DiscordFailure(50035)
    const user = world.users.get(String(body.recipient_id))
    if (!user || user.id === world.bot.id)
      throw new DiscordFailure(50033, { message: 'Invalid Recipient(s)' })
    return ok(directPayload(world.directChannel(user)))
  },
  get_channel: ({ world }, request) => {
    const channel = world.getChannel(param(request, 'channel'))
    demand(world, channel)
    return ok(anyChannelPayload(world, channel))
  },
  update_channel: patchChannel,
  trigger_typing_indicator: postTyping,
  list_messages: listMessages,
  create_message: postMessage,
  get_message: getMessage,
  update_message: patchMessage,
  delete_message: deleteMessage,
  add_my_message_reaction: putReaction,
  delete_my_message_reaction: deleteReaction,
  list_message_reactions_by_emoji: listReactions,
  create_thread_from_message: postThreadFromMessage,
  create_thread: postThread,
  join_thread: putThreadMember,
  get_guild: (platform, request) => ok(guildPayload(platform.world, guildOf(platform, request))),
  list_guild_channels: (platform, request) => {
    const { world } = platform
    const channels = [...guildOf(platform, request).channels.values()].filter(
      (one) => !one.thread && may(one, world.bot.id, 'VIEW_CHANNEL'),
    )
    return ok(channels.map((one) => anyChannelPayload(world, one)))
  },
  list_guild_roles: (platform, request) => ok([...guildOf(platform, request).roles.values()]),
  get_guild_member: (platform, request) => {
    const member = guildOf(platform, request).members.get(param(request, 'user'))
    if (!member) throw new DiscordFailure(10007)
    return ok(memberPayload(member))
  },
  get_active_guild_threads: listActiveThreads,
  list_application_commands: listCommands,
  bulk_set_application_commands: putCommands,
  list_guild_application_commands: listCommands,
  bulk_set_guild_application_commands: putCommands,
  create_interaction_response: postCallback,
  execute_webhook: postFollowUp,
  get_webhook_message: getResponse,
  update_webhook_message: patchResponse,
  delete_webhook_message: deleteResponse,
}

function guildOf({ world }: Platform, request: Request): GuildState {
  const guild = world.guilds.get(param(request, 'guild'))
  if (!guild?.members.has(world.bot.id)) throw new DiscordFailure(10004)
  return guild
}

function application(id: string, bot: object): object {
  return {
    id,
    name: 'Jackdaw',
    icon: null,
    description: '',
    type: null,
    flags: 0,
    flags_new: '0',
    bot,
    bot_public: false,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    owner: bot,
    approximate_guild_count: 1,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [],
  }
}
