import type { SignalReader } from './signal-reader.ts'
import type { SignalSchema } from './signal-schema.ts'
import type { StyleRange } from './signal-styles.ts'
import type { Group, Identity, SentMessage, SignalWorld } from './signal-world.ts'
import { safetyNumber } from './signal-world.ts'

type Json = Readonly<Record<string, unknown>>

/** A message somebody wrote: what edits, reactions, quotes and deletions name. */
export type Said = { readonly timestamp: number; readonly author: Identity; readonly group?: Group }

/** Somebody's message or one of the account's own. */
type Target = Said | SentMessage

export type FileOptions = {
  readonly content?: Buffer
  readonly name?: string | null
  readonly mime?: string
  /** The size the envelope claims, to test limits without megabytes. */
  readonly size?: number
  /** signal-cli could not download it: the envelope names it, the REST API says 404. */
  readonly isMissing?: boolean
  readonly isVoiceNote?: boolean
}

export type SayOptions = {
  readonly group?: Group
  readonly attachments?: readonly FileOptions[]
  readonly quote?: Target
  /** The people behind the U+FFFC of the text, in order. */
  readonly mentions?: readonly Identity[]
  readonly styles?: readonly StyleRange[]
  readonly expiresInSeconds?: number
  readonly viewOnce?: boolean
  readonly timestamp?: number
  readonly device?: number
  /** Any further fields of the dataMessage. */
  readonly fields?: Json
}

/** An envelope in which everything that may be null is. */
export const nullEnvelope: Json = {
  source: null,
  sourceNumber: null,
  sourceUuid: null,
  sourceName: null,
  sourceDevice: null,
  timestamp: 0,
  serverReceivedTimestamp: 0,
  serverDeliveredTimestamp: 0,
  dataMessage: null,
  editMessage: null,
  storyMessage: null,
  syncMessage: null,
  callMessage: null,
  receiptMessage: null,
  typingMessage: null,
}

type Post = Pick<SayOptions, 'group' | 'timestamp' | 'device'> & {
  /** Whether `body` is something that can be answered, reacted to, deleted. */
  readonly isMessage?: boolean
}

/** What one person does; each act becomes an envelope for the account. */
export class SignalPerson {
  readonly identity: Identity
  readonly #world: SignalWorld
  readonly #reader: SignalReader
  readonly #schema: SignalSchema

  constructor(identity: Identity, world: SignalWorld, reader: SignalReader, schema: SignalSchema) {
    this.identity = identity
    this.#world = world
    this.#reader = reader
    this.#schema = schema
  }

  get uuid(): string {
    return this.identity.uuid
  }

  get number(): string {
    return this.identity.number ?? ''
  }

  /** Writes. `null` is a message without words: attachments, or nothing at all. */
  says(text: string | null, options: SayOptions = {}): Said {
    return this.#posts('dataMessage', (timestamp) => this.#data(text, timestamp, options), {
      ...options,
      isMessage: true,
    })
  }

  /** Replaces the text; `target` may be any version. */
  edits(target: Said, text: string, options: SayOptions = {}): Said {
    const group = target.group ? { group: target.group } : {}
    const all = { ...group, ...options }
    const edit = (timestamp: number) => ({
      targetSentTimestamp: target.timestamp,
      dataMessage: this.#data(text, timestamp, all),
    })
    return this.#posts('editMessage', edit, { ...all, isMessage: true })
  }

  deletes(target: Said, options: Post = {}): Said {
    return this.#sendsData(
      { remoteDelete: { timestamp: target.timestamp } },
      groupOf(target),
      options,
    )
  }

  reacts(
    target: Target,
    emoji: string,
    options: Post & { readonly isRemove?: boolean } = {},
  ): Said {
    const { isRemove = false, ...post } = options
    const reaction = { emoji, ...this.#targetOf(target), isRemove }
    return this.#sendsData({ reaction }, groupOf(target), post)
  }

  /** Votes in a poll of the account; indexes count from 0. */
  votes(poll: SentMessage, optionIndexes: readonly number[], voteCount = 1): Said {
    const { self } = this.#world
    const author = { author: self.number, authorNumber: self.number, authorUuid: self.uuid }
    const pollVote = {
      ...author,
      targetSentTimestamp: poll.timestamp,
      optionIndexes,
      voteCount,
    }
    return this.#sendsData({ pollVote }, groupOf(poll), {})
  }

  types(options: Pick<SayOptions, 'group'> & { readonly isStopped?: boolean } = {}): Said {
    const action = options.isStopped ? 'STOPPED' : 'STARTED'
    const groupId = options.group ? { groupId: options.group.internalId } : {}
    return this.#posts('typingMessage', (timestamp) => ({ action, timestamp, ...groupId }), {})
  }

  /** A receipt: the account's messages have reached them, or were read. */
  receives(timestamps: readonly number[], kind: 'delivery' | 'read' | 'viewed' = 'delivery'): Said {
    return this.#posts(
      'receiptMessage',
      (when) => ({
        when,
        isDelivery: kind === 'delivery',
        isRead: kind === 'read',
        isViewed: kind === 'viewed',
        timestamps,
      }),
      {},
    )
  }

  calls(): Said {
    const offerMessage = { id: 1, type: 'audio_call', opaque: 'AA==' }
    return this.#posts('callMessage', () => ({ offerMessage }), {})
  }

  tellsStory(text = 'a story'): Said {
    return this.#posts(
      'storyMessage',
      () => ({ allowsReplies: true, textAttachment: { text } }),
      {},
    )
  }

  /** Sets how long messages of this chat live; nothing is said. */
  setsTimer(expiresInSeconds: number, options: Pick<SayOptions, 'group'> = {}): Said {
    const fields = { isExpirationUpdate: true }
    const data = (timestamp: number) =>
      this.#data(null, timestamp, { ...options, expiresInSeconds, fields })
    return this.#posts('dataMessage', data, options)
  }

  /** Changes a group: its title, its members. */
  updatesGroup(
    group: Group,
    change: { readonly name?: string; readonly members?: Identity[] },
  ): Said {
    group.revision += 1
    if (change.name !== undefined) group.name = change.name
    if (change.members) group.members.splice(0, group.members.length, ...change.members)
    group.isMember = group.members.includes(this.#world.self)
    const data = (timestamp: number) => {
      const whole = this.#data(null, timestamp, { group })
      return { ...whole, groupInfo: { ...groupInfo(group), type: 'UPDATE' } }
    }
    return this.#posts('dataMessage', data, { group })
  }

  /** Writes to themself from the phone; on a linked account that is how its owner reaches the gateway. */
  notes(text: string | null, options: SayOptions = {}): Said {
    return this.writesTo(this.identity, text, options)
  }

  /** The account's owner writes from the phone, to anybody: a sync message on the linked device. */
  writesTo(to: Identity | Group, text: string | null, options: SayOptions = {}): Said {
    const isGroup = 'internalId' in to
    const all = isGroup ? { ...options, group: to } : options
    const destination = isGroup
      ? { destination: null, destinationNumber: null, destinationUuid: null }
      : {
          destination: to.number ?? to.uuid,
          destinationNumber: to.number,
          destinationUuid: to.uuid,
        }
    const sync = (timestamp: number) => ({
      sentMessage: { ...destination, ...this.#data(text, timestamp, all) },
    })
    return this.#posts('syncMessage', sync, { ...all, isMessage: true })
  }

  /** Other noise of a linked account: messages read on the phone. */
  readsOnPhone(messages: readonly Said[]): Said {
    const readMessages = messages.map(({ author, timestamp }) => ({
      sender: author.number ?? author.uuid,
      senderNumber: author.number,
      senderUuid: author.uuid,
      timestamp,
    }))
    return this.#posts('syncMessage', () => ({ readMessages }), {})
  }

  /** Reinstalls Signal: the key is new, and with `on-first-use` nothing can be sent until it is trusted. */
  changesSafetyNumber(): void {
    this.identity.safetyNumber = safetyNumber()
    this.identity.trust = 'UNTRUSTED'
    this.identity.failure = 'IDENTITY_FAILURE'
  }

  /** Any dataMessage. */
  #sendsData(fields: Json, group: Group | undefined, options: Post): Said {
    const all = { ...(group ? { group } : {}), ...options }
    return this.#posts('dataMessage', (at) => this.#data(null, at, { ...all, fields }), all)
  }

  #posts(kind: string, body: (timestamp: number) => Json, options: Post): Said {
    const timestamp = options.timestamp ?? this.#world.timestamp()
    const envelope = {
      ...this.#source(options.device ?? 1),
      timestamp,
      serverReceivedTimestamp: timestamp + 1,
      serverDeliveredTimestamp: timestamp + 2,
      [kind]: body(timestamp),
    }
    const [problem] = this.#schema.envelopeProblems(envelope)
    if (problem !== undefined) throw new Error(`The server made an impossible ${kind}: ${problem}`)
    if (options.isMessage) this.#world.learn(this.uuid, timestamp)
    this.#reader.read({ envelope, account: this.#world.self.number })
    return {
      timestamp,
      author: this.identity,
      ...(options.group ? { group: options.group } : {}),
    }
  }

  #source(sourceDevice: number): Json {
    const { uuid, number, name } = this.identity
    return {
      source: number ?? uuid,
      sourceNumber: number,
      sourceUuid: uuid,
      sourceName: name,
      sourceDevice,
    }
  }

  #data(text: string | null, timestamp: number, options: SayOptions): Json {
    const { attachments, quote, styles, group, mentions = [] } = options
    const spots = text === null ? [] : [...text.matchAll(/\uFFFC/g)]
    return {
      timestamp,
      message: text,
      expiresInSeconds: options.expiresInSeconds ?? 0,
      isExpirationUpdate: false,
      viewOnce: options.viewOnce ?? false,
      ...(quote ? { quote: this.#quoteOf(quote) } : {}),
      ...(mentions.length > 0
        ? { mentions: mentions.map((who, index) => mention(who, spots[index]?.index ?? 0)) }
        : {}),
      ...(attachments
        ? { attachments: attachments.map((file) => this.#attach(file, timestamp)) }
        : {}),
      ...(styles ? { textStyles: styles } : {}),
      ...(group ? { groupInfo: groupInfo(group) } : {}),
      ...options.fields,
    }
  }

  #attach(file: FileOptions, uploadTimestamp: number): Json {
    const { mime = 'image/png', content = Buffer.from('content'), name = null } = file
    const id = this.#world.addFile(content, mime)
    if (file.isMissing) this.#world.files.delete(id)
    const isImage = mime.startsWith('image/')
    return {
      contentType: mime,
      filename: name,
      id,
      size: file.size ?? content.length,
      width: isImage ? 640 : null,
      height: isImage ? 480 : null,
      caption: null,
      uploadTimestamp,
      ...(file.isVoiceNote === undefined ? {} : { isVoiceNote: file.isVoiceNote }),
    }
  }

  #targetOf(target: Target): Json {
    const author = this.#authorOf(target)
    return {
      targetAuthor: author.number ?? author.uuid,
      targetAuthorNumber: author.number,
      targetAuthorUuid: author.uuid,
      targetSentTimestamp: target.timestamp,
    }
  }

  #quoteOf(target: Target): Json {
    const author = this.#authorOf(target)
    return {
      id: target.timestamp,
      author: author.number ?? author.uuid,
      authorNumber: author.number,
      authorUuid: author.uuid,
      text: 'text' in target ? target.text : '',
      attachments: [],
    }
  }

  #authorOf(target: Target): Identity {
    return 'author' in target ? target.author : this.#world.self
  }
}

function groupOf(target: Target): Group | undefined {
  return target.group
}

function groupInfo(group: Group): Json {
  return {
    groupId: group.internalId,
    groupName: group.name,
    revision: group.revision,
    type: 'DELIVER',
  }
}

function mention({ uuid, number, name }: Identity, start: number): Json {
  return { name: number ?? name ?? uuid, number, uuid, start, length: 1 }
}
