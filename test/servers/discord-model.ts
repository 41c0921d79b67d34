import type { APIMessage, APIOverwrite, APIRole, APIUser } from 'discord.js'

export type Member = {
  readonly user: APIUser
  roles: string[]
  nick: string | null
  readonly joinedAt: string
}

/** What the rest of the server knows of a guild. */
export type GuildState = {
  readonly id: string
  readonly name: string
  readonly ownerId: string
  readonly roles: ReadonlyMap<string, APIRole>
  readonly members: ReadonlyMap<string, Member>
  /** Threads included. */
  readonly channels: Map<string, Channel>
  readonly isAvailable: boolean
}

/** Text, direct, announcement, their threads (public 11, private 12, announcement 10), and forum. */
export type ChannelKind = 0 | 1 | 5 | 10 | 11 | 12 | 15

export type Thread = {
  readonly ownerId: string
  readonly members: Set<string>
  readonly createdAt: string
  autoArchiveMinutes: number
  archived: boolean
  locked: boolean
  archivedAt: string
}

/** A place with messages: a guild's channel, a thread, or a direct chat with one person. */
export type Channel = {
  readonly id: string
  readonly type: ChannelKind
  name: string
  readonly guild: GuildState | undefined
  readonly parentId: string | undefined
  readonly recipient: APIUser | undefined
  readonly thread: Thread | undefined
  overwrites: APIOverwrite[]
  readonly messages: Map<string, Message>
}

/** A file of a message; `size` may lie, to test limits without megabytes. */
export type StoredFile = {
  readonly id: string
  readonly name: string
  readonly content: Buffer
  readonly size: number
  readonly mime?: string
  readonly description?: string
  readonly title?: string
  readonly seconds?: number
  readonly waveform?: string
  readonly width?: number
  readonly height?: number
}

/** A message as it is now; `files` and `reactions` stand beside the payload, which is without them. */
export type Message = {
  readonly id: string
  readonly channel: Channel
  payload: APIMessage
  files: StoredFile[]
  /** Who reacted, by emoji: the character, or `name:id`. */
  readonly reactions: Map<string, Set<string>>
  edits: number
  isDeleted: boolean
}

/** The types know no literal for it. */
export const noFlags: number = 0
export const ephemeralFlag = 1 << 6
export const isThreadKind = (type: number) => type >= 10 && type <= 12

export function isEphemeral({ payload }: Message): boolean {
  return ((payload.flags ?? 0) & ephemeralFlag) !== 0
}
