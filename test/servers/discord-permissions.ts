import type { Channel } from './discord-model.ts'

/** The permissions that matter here, by the platform's bits. */
export const permissionBits = {
  ADMINISTRATOR: 1n << 3n,
  MANAGE_CHANNELS: 1n << 4n,
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  EMBED_LINKS: 1n << 14n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  MENTION_EVERYONE: 1n << 17n,
  USE_APPLICATION_COMMANDS: 1n << 31n,
  MANAGE_THREADS: 1n << 34n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  CREATE_PRIVATE_THREADS: 1n << 36n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
} as const

export type Permission = keyof typeof permissionBits

const all = (1n << 53n) - 1n

/** The bit field that grants these. */
export function bitsOf(names: readonly Permission[]): bigint {
  return names.reduce((sum, name) => sum | permissionBits[name], 0n)
}

/** What a person may do in a channel: roles, then the channel's overwrites; a thread takes its parent's. */
export function permissionsIn(channel: Channel, userId: string): bigint {
  const { guild } = channel
  if (!guild) return all
  const member = guild.members.get(userId)
  if (!member) return 0n
  if (guild.ownerId === userId) return all
  const roles = [guild.id, ...member.roles]
  const base = roles.reduce((sum, id) => sum | BigInt(guild.roles.get(id)?.permissions ?? 0), 0n)
  if (base & permissionBits.ADMINISTRATOR) return all
  const place = channel.thread ? guild.channels.get(channel.parentId ?? '') : channel
  const granted = overwritten(base, place ?? channel, guild.id, member.roles, userId)
  if (!(granted & permissionBits.VIEW_CHANNEL)) return 0n
  const isOutside = channel.type === 12 && !channel.thread?.members.has(userId)
  return isOutside && !(granted & permissionBits.MANAGE_THREADS) ? 0n : granted
}

function overwritten(
  base: bigint,
  { overwrites }: Channel,
  everyone: string,
  roles: readonly string[],
  userId: string,
): bigint {
  const steps = [
    overwrites.filter(({ id }) => id === everyone),
    overwrites.filter(({ id }) => roles.includes(id)),
    overwrites.filter(({ id }) => id === userId),
  ]
  return steps.reduce((granted, step) => {
    const deny = step.reduce((sum, one) => sum | BigInt(one.deny), 0n)
    const allow = step.reduce((sum, one) => sum | BigInt(one.allow), 0n)
    return (granted & ~deny) | allow
  }, base)
}

export function may(channel: Channel, userId: string, permission: Permission): boolean {
  return (permissionsIn(channel, userId) & permissionBits[permission]) !== 0n
}
