import type { Clock } from '../../core/clock.ts'
import { flag, list, shape, word } from '../readers.ts'
import { BoundedMap } from './bounded-map.ts'
import type { GroupFacts } from './context.ts'

export type GroupsOptions = {
  /** Asks the REST API for all groups of the account. */
  readonly list: (signal: AbortSignal) => Promise<unknown>
  /** Whether an entry of a member list means the account itself. */
  readonly isSelf: (member: string) => boolean
  readonly clock: Clock
  /** How long a message waits for the facts of its group, in milliseconds. */
  readonly waitMs: number
}

const maxGroups = 1000
const readGroups = list(
  shape(
    { internal_id: word },
    {
      name: word,
      member: flag,
      members: list(word, 2000),
      admins: list(word, 2000),
      pending_invites: list(word, 2000),
    },
  ),
  maxGroups,
)

/**
 * The account's groups as far as they are known: title, administrators, and whether we are still in it. Read as a
 * whole, when a group is new or has changed; what cannot be learnt in time is done without.
 */
export class GroupDirectory {
  readonly #options: GroupsOptions
  #groups = new Map<string, GroupFacts>()
  readonly #asked = new BoundedMap<string, true>(maxGroups)
  #reading: Promise<void> | undefined

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  find(id: string): GroupFacts | undefined {
    return this.#groups.get(id)
  }

  /** Waits, not for long, until the facts of new and of changed groups are known. */
  async learn(
    groups: readonly { readonly id: string; readonly isChanged: boolean }[],
    signal: AbortSignal,
  ): Promise<void> {
    const news = groups.filter(
      ({ id, isChanged }) => isChanged || !(this.#groups.has(id) || this.#asked.has(id)),
    )
    if (news.length === 0) return
    for (const { id } of news) this.#asked.set(id, true)
    // What is being read now may be from before the change.
    if (news.some(({ isChanged }) => isChanged)) await this.#within(this.#reading, signal)
    await this.#within(this.refresh(signal), signal)
  }

  /** Reads all groups anew. Never rejects: then what was known stays. */
  refresh(signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#read(signal).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(signal: AbortSignal): Promise<void> {
    const answer = await this.#options.list(signal).catch(() => undefined)
    const groups = readGroups(answer)
    if (!groups) return
    this.#groups = new Map(groups.map((group) => [group.internal_id, this.#factsOf(group)]))
  }

  #factsOf(group: NonNullable<ReturnType<typeof readGroups>>[number]): GroupFacts {
    const { isSelf } = this.#options
    const { name, member, members, pending_invites: invited } = group
    const isInvited = invited?.some(isSelf) ?? false
    const admins = new Set(group.admins)
    return {
      title: name,
      // Older servers do not say it, but list the members.
      isMember: !isInvited && (member ?? members?.some(isSelf) ?? true),
      isInvited,
      isAdmin: ({ id, alias }) => admins.has(id) || (alias !== undefined && admins.has(alias)),
    }
  }

  async #within(reading: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
    if (!reading) return
    const { clock, waitMs } = this.#options
    const isOver = new AbortController()
    const limit = clock.sleep(waitMs, AbortSignal.any([signal, isOver.signal]))
    await Promise.race([reading, limit]).finally(() => isOver.abort())
  }
}
