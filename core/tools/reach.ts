import { isServed } from '../policy.ts'
import type { Settings } from '../settings.ts'
import type { ToolPlace, ToolStore } from '../store/tools.ts'
import type { Standing } from './standing.ts'
import { ToolError } from './tool-error.ts'

const maxPlaces = 1000

/**
 * Where a call may write: the chat of the turn; for one person also their own direct chats; for owners every chat that
 * takes messages and whose people may talk to the agent.
 */
function mayReach(standing: Standing, place: ToolPlace, settings: Settings): boolean {
  const policy = settings.policies.get(place.address.channel)
  if (!policy || !place.isAlive || place.person?.status === 'blocked') return false
  if (isHere(standing, place)) return true
  if (standing.isOwner) {
    if (policy.isTrusted) return true
    const { address, space, isApproved, person } = place
    if (place.kind !== 'dm') {
      const subject = { address, ...(space !== null && { space: { id: space } }) }
      return isServed(subject, policy, { isChatApproved: isApproved })
    }
    if (person === null) return false
    const isListed = policy.allow.has(person.id) || policy.owners.has(person.id)
    return policy.dm === 'open' || person.status !== undefined || isListed
  }
  const [person, ...others] = standing.people
  if (!person || others.length > 0 || place.kind !== 'dm') return false
  return place.person?.id === person.id && place.address.account === person.account
}

/** Everything a call may write to, the latest first. */
export async function placesInReach(
  standing: Standing,
  tools: Pick<ToolStore, 'places'>,
  settings: Settings,
): Promise<readonly ToolPlace[]> {
  return (await tools.places(maxPlaces)).filter((place) => mayReach(standing, place, settings))
}

/** The chat a tool is to write to: the one named, or the turn's own. Throws `ToolError`. */
export async function targetOf(
  standing: Standing,
  chat: string | undefined,
  tools: Pick<ToolStore, 'place' | 'placeAt'>,
  settings: Settings,
): Promise<ToolPlace> {
  const { route } = standing.run
  if (chat === undefined && route === undefined) {
    throw new ToolError(
      'This turn belongs to no chat. Name one by its id; session_info lists those you may use.',
    )
  }
  const place = chat === undefined ? route && (await tools.placeAt(route)) : await tools.place(chat)
  // One sentence for both, so that nobody learns which chats exist.
  if (!place || !mayReach(standing, place, settings)) {
    throw new ToolError(
      chat === undefined
        ? 'This chat takes no messages now.'
        : `There is no chat "${chat}" that you may write to for the people of this turn. session_info lists those you may use.`,
    )
  }
  return place
}

/** How people call a place. */
export function nameOf({ title, person, address }: ToolPlace): string {
  return title ?? person?.name ?? address.chat
}

function isHere({ run }: Standing, { address }: ToolPlace): boolean {
  const { route } = run
  return (
    route !== undefined &&
    route.account === address.account &&
    route.chat === address.chat &&
    route.thread === address.thread
  )
}
