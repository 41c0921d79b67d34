/** https://discord.com/developers/docs/topics/permissions */
export const permissions = {
  administrator: 1n << 3n,
  addReactions: 1n << 6n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  attachFiles: 1n << 15n,
  readHistory: 1n << 16n,
  createThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
} as const

export type Overwrite = { readonly id: string; readonly allow: bigint; readonly deny: bigint }

type Rights = {
  readonly guildId: string
  readonly ownerId: string | undefined
  readonly memberId: string
  /** Ids of the member's roles. */
  readonly roleIds: readonly string[]
  /** What each role of the server allows. */
  readonly roles: ReadonlyMap<string, { readonly permissions: bigint }>
}

const all = (1n << 64n) - 1n

/** What a member may do in a server, before the rules of a channel. Pure. */
export function serverPermissions({ guildId, ownerId, memberId, roleIds, roles }: Rights): bigint {
  if (ownerId === memberId) return all
  // The role of everyone has the id of the server.
  const granted = [guildId, ...roleIds].reduce(
    (sum, id) => sum | (roles.get(id)?.permissions ?? 0n),
    0n,
  )
  return granted & permissions.administrator ? all : granted
}

/** What a member may do in a channel: everyone's rules first, then those of roles, then the member's own. Pure. */
export function channelPermissions(rights: Rights, overwrites: readonly Overwrite[]): bigint {
  const base = serverPermissions(rights)
  if (base === all) return all
  const { guildId, roleIds, memberId } = rights
  const apply = (sum: bigint, rules: readonly Overwrite[]) => {
    const deny = rules.reduce((bits, rule) => bits | rule.deny, 0n)
    const allow = rules.reduce((bits, rule) => bits | rule.allow, 0n)
    return (sum & ~deny) | allow
  }
  const of = (isMeant: (id: string) => boolean) => overwrites.filter(({ id }) => isMeant(id))
  const everyone = apply(
    base,
    of((id) => id === guildId),
  )
  const withRoles = apply(
    everyone,
    of((id) => id !== guildId && roleIds.includes(id)),
  )
  return apply(
    withRoles,
    of((id) => id === memberId),
  )
}

/** What the bot lacks in a server, worded as what it means for people there; nothing when all is well. Pure. */
export function describeMissing(granted: bigint, autoThread: boolean): readonly string[] {
  const has = (permission: bigint) => (granted & permission) === permission
  if (!has(permissions.viewChannel)) return ['see no channel']
  const missing: string[] = []
  if (!has(permissions.sendMessages)) missing.push('not write')
  if (!has(permissions.sendInThreads)) missing.push('not write in threads')
  if (!has(permissions.readHistory))
    missing.push(
      'not read the message history (messages sent while it is away are lost there, and it cannot react)',
    )
  if (!has(permissions.attachFiles)) missing.push('not send files')
  if (!has(permissions.addReactions)) missing.push('not react')
  if (autoThread && !has(permissions.createThreads)) missing.push('not open threads')
  return missing
}
