import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import type { InboundContext } from './context.ts'
import { readFrame, type SignalFrame } from './envelope.ts'
import type { GroupDirectory } from './groups.ts'
import { toEvents } from './inbound.ts'
import type { Memory } from './memory.ts'
import {
  invitationNotice,
  type Notice,
  type Place,
  safetyNumberNotice,
  unreadableNotice,
} from './notices.ts'

export type Self = Pick<InboundContext, 'channel' | 'account' | 'ownId' | 'number'>

type Parts = {
  readonly self: Self
  readonly place: Place
  readonly groups: GroupDirectory
  readonly memory: Memory
  readonly receive: ChannelHost['receive']
  readonly notice: (notice: Notice) => void
  readonly signal: AbortSignal
}

/** What signal-cli reports and nobody needs to hear: our own messages and repeats. */
const harmless = new Set(['SelfSendException', 'ProtocolDuplicateMessageException'])

/** The way from raw frames to stored events, wherever the frames come from. */
export class Intake {
  readonly #parts: Parts
  /** How many frames made no sense and were passed over. */
  unreadable = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves once all frames are stored. What makes no sense never stops what comes after it. */
  async take(raw: readonly unknown[]): Promise<void> {
    const { groups, receive, signal } = this.#parts
    const frames = raw.flatMap((one) => this.#read(one))
    await groups.learn(frames.flatMap(groupOf), signal)
    const events = frames.flatMap((frame) => this.#eventsOf(frame))
    if (events.length > 0) await receive(events)
  }

  #read(raw: unknown): readonly SignalFrame[] {
    const { self, memory } = this.#parts
    const frame = readFrame(raw)
    if (!frame || (frame.account !== undefined && frame.account !== self.number)) {
      this.unreadable += 1
      return []
    }
    const { sourceUuid, sourceNumber, sourceName } = frame.envelope ?? {}
    const id = sourceUuid ?? sourceNumber
    if (id !== undefined && sourceName !== undefined) memory.named(id, sourceName)
    return [frame]
  }

  #eventsOf({ envelope, exception }: SignalFrame): readonly InboundEvent[] {
    const { self, groups, memory } = this.#parts
    if (exception) this.#tell(exception, envelope)
    const events =
      envelope &&
      toEvents(envelope, {
        ...self,
        nameOf: (id) => memory.nameOf(id),
        originalOf: (id) => memory.originalOf(id),
        isOwnSend: (id) => memory.isSent(id),
        groupOf: (id) => groups.find(id),
      })
    if (!events) {
      if (!exception) this.unreadable += 1
      return []
    }
    for (const event of events) this.#remember(event)
    return events
  }

  #remember(event: InboundEvent): void {
    const { memory, groups, place, notice } = this.#parts
    if (event.type === 'membership' && groups.find(event.address.chat)?.isInvited) {
      const { address, chatTitle: title, by } = event
      notice(invitationNotice({ chat: address.chat, title, by: by?.name ?? 'Somebody' }, place))
    }
    if (event.type !== 'message' && event.type !== 'edit') return
    const { id, version, chatKind, text } = event.message
    if (event.type === 'edit') memory.edited(id, version)
    // Only in groups is an answer shown with what it answers.
    if (chatKind === 'group') memory.said(id, text)
  }

  #tell(
    { type, message }: NonNullable<SignalFrame['exception']>,
    envelope: SignalFrame['envelope'],
  ): void {
    const { place, memory, notice } = this.#parts
    if (type !== undefined && harmless.has(type)) return
    const id = envelope?.sourceUuid ?? envelope?.sourceNumber
    const name = (id && memory.nameOf(id)) ?? envelope?.sourceNumber ?? id ?? 'somebody'
    const isIdentity = type === 'UntrustedIdentityException' && id !== undefined
    if (isIdentity) notice(safetyNumberNotice(id, name, place))
    else notice(unreadableNotice(name, type ?? message ?? 'no reason given'))
  }
}

function groupOf({
  envelope,
}: SignalFrame): readonly { readonly id: string; readonly isChanged: boolean }[] {
  const content = envelope?.dataMessage ?? envelope?.editMessage?.dataMessage
  const group = content?.groupInfo
  if (group?.groupId === undefined) return []
  return [{ id: group.groupId, isChanged: group.type === 'UPDATE' }]
}
