/** The endpoints there are here, by their names in Discord's OpenAPI document. `:name` takes one segment. */
export const endpoints = {
  get_bot_gateway: ['GET', '/gateway/bot'],
  get_my_user: ['GET', '/users/@me'],
  get_my_application: ['GET', '/applications/@me'],
  get_my_oauth2_application: ['GET', '/oauth2/applications/@me'],
  get_user: ['GET', '/users/:user'],
  create_dm: ['POST', '/users/@me/channels'],
  get_channel: ['GET', '/channels/:channel'],
  update_channel: ['PATCH', '/channels/:channel'],
  trigger_typing_indicator: ['POST', '/channels/:channel/typing'],
  list_messages: ['GET', '/channels/:channel/messages'],
  create_message: ['POST', '/channels/:channel/messages'],
  get_message: ['GET', '/channels/:channel/messages/:message'],
  update_message: ['PATCH', '/channels/:channel/messages/:message'],
  delete_message: ['DELETE', '/channels/:channel/messages/:message'],
  add_my_message_reaction: ['PUT', '/channels/:channel/messages/:message/reactions/:emoji/@me'],
  delete_my_message_reaction: [
    'DELETE',
    '/channels/:channel/messages/:message/reactions/:emoji/@me',
  ],
  list_message_reactions_by_emoji: ['GET', '/channels/:channel/messages/:message/reactions/:emoji'],
  create_thread_from_message: ['POST', '/channels/:channel/messages/:message/threads'],
  create_thread: ['POST', '/channels/:channel/threads'],
  join_thread: ['PUT', '/channels/:channel/thread-members/@me'],
  get_guild: ['GET', '/guilds/:guild'],
  list_guild_channels: ['GET', '/guilds/:guild/channels'],
  list_guild_roles: ['GET', '/guilds/:guild/roles'],
  get_guild_member: ['GET', '/guilds/:guild/members/:user'],
  get_active_guild_threads: ['GET', '/guilds/:guild/threads/active'],
  list_application_commands: ['GET', '/applications/:application/commands'],
  bulk_set_application_commands: ['PUT', '/applications/:application/commands'],
  list_guild_application_commands: ['GET', '/applications/:application/guilds/:guild/commands'],
  bulk_set_guild_application_commands: ['PUT', '/applications/:application/guilds/:guild/commands'],
  create_interaction_response: ['POST', '/interactions/:interaction/:token/callback'],
  execute_webhook: ['POST', '/webhooks/:application/:token'],
  get_webhook_message: ['GET', '/webhooks/:application/:token/messages/:message'],
  update_webhook_message: ['PATCH', '/webhooks/:application/:token/messages/:message'],
  delete_webhook_message: ['DELETE', '/webhooks/:application/:token/messages/:message'],
} as const satisfies Record<string, readonly [string, string]>

export type Operation = keyof typeof endpoints

/** These carry their own token in the path. */
export const unauthenticated: ReadonlySet<Operation> = new Set<Operation>([
  'create_interaction_response',
  'execute_webhook',
  'get_webhook_message',
  'update_webhook_message',
  'delete_webhook_message',
])

export type Match = {
  readonly operation: Operation
  readonly params: Readonly<Record<string, string>>
}

type Compiled = {
  readonly operation: Operation
  readonly method: string
  readonly pattern: RegExp
  readonly names: readonly string[]
}

const compiled: readonly Compiled[] = Object.entries(endpoints).map(
  ([operation, [method, path]]) => ({
    operation: isOperation(operation) ? operation : 'get_bot_gateway',
    method,
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`),
    names: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
  }),
)

/** Which endpoint a request is for; fixed paths before those with parameters, as they are listed. */
export function findOperation(method: string, path: string): Match | undefined {
  for (const { operation, method: wanted, pattern, names } of compiled) {
    const found = wanted === method ? pattern.exec(path) : null
    if (!found) continue
    const params = Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]),
    )
    return { operation, params }
  }
  return undefined
}

function isOperation(name: string): name is Operation {
  return Object.hasOwn(endpoints, name)
}
