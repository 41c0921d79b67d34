import { randomUUID } from 'node:crypto'
import type { StyleRange } from './signal-styles.ts'

/** Somebody with a Signal account, the gateway's own included. */
export type Identity = {
  readonly uuid: string
  /** Null where the person hides it. */
  number: string | null
  name: string | null
  readonly username?: string
  /** Why nothing can be sent to them: a `reason` of signal-cli. */
  failure: SendFailure | undefined
  /** Changes when they reinstall Signal. */
  safetyNumber: string
  trust: 'TRUSTED_UNVERIFIED' | 'TRUSTED_VERIFIED' | 'UNTRUSTED'
}

export type SendFailure =
  | 'NETWORK_FAILURE'
  | 'UNREGISTERED_FAILURE'
  | 'IDENTITY_FAILURE'
  | 'RATE_LIMIT_FAILURE'
  | 'INVALID_PRE_KEY_FAILURE'

export type Group = {
  /** As envelopes carry it: base64 of 32 bytes. */
  readonly internalId: string
  /** As the REST API takes it. */
  readonly id: string
  name: string
  readonly members: Identity[]
  readonly admins: Identity[]
  revision: number
  isMember: boolean
  isBlocked: boolean
  /** Only administrators may write. */
  isAnnouncement: boolean
}

export type SentFile = { readonly name: string; readonly content: Buffer }

/** A message of the account as people see it now, edits applied. */
export type SentMessage = {
  /** When it was sent: its id, which edits do not change. */
  readonly timestamp: number
  readonly recipients: readonly string[]
  readonly group?: Group
  readonly quote?: { readonly timestamp: number; readonly author: string; readonly text: string }
  readonly files: readonly SentFile[]
  readonly poll?: {
    readonly question: string
    readonly answers: readonly string[]
    readonly isMultiple: boolean
    isClosed: boolean
  }
  readonly sticker?: string
  readonly isViewOnce: boolean
  /** As it arrives, markers taken out. */
  text: string
  styles: readonly StyleRange[]
  mentions: readonly { readonly start: number; readonly length: number; readonly author: string }[]
  /** Timestamps of every version, the first and the latest included. */
  readonly versions: number[]
  readonly failures: readonly { readonly to: Identity; readonly reason: SendFailure }[]
  isDeleted: boolean
}

/** A reaction the account has set; `isRemoved` once it was taken back. */
export type SentReaction = {
  readonly recipient: string
  readonly emoji: string
  readonly author: string
  readonly timestamp: number
  isRemoved: boolean
}

export type StoredFile = { readonly content: Buffer; readonly mime: string }

/** Everything Signal and signal-cli remember about one account. */
export class SignalWorld {
  readonly self: Identity
  readonly now: () => number
  readonly people: Identity[] = []
  readonly groups: Group[] = []
  /** Files downloaded for the account, by attachment id. */
  readonly files = new Map<string, StoredFile>()
  readonly sent: SentMessage[] = []
  readonly reactions: SentReaction[] = []
  readonly typing: { readonly recipient: string; readonly isTyping: boolean }[] = []
  readonly receipts: { recipient: string; type: string; timestamp: number }[] = []
  readonly votes: { recipient: string; timestamp: number; answers: readonly number[] }[] = []
  readonly contactUpdates: Readonly<Record<string, unknown>>[] = []
  /** Messages that exist, as `author uuid/timestamp`: what reactions, receipts and deletions can be about. */
  readonly known = new Set<string>()
  #last = 0

  constructor(self: Identity, now: () => number) {
    this.self = self
    this.now = now
  }

  /** Milliseconds, never the same twice: Signal's message ids. */
  timestamp(): number {
    this.#last = Math.max(this.now(), this.#last + 1)
    return this.#last
  }

  addPerson(name: string | null, fields: Partial<Identity> = {}): Identity {
    const index = this.people.length + 1
    const person = makeIdentity(name, `+4366000${String(index).padStart(4, '0')}`, fields)
    this.people.push(person)
    return person
  }

  addGroup(name: string, members: readonly Identity[], fields: Partial<Group> = {}): Group {
    const seed = `${this.groups.length + 1}${name}`.padEnd(32, '?').slice(0, 32)
    const internalId = Buffer.from(seed, 'latin1').toString('base64')
    const group: Group = {
      internalId,
      id: `group.${Buffer.from(internalId).toString('base64')}`,
      name,
      members: [this.self, ...members],
      admins: members.slice(0, 1),
      revision: 1,
      isMember: true,
      isBlocked: false,
      isAnnouncement: false,
      ...fields,
    }
    this.groups.push(group)
    return group
  }

  /** Who has this number or uuid. */
  find(id: string): Identity | undefined {
    return [this.self, ...this.people].find((one) => one.uuid === id || one.number === id)
  }

  addFile(content: Buffer, mime: string, id = `${randomUUID().replaceAll('-', '')}`): string {
    const ending = mime.split('/')[1]?.split(';')[0] ?? 'bin'
    const name = id.includes('.') ? id : `${id.slice(0, 20)}.${ending}`
    this.files.set(name, { content, mime })
    return name
  }

  knows(author: string, timestamp: number): boolean {
    return this.known.has(`${this.find(author)?.uuid ?? author}/${timestamp}`)
  }

  learn(author: string, timestamp: number): void {
    this.known.add(`${author}/${timestamp}`)
  }

  /** The account's message of which `timestamp` is a version. */
  findSent(timestamp: number): SentMessage | undefined {
    return this.sent.findLast((one) => one.versions.includes(timestamp))
  }
}

export function makeIdentity(
  name: string | null,
  number: string,
  fields: Partial<Identity> = {},
): Identity {
  return {
    uuid: randomUUID(),
    number,
    name,
    failure: undefined,
    safetyNumber: safetyNumber(),
    trust: 'TRUSTED_UNVERIFIED',
    ...fields,
  }
}

/** Sixty digits. */
export function safetyNumber(): string {
  const digits = Array.from({ length: 12 }, () => String(Math.floor(Math.random() * 1e5)))
  return digits.map((five) => five.padStart(5, '0')).join('')
}
