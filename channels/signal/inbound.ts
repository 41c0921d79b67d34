/**
 * Signal's envelopes in the gateway's words. Invariant: a message of a group never becomes one of a direct chat, and
 * what the account itself has sent becomes nothing, wherever it was sent from.
 */
import type { Address, InboundEvent, InboundMessage, Quote, Sender } from '../../core/model.ts'
import { describeFiles, readContent } from './content.ts'
import type { GroupFacts, InboundContext } from './context.ts'
import type { SignalData, SignalEdit, SignalEnvelope } from './envelope.ts'
import { formatMessageId } from './ids.ts'
import { replaceMentions } from './mentions.ts'
import { authorOf, isSelf, namesIn, personOf, senderOf } from './people.ts'

/** Who wrote, where, and when by Signal's clock. */
type Post = {
  readonly sender: Sender
  readonly chat: string
  readonly isGroup: boolean
  readonly title: string | undefined
  readonly sentAt: number
}

/** Says what an envelope means: nothing for what is not for us, undefined for what makes no sense. Pure. */
export function toEvents(
  envelope: SignalEnvelope,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const { dataMessage, editMessage, syncMessage } = envelope
  const sender = senderOf(envelope, context)
  if (syncMessage) {
    const { sentMessage: sent } = syncMessage
    const to = [sent?.destinationUuid, sent?.destinationNumber, sent?.destination]
    const isNote = !sent?.groupInfo && to.some((one) => isSelf(one, context))
    if (!sent || !isNote || sender?.id !== context.ownId) return []
    return read(sent, sent.editMessage, sender, envelope, context)
  }
  if (!dataMessage && !editMessage) return isSilent(envelope) ? [] : undefined
  if (!sender) return undefined
  return sender.id === context.ownId
    ? []
    : read(dataMessage, editMessage, sender, envelope, context)
}

function read(
  data: SignalData | undefined,
  edit: SignalEdit | undefined,
  sender: Sender,
  envelope: SignalEnvelope,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const content = edit?.dataMessage ?? data
  const timestamp = content?.timestamp ?? envelope.timestamp
  if (!content || !timestamp) return undefined
  const { groupInfo: group } = content
  if (group && group.groupId === undefined) return undefined
  const facts = group?.groupId === undefined ? undefined : context.groupOf(group.groupId)
  const post: Post = {
    sender: facts?.isAdmin(sender) ? { ...sender, roles: ['admin'] } : sender,
    chat: group?.groupId ?? sender.id,
    isGroup: group !== undefined,
    title: group?.groupName ?? facts?.title,
    // The sender's clock may be anywhere; the server's is the platform's own.
    sentAt: envelope.serverReceivedTimestamp || timestamp,
  }
  if (edit) return readEdit(edit, timestamp, post, context)
  const deletion = readDeletion(content, post, facts, context)
  if (deletion) return deletion
  if (content.reaction) return readReaction(content.reaction, timestamp, post, context)
  if (content.isExpirationUpdate) return []
  const id = formatMessageId({ timestamp, author: sender.id })
  if (!post.isGroup && context.isOwnSend(id)) return []
  const change: InboundEvent[] =
    group?.type === 'UPDATE' ? [membershipOf(id, post, facts, context)] : []
  const message = toMessage(content, id, 0, post, context)
  return message ? [...change, { type: 'message', message }] : change
}

function readEdit(
  { targetSentTimestamp, dataMessage }: SignalEdit,
  version: number,
  post: Post,
  context: InboundContext,
): readonly InboundEvent[] {
  const author = post.sender.id
  const edited = formatMessageId({ timestamp: targetSentTimestamp, author })
  if (!post.isGroup && context.isOwnSend(formatMessageId({ timestamp: version, author }))) return []
  const message = toMessage(dataMessage, context.originalOf(edited), version, post, context)
  return message ? [{ type: 'edit', message }] : []
}

function readDeletion(
  { remoteDelete, adminDelete }: SignalData,
  post: Post,
  facts: GroupFacts | undefined,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const common = { type: 'deletion' as const, address: addressOf(post, context), at: post.sentAt }
  if (remoteDelete) {
    const name = { timestamp: remoteDelete.timestamp, author: post.sender.id }
    return [{ ...common, messageIds: [context.originalOf(formatMessageId(name))] }]
  }
  if (!adminDelete) return undefined
  const author = authorOf(adminDelete, context)
  // Anybody can claim to be an administrator; what is known of the group decides.
  if (author === undefined || !post.isGroup || facts?.isAdmin(post.sender) === false) return []
  const id = formatMessageId({ timestamp: adminDelete.targetSentTimestamp, author })
  return [{ ...common, messageIds: [context.originalOf(id)] }]
}

function readReaction(
  reaction: NonNullable<SignalData['reaction']>,
  timestamp: number,
  post: Post,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const author = authorOf(reaction, context)
  if (author === undefined) return undefined
  const { emoji, isRemove, targetSentTimestamp } = reaction
  const target = formatMessageId({ timestamp: targetSentTimestamp, author })
  return [
    {
      type: 'reaction',
      id: formatMessageId({ timestamp, author: post.sender.id }),
      address: addressOf(post, context),
      chatKind: kindOf(post),
      sender: post.sender,
      messageId: context.originalOf(target),
      // In the chat with oneself every message is one's own.
      ...(author === context.ownId &&
        (post.isGroup || post.sender.id !== author) && { ownSentAt: targetSentTimestamp }),
      emoji: isRemove || emoji === undefined ? [] : [emoji],
      at: post.sentAt,
    },
  ]
}

function membershipOf(
  id: string,
  post: Post,
  facts: GroupFacts | undefined,
  context: InboundContext,
): InboundEvent {
  return {
    type: 'membership',
    id,
    address: addressOf(post, context),
    chatKind: kindOf(post),
    ...(post.title === undefined ? {} : { chatTitle: post.title }),
    // Signal shows nothing of a group to those who are not in it.
    isMember: facts?.isMember ?? true,
    by: post.sender,
    at: post.sentAt,
  }
}

function toMessage(
  data: SignalData,
  id: string,
  version: number,
  post: Post,
  context: InboundContext,
): InboundMessage | undefined {
  const author = (from: { authorUuid?: string; authorNumber?: string }) =>
    personOf(from.authorUuid ?? from.authorNumber, context)
  const { attachments, notes } = readContent(data, author)
  const body = data.message ?? ''
  if (body === '' && attachments.length === 0 && notes.length === 0) return undefined
  const { text, isAddressed } = replaceMentions(body, data.mentions ?? [], namesIn(context))
  const { quote, repliesTo } = readQuote(data, post, context)
  const isVote = isSelf(data.pollVote?.authorUuid ?? data.pollVote?.authorNumber, context)
  const isReply = post.isGroup && (quote?.isOwn === true || isVote)
  const addressed = isAddressed ? 'mention' : isReply ? 'reply' : undefined
  const isBare = text.trim() === '' && attachments.length === 0 && notes.length === 0
  return {
    id,
    version,
    address: addressOf(post, context),
    chatKind: kindOf(post),
    ...(post.title === undefined ? {} : { chatTitle: post.title }),
    sender: post.sender,
    // Whoever only calls us says at least that.
    text: isAddressed && isBare ? `@${personOf(context.ownId, context)}` : text,
    ...(addressed === undefined ? {} : { addressed }),
    ...(quote === undefined ? {} : { quote }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
    notes,
    attachments,
    sentAt: post.sentAt,
  }
}

function readQuote(
  { quote }: SignalData,
  { chat }: Post,
  context: InboundContext,
): { quote?: Quote; repliesTo?: string } {
  if (!quote) return {}
  const author = authorOf(
    {
      ...(quote.authorUuid === undefined ? {} : { targetAuthorUuid: quote.authorUuid }),
      ...(quote.authorNumber === undefined ? {} : { targetAuthorNumber: quote.authorNumber }),
      ...(quote.author === undefined ? {} : { targetAuthor: quote.author }),
    },
    context,
  )
  const { text } = replaceMentions(quote.text ?? '', quote.mentions ?? [], {
    ...namesIn(context),
    isOwn: () => false,
  })
  const repliesTo =
    author === undefined
      ? undefined
      : context.originalOf(formatMessageId({ timestamp: quote.id, author }))
  // In the notes to oneself both sides write as the account, and only what we sent is ours.
  const isOwn =
    author === context.ownId && (chat !== context.ownId || context.isOwnSend(repliesTo ?? ''))
  return {
    quote: {
      author: personOf(author, context),
      text: text === '' ? describeFiles(quote.attachments) : text,
      ...(isOwn ? { isOwn } : {}),
    },
    ...(repliesTo === undefined ? {} : { repliesTo }),
  }
}

function addressOf({ chat }: Post, { channel, account }: InboundContext): Address {
  return { channel, account, chat }
}

function kindOf({ isGroup }: Post): 'dm' | 'group' {
  return isGroup ? 'group' : 'dm'
}

/** Signs of presence, receipts, stories and calls: nothing anybody says. */
function isSilent(envelope: SignalEnvelope): boolean {
  const { receiptMessage, typingMessage, storyMessage, callMessage } = envelope
  return [receiptMessage, typingMessage, storyMessage, callMessage].some((one) => one === true)
}
