import type { Directory } from './directory.ts'
import type { DiscordContent, DiscordMention } from './payload.ts'

/** What a text is read with. */
export type Reading = {
  readonly directory: Directory
  readonly guildId: string | undefined
}

// https://discord.com/developers/docs/reference#message-formatting
const user = /<@!?(\d{1,20})>/g
const role = /<@&(\d{1,20})>/g
const channel = /<#(\d{1,20})>/g
const emoji = /<a?(:\w{1,64}:)\d{1,20}>/g
const command = /<\/([^:<>\n]{1,100}):\d{1,20}>/g
const timestamp = /<t:(-?\d{1,12})(?::[tTdDfFR])?>/g

/** Whether a text names the bot: itself, or the role Discord made for it. `@everyone` names nobody. Pure. */
export function isMentioned(content: DiscordContent, { directory, guildId }: Reading): boolean {
  const text = content.content ?? ''
  const { botId } = directory
  // A reply that pings has us among the mentions without any word of it; and code is full of what looks like names.
  const isNamed = content.mentions?.some(({ id }) => id === botId) === true
  if (isNamed && [...text.matchAll(user)].some(([, id]) => id === botId)) return true
  return (content.mention_roles ?? []).some((id) => directory.isOwnRole(guildId, id))
}

/** The text as a person reads it. Pure. */
export function readableText(content: DiscordContent, reading: Reading): string {
  const { directory, guildId } = reading
  const named = new Map((content.mentions ?? []).map((one) => [one.id, one]))
  const roles = directory.guild(guildId)?.roles
  return (content.content ?? '')
    .replace(user, (raw, id) => {
      const one = named.get(id)
      return one ? `@${nameOf(one)}` : raw
    })
    .replace(role, (raw, id) => {
      const name = roles?.get(id)?.name
      return name === undefined ? raw : `@${name}`
    })
    .replace(channel, (raw, id) => {
      const name = directory.channel(id)?.name
      return name === undefined ? raw : `#${name}`
    })
    .replace(emoji, '$1')
    .replace(command, '/$1')
    .replace(timestamp, (raw, seconds) => readableTime(Number(seconds)) ?? raw)
}

/** `readableText` without the bot's own name at either end; inside a sentence it belongs to what is said. Pure. */
export function withoutOwnName(content: DiscordContent, reading: Reading): string {
  const { directory, guildId } = reading
  const isOwn = (raw: string) => {
    const id = raw.replace(/\D/g, '')
    return raw.startsWith('<@&') ? directory.isOwnRole(guildId, id) : id === directory.botId
  }
  let text = content.content ?? ''
  for (let rounds = 0; rounds < 20; rounds += 1) {
    const first = /^\s*(<@[!&]?\d{1,20}>)[\s,:]*/.exec(text)
    const last = /[\s,]*(<@[!&]?\d{1,20}>)\s*$/.exec(text)
    if (first?.[1] && isOwn(first[1])) text = text.slice(first[0].length)
    else if (last?.[1] && isOwn(last[1])) text = text.slice(0, last.index)
    else break
  }
  return readableText({ ...content, content: text }, reading)
}

/** The name by which a server knows somebody. */
export function nameOf(person: DiscordMention, nick = person.member?.nick): string {
  return nick || person.global_name || person.username || `user ${person.id}`
}

function readableTime(seconds: number): string | undefined {
  const date = new Date(seconds * 1000)
  const isSensible = date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999
  if (!isSensible) return undefined
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
