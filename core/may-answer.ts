import type { Address, ChatKind, Sender } from './model.ts'
import { isOwner } from './policy.ts'
import type { Settings } from './settings.ts'
import type { Facts } from './store/intake.ts'
import type { RequestRow } from './store/requests.ts'

/** Who answers, and where. */
export type Answering = {
  readonly address: Address
  readonly chatKind: ChatKind
  readonly sender: Sender
}

/** A question of an agent. */
export type AskedRun = RequestRow & { readonly run: NonNullable<RequestRow['run']> }

export function isOfRun(request: RequestRow): request is AskedRun {
  return request.run !== undefined
}

/** Whether both are the same chat; a thread is its chat's. */
export function isSamePlace(one: Address | undefined, other: Address): boolean {
  return one?.account === other.account && one.chat === other.chat
}

/**
 * Whether it is this person's question to answer: an owner's always, else in its own chat theirs whom the run answers, and
 * elsewhere theirs by another identity.
 */
export function mayAnswer(
  request: RequestRow,
  said: Answering,
  facts: Facts,
  settings: Settings,
): boolean {
  const isHere = isSamePlace(request.address, said.address)
  const { policies, identities } = settings
  const policy = policies.get(said.address.channel)
  if (policy !== undefined && isOwner(said.sender, policy, facts)) return true
  // Only an owner lets somebody in; what a chat was asked, that chat answers.
  if (!isOfRun(request)) return request.kind === 'stale' && isHere
  const { authors, chatKind } = request.run
  if (isHere && chatKind === 'dm') return true
  const { account, channel } = said.address
  const ids = [said.sender.id, said.sender.alias]
  const isAuthor = authors.some((one) => one.account === account && ids.includes(one.id))
  if (isHere && isAuthor) return true
  return identities.some(
    (person) =>
      person.some((one) => one.channel === channel && ids.includes(one.id)) &&
      authors.some((author) =>
        person.some((one) => one.channel === author.channel && one.id === author.id),
      ),
  )
}
