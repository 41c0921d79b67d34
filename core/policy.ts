import type { Address, ChatKind, Sender, Space } from './model.ts'
import type { Facts } from './store/intake.ts'

/** Who may talk to the agent on one channel, from the configuration. Ids are the platform's, as strings. */
export type Policy = {
  readonly dm: 'pairing' | 'allowlist' | 'open' | 'off'
  readonly groups: 'allowlist' | 'open' | 'off'
  /** In groups the bot acts only when it is addressed. */
  readonly mention: boolean
  readonly allow: ReadonlySet<string>
  /** Chats, and spaces with all their chats. */
  readonly allowChats: ReadonlySet<string>
  readonly owners: ReadonlySet<string>
  /** In groups only people with one of these roles act, and people who are known by name. Empty: everybody. */
  readonly roles: ReadonlySet<string>
  /** Bots that are listened to at all; `*` is all of them. */
  readonly bots: ReadonlySet<string>
  /** Everybody who gets through is an owner: the page, whose people hold the token. */
  readonly isTrusted: boolean
}

export type Decision =
  | { readonly verdict: 'act' }
  | { readonly verdict: 'observe' | 'drop' | 'pair' | 'ask'; readonly reason: string }

type Subject = {
  readonly address: Address
  readonly chatKind: ChatKind
  readonly space?: Space
  readonly sender: Sender
  readonly addressed?: 'mention' | 'reply' | 'command'
}

/**
 * Whether a message is answered, kept as context, ignored, met with a pairing code, or a reason to ask an owner about
 * the chat. Closed by default; the reason is what `/why` shows. Pure, so that every rule is a line in a table test.
 */
export function decide(subject: Subject, policy: Policy, facts: Facts): Decision {
  const { sender } = subject
  if (sender.isBot === true && !policy.bots.has('*') && !isListed(policy.bots, sender)) {
    return { verdict: 'drop', reason: 'other bots are ignored (access.bots)' }
  }
  if (facts.senderStatus === 'blocked') return { verdict: 'drop', reason: 'the sender is blocked' }
  return subject.chatKind === 'dm'
    ? decideDirect(sender, policy, facts)
    : decideGroup(subject, policy, facts)
}

function decideDirect(sender: Sender, policy: Policy, facts: Facts): Decision {
  if (policy.isTrusted) return { verdict: 'act' }
  if (policy.dm === 'off') return { verdict: 'drop', reason: 'direct messages are off (access.dm)' }
  if (policy.dm === 'open' || isKnown(sender, policy, facts)) return { verdict: 'act' }
  return policy.dm === 'pairing'
    ? { verdict: 'pair', reason: 'the sender is not paired' }
    : { verdict: 'drop', reason: 'the sender is not on the allow list (access.allow)' }
}

function decideGroup(subject: Subject, policy: Policy, facts: Facts): Decision {
  const { sender, addressed } = subject
  if (policy.isTrusted) return { verdict: 'act' }
  if (policy.groups === 'off') return { verdict: 'drop', reason: 'groups are off (access.groups)' }
  if (!isServed(subject, policy, facts)) {
    if (facts.isChatClosed === true) return { verdict: 'drop', reason: 'an owner closed the chat' }
    const verdict = addressed === undefined ? 'drop' : 'ask'
    return { verdict, reason: 'the chat is not approved (access.allowChats)' }
  }
  if ((facts.settings?.mention ?? policy.mention) && addressed === undefined) {
    return {
      verdict: 'observe',
      reason: 'not addressed: kept as context for the next mention (access.mention)',
    }
  }
  if (!isKnown(sender, policy, facts) && !hasRole(sender, policy)) {
    return {
      verdict: 'observe',
      reason:
        'the sender has none of the roles that may speak here: kept as context (access.roles)',
    }
  }
  return { verdict: 'act' }
}

/** Whether a group is one of those that are answered, whoever writes there. */
export function isServed(
  { address, space }: Pick<Subject, 'address' | 'space'>,
  policy: Policy,
  facts: Pick<Facts, 'isChatApproved'>,
): boolean {
  if (policy.groups !== 'allowlist') return policy.groups === 'open'
  return (
    facts.isChatApproved ||
    policy.allowChats.has(address.chat) ||
    (space !== undefined && policy.allowChats.has(space.id))
  )
}

function hasRole({ roles = [] }: Sender, policy: Policy): boolean {
  return policy.roles.size === 0 || roles.some((role) => policy.roles.has(role))
}

function isKnown(sender: Sender, policy: Policy, facts: Facts): boolean {
  const { senderStatus } = facts
  if (senderStatus === 'paired' || senderStatus === 'allowed' || senderStatus === 'owner')
    return true
  return isListed(policy.allow, sender) || isListed(policy.owners, sender)
}

/** Whether a sender may approve others and use the owners' commands. */
export function isOwner(sender: Sender, policy: Policy, facts: Facts): boolean {
  return policy.isTrusted || facts.senderStatus === 'owner' || isListed(policy.owners, sender)
}

function isListed(ids: ReadonlySet<string>, sender: Sender): boolean {
  return ids.has(sender.id) || (sender.alias !== undefined && ids.has(sender.alias))
}
