/**
 * The nouns of the gateway, as plain data. Instants end in `At` and are milliseconds since the epoch, durations
 * end in `Ms`. Ids made by the store are opaque strings with a letter for their kind: `m12` a message, `r12` a run,
 * `s12` a session, `d12` a delivery, `q12` a request.
 */

export type ChatKind = 'dm' | 'group' | 'thread'

/** A place to talk, on one account of one platform. */
export type Address = {
  /** Key in the configuration, for example `telegram`. It may be renamed; `account` may not. */
  readonly channel: string
  /** The platform's own id of the account with its platform, for example `telegram:7000001`. */
  readonly account: string
  readonly chat: string
  /** Forum topic or thread inside `chat`; absent in a plain chat. */
  readonly thread?: string
}

/** Where an answer goes: fixed when the run is made and never changed. */
export type ReplyRoute = Address & {
  readonly chatKind: ChatKind
  /** Platform id of the message that is answered, shown as a quote where that helps (groups). */
  readonly replyTo?: string
}

export type Sender = {
  /** Stable id on the platform. */
  readonly id: string
  readonly name: string
  /** Another id the same person may stand under in an allow list (a Signal number, for example). */
  readonly alias?: string
  readonly isBot?: boolean
  /** What the sender is in this chat, for `access.roles`: Discord role ids; `admin` on Telegram and Signal. */
  readonly roles?: readonly string[]
  /** The platform's language hint, BCP 47. */
  readonly language?: string
}

/** What holds several chats together: a Discord server. Allowing it allows its chats. */
export type Space = { readonly id: string; readonly title?: string }

/** `paste` is text so long that the client made a file of it: it reads as the message's own words. */
export type AttachmentKind =
  | 'paste'
  | 'photo'
  | 'document'
  | 'voice'
  | 'audio'
  | 'video'
  | 'animation'
  | 'sticker'

/** A file the platform holds for us; `ref` is what the adapter needs to fetch it. */
export type InboundAttachment = {
  readonly ref: string
  readonly kind: AttachmentKind
  readonly name?: string
  readonly mime?: string
  /** Bytes, as the platform claims. */
  readonly size?: number
  readonly durationMs?: number
}

export type Quote = { readonly author: string; readonly text: string; readonly isOwn?: boolean }
export type Forward = { readonly origin: string }

/** One message of a person, normalised. What could not be expressed otherwise is a visible line in `notes`. */
export type InboundMessage = {
  /** Platform id, unique within the chat. */
  readonly id: string
  /** 0 for the original, the platform's edit time for an edited one. */
  readonly version: number
  readonly address: Address
  readonly chatKind: ChatKind
  readonly chatTitle?: string
  readonly space?: Space
  readonly sender: Sender
  readonly text: string
  /** How the bot was addressed natively, if it was. A direct message is always for the bot. */
  readonly addressed?: 'mention' | 'reply' | 'command'
  readonly quote?: Quote
  /** Platform id of the message it replies to. */
  readonly repliesTo?: string
  readonly forward?: Forward
  /** For example `[location 52.52, 13.41]` or `[photo, 31 MB: too large]`. */
  readonly notes: readonly string[]
  readonly attachments: readonly InboundAttachment[]
  /** Messages with the same album are one turn. */
  readonly album?: string
  /** The text is so close to the platform's limit that the client probably split a longer one. */
  readonly isNearLimit?: boolean
  readonly sentAt: number
}

/** Everything a platform may tell us. `id` of a press or reaction is the platform's update id, for dedupe. */
export type InboundEvent =
  | { readonly type: 'message'; readonly message: InboundMessage }
  | { readonly type: 'edit'; readonly message: InboundMessage }
  | {
      readonly type: 'deletion'
      readonly address: Address
      readonly messageIds: readonly string[]
      readonly at: number
    }
  | {
      readonly type: 'press'
      readonly id: string
      readonly address: Address
      readonly chatKind: ChatKind
      readonly space?: Space
      readonly sender: Sender
      /** What the button carried, as the core made it. */
      readonly data: string
      readonly messageId?: string
      readonly at: number
    }
  | {
      readonly type: 'reaction'
      readonly id: string
      readonly address: Address
      readonly chatKind: ChatKind
      readonly space?: Space
      readonly sender: Sender
      readonly messageId: string
      /** When the message was sent, by the platform's clock; only where it says that the message is the account's own. */
      readonly ownSentAt?: number
      readonly emoji: readonly string[]
      readonly at: number
    }
  | {
      readonly type: 'membership'
      readonly id: string
      readonly address: Address
      readonly chatKind: ChatKind
      readonly chatTitle?: string
      readonly space?: Space
      /** Whether the account can write in the chat from now on. */
      readonly isMember: boolean
      readonly by?: Sender
      readonly at: number
    }
  | {
      readonly type: 'migration'
      readonly id: string
      readonly account: string
      readonly from: string
      readonly to: string
      readonly at: number
    }

export type Disposition = 'run' | 'observed' | 'dropped' | 'control' | 'held' | 'expired'

/** How a message stands in a turn: as itself, as one line because the queue ran over, or as context from before. */
export type TurnForm = 'full' | 'summary' | 'context'

export type RunState =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'superseded'
/** `compact` is a run that shortens its session's memory instead of answering. */
export type RunSource = 'message' | 'api' | 'job' | 'heartbeat' | 'compact'
export type QueueMode = 'steer' | 'collect' | 'followup' | 'interrupt'

export type RunEventType =
  | 'run.accepted'
  | 'run.started'
  | 'run.recovered'
  | 'run.retrying'
  | 'run.text'
  | 'run.tool'
  | 'run.waiting'
  | 'run.resumed'
  | 'run.completed'
  | 'run.failed'
  | 'run.cancelled'
  | 'run.superseded'
  | 'delivery.sent'
  | 'delivery.failed'

/** One entry of a run's history. `seq` is dense from 1 within the run; `id` grows over all runs. */
export type RunEvent = {
  readonly id: number
  readonly runId: string
  readonly seq: number
  readonly type: RunEventType
  readonly at: number
  readonly data: Record<string, unknown>
}

/** A file kept in the blob store. */
export type StoredFile = {
  readonly sha256: string
  readonly name: string
  readonly mime: string
  readonly size: number
}

/** What an agent answers. Markdown is parsed and rendered per channel; plain text is sent as it is. */
export type Reply = {
  readonly text: string
  readonly format: 'markdown' | 'plain'
  readonly files?: readonly StoredFile[]
  readonly buttons?: readonly (readonly Button[])[]
}

/** `data` is at most 64 bytes (Telegram's limit): an id, never content. */
export type Button = {
  readonly label: string
  readonly data: string
  readonly style?: 'primary' | 'danger'
}

/**
 * One outbound message as its platform will take it, made by the adapter's `render` and kept as a row.
 * `format` belongs to the adapter alone (Telegram entities, HTML, …).
 */
export type Chunk = {
  readonly text: string
  readonly format?: unknown
  readonly file?: StoredFile
  readonly buttons?: readonly (readonly Button[])[]
}

export type DeliveryState = 'pending' | 'sending' | 'sent' | 'uncertain' | 'discarded'
/** Answers keep their order in a chat; control answers have a lane of their own and never wait behind them. */
export type Lane = 'answer' | 'control'

export type RunError = { readonly code: string; readonly message: string }
