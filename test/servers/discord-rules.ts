import type { APIAllowedMentions, APIEmbed, APIMessage } from 'discord.js'
import type { Upload } from './discord-body.ts'
import { DiscordFailure, invalidForm } from './discord-failure.ts'

/** The limits that Discord's document leaves out, or gives for people with Nitro. */
const maxContent = 2000
const maxEmbedTexts = 6000
const maxFiles = 10
const maxFileBytes = 10 * 1024 * 1024
const componentsV2 = 1 << 15
const voiceFlag = 1 << 13

/** What messages, edits and answers to interactions have in common. */
export type MessageBody = {
  readonly content?: string | null | undefined
  readonly embeds?: readonly APIEmbed[] | null | undefined
  readonly components?: readonly object[] | null | undefined
  readonly flags?: number | null | undefined
  readonly allowed_mentions?: APIAllowedMentions | null | undefined
  readonly attachments?: readonly { readonly id: string | number }[] | null | undefined
}

/** Refuses what a bot may not say: too long, too much, contradicting itself. */
export function checkMessage(body: MessageBody, files: readonly Upload[]): void {
  const content = body.content ?? ''
  // Counted as JavaScript does, the stricter way, since the documents do not say.
  if (content.length > maxContent) {
    const words = `Must be ${maxContent} or fewer in length.`
    throw invalidForm(['content'], 'BASE_TYPE_MAX_LENGTH', words)
  }
  const embedTexts = JSON.stringify((body.embeds ?? []).flatMap(textsOf)).length
  if (embedTexts > maxEmbedTexts) {
    throw invalidForm(['embeds'], 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size')
  }
  checkComponents(body)
  checkFiles(body, files)
  checkVoice(body, files)
  checkMentions(body.allowed_mentions)
}

/** Refuses a message with nothing in it. Stripped as the platform does, so spaces are nothing. */
export function checkNotEmpty(
  message: Pick<APIMessage, 'content' | 'embeds'>,
  others: number,
): void {
  if (message.content.trim() === '' && (message.embeds?.length ?? 0) === 0 && others === 0) {
    throw new DiscordFailure(50006)
  }
}

/** Why a message could call people who were not meant, `undefined` when it cannot. */
export function mentionBreach(mentions: APIAllowedMentions | null | undefined): string | undefined {
  if (!mentions) return 'allowed_mentions is missing: everybody in the text is called'
  const { parse, users = [], roles = [], replied_user: repliedUser } = mentions
  if (!parse) return 'allowed_mentions.parse is missing'
  if (parse.length > 0) return `allowed_mentions.parse is ${parse.join()}`
  if (users.length > 0 || roles.length > 0) return 'allowed_mentions names people'
  return repliedUser ? 'allowed_mentions.replied_user is true' : undefined
}

function checkMentions(mentions: APIAllowedMentions | null | undefined): void {
  for (const kind of ['users', 'roles'] as const) {
    const isBoth = mentions?.parse?.some((one) => one === kind) && mentions[kind]?.length
    if (!isBoth) continue
    const words = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`
    throw invalidForm(['allowed_mentions'], 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', words)
  }
}

function checkFiles({ attachments }: MessageBody, files: readonly Upload[]): void {
  if (files.length > maxFiles) {
    throw invalidForm(['files'], 'BASE_TYPE_MAX_LENGTH', `Must be ${maxFiles} or fewer in length.`)
  }
  if (files.some(({ content }) => content.length > maxFileBytes)) throw new DiscordFailure(40005)
  for (const { index } of files) {
    const isListed = attachments?.some(({ id }) => String(id) === index)
    if ((attachments?.length ?? 0) > 0 && !isListed) {
      throw invalidForm(['attachments'], 'ATTACHMENT_NOT_FOUND', `files[${index}] is not listed`)
    }
  }
}

function checkVoice(
  { flags, content, embeds, attachments }: MessageBody,
  files: readonly Upload[],
): void {
  if (((flags ?? 0) & voiceFlag) === 0) return
  if (content || embeds?.length) throw new DiscordFailure(50159)
  if (files.length !== 1) throw new DiscordFailure(50160)
  const about = Object(attachments?.[0] ?? {})
  if (!('waveform' in about && 'duration_secs' in about)) throw new DiscordFailure(50161)
}

type Component = {
  readonly type: number
  readonly custom_id?: string
  readonly label?: string
  readonly style?: number
  readonly url?: string
  readonly emoji?: object
  readonly components?: readonly Component[]
}

function checkComponents(body: MessageBody): void {
  const rows: readonly Component[] = (body.components ?? []).map((one) => Object(one))
  const isV2 = ((body.flags ?? 0) & componentsV2) !== 0
  if (isV2 && (body.content || body.embeds?.length)) {
    throw invalidForm(['content'], 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', 'No.')
  }
  const bad = (path: readonly PropertyKey[], code: string, words: string) =>
    invalidForm(['components', ...path], code, words)
  if (!isV2 && rows.length > 5) {
    throw bad([], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.')
  }
  if (!isV2 && rows.some(({ type }) => type !== 1)) {
    throw bad([0], 'UNION_TYPE_CHOICES', 'Only action rows without the components flag.')
  }
  const seen = new Set<string>()
  for (const [row, { components = [] }] of rows.entries()) {
    const isSelect = components.some(({ type }) => type !== 2)
    if (isSelect && components.length > 1) {
      throw bad(
        [row],
        'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
        'The specified component exceeds the maximum width',
      )
    }
    for (const [at, one] of components.entries()) {
      const path = [row, 'components', at]
      const { custom_id: id, style, url, label, emoji } = one
      if (id !== undefined && seen.has(id)) {
        throw bad(
          [...path, 'custom_id'],
          'COMPONENT_CUSTOM_ID_DUPLICATED',
          'Component custom id cannot be duplicated',
        )
      }
      if (id !== undefined) seen.add(id)
      if (one.type !== 2) continue
      if (style === 5 ? !url || id !== undefined : !id || url !== undefined) {
        throw bad(path, 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id required')
      }
      if (!label && !emoji) {
        throw bad(path, 'BUTTON_COMPONENT_LABEL_REQUIRED', 'A label or emoji is required')
      }
    }
  }
}

function textsOf(embed: object): unknown[] {
  return Object.values(embed).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null ? textsOf(value) : [value],
  )
}
