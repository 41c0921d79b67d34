import type { Settings } from '../settings.ts'
import type { ClaimedRun } from '../store/runs.ts'
import type { RunAuthor, ToolStore } from '../store/tools.ts'

/** For whom a call of a tool acts: everybody whose words the turn answers that executes now. */
export type Standing = {
  readonly run: ClaimedRun
  /** Nobody in particular for a run of the API or a heartbeat. */
  readonly people: readonly RunAuthor[]
  /** Every one of them is an owner. */
  readonly isOwner: boolean
}

export type StandingParts = {
  readonly tools: Pick<ToolStore, 'authors' | 'creator'>
  readonly settings: () => Settings
}

/** Reads it anew for every call: people join a turn while it executes, and may be shut out meanwhile. */
export async function standingOf(run: ClaimedRun, parts: StandingParts): Promise<Standing> {
  // Whoever holds the token of the API is an owner, and the heartbeat works for them.
  if (run.source === 'api' || run.source === 'heartbeat') return { run, people: [], isOwner: true }
  if (run.source === 'job') {
    const creator = await parts.tools.creator(run.id)
    if (creator === 'owner') return { run, people: [], isOwner: true }
    return withPeople(run, creator === undefined ? [] : [creator], parts.settings())
  }
  return withPeople(run, await parts.tools.authors(run.id), parts.settings())
}

/** Who a call acted for, as the audit names them. */
export function actorOf({ run, people }: Standing): string {
  if (people.length === 0) return run.source
  return people.map(({ account, id }) => `${account} ${id}`).join(', ')
}

function withPeople(run: ClaimedRun, people: readonly RunAuthor[], settings: Settings): Standing {
  const isOwner = people.length > 0 && people.every((person) => isAnOwner(person, settings))
  return { run, people, isOwner }
}

function isAnOwner({ channel, id, status }: RunAuthor, { policies }: Settings): boolean {
  const policy = policies.get(channel)
  if (!policy || status === 'blocked') return false
  return policy.isTrusted || status === 'owner' || policy.owners.has(id)
}
