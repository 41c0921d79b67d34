import type { Sender } from '../../core/model.ts'
import type { InboundContext } from './context.ts'
import type { SignalEnvelope, SignalMention } from './envelope.ts'
import type { MentionNames } from './mentions.ts'

/** Who wrote an envelope, by the uuid where there is one; undefined where nothing says it. */
export function senderOf(envelope: SignalEnvelope, context: InboundContext): Sender | undefined {
  const { source, sourceName } = envelope
  const number = envelope.sourceNumber ?? (source?.startsWith('+') ? source : undefined)
  const uuid = envelope.sourceUuid ?? (source?.startsWith('+') ? undefined : source)
  const id = isSelf(uuid, context) || isSelf(number, context) ? context.ownId : (uuid ?? number)
  if (id === undefined) return undefined
  const name = sourceName ?? context.nameOf(id) ?? number ?? id
  return { id, name, ...(number === undefined || number === id ? {} : { alias: number }) }
}

/** The id of somebody a message names; ours however it is said. */
export function authorOf(
  from: {
    readonly targetAuthorUuid?: string
    readonly targetAuthorNumber?: string
    readonly targetAuthor?: string
  },
  context: InboundContext,
): string | undefined {
  const id = from.targetAuthorUuid ?? from.targetAuthorNumber ?? from.targetAuthor
  const isOwn = [id, from.targetAuthorNumber].some((one) => isSelf(one, context))
  return isOwn ? context.ownId : id
}

/** What mentions are replaced by. */
export function namesIn(context: InboundContext): MentionNames {
  return {
    isOwn: ({ uuid, number, name }) =>
      isSelf(uuid, context) || isSelf(number, context) || (!uuid && isSelf(name, context)),
    nameOf: ({ uuid, number, name }: SignalMention) =>
      personOf(uuid ?? number ?? name, context, number),
  }
}

/** What somebody is called, for people to read. */
export function personOf(
  id: string | undefined,
  context: InboundContext,
  otherwise?: string,
): string {
  if (id === undefined) return 'unknown'
  const own = id === context.ownId ? context.number : undefined
  return context.nameOf(id) ?? own ?? otherwise ?? id
}

/** Whether an id, of either kind, is the account's own. */
export function isSelf(id: string | undefined, { ownId, number }: InboundContext): boolean {
  return id !== undefined && (id === ownId || id === number)
}
