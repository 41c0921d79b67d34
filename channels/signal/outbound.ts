import type { OutboundDelivery } from '../../core/ports.ts'
import { signalTextOf } from '../../core/rendering/signal-format.ts'
import { count, list, type Reader, shape, word } from '../readers.ts'
import { parseMessageId, toRecipient } from './ids.ts'

/** The body of `POST /v2/send`, as far as it is used here; files are put into it on the way out. */
export type SendBody = {
  readonly number: string
  readonly recipients: readonly [string]
  readonly message: string
  readonly text_mode: 'normal' | 'styled'
  /** Our own copy would come back as a message. */
  readonly notify_self: false
  readonly quote_timestamp?: number
  readonly quote_author?: string
  readonly quote_message?: string
  readonly edit_timestamp?: number
}

/** The request that sends a delivery. `textOf` knows what some messages say, for the quote. Pure. */
export function toSend(
  { to, chunk }: OutboundDelivery,
  number: string,
  textOf: (messageId: string) => string | undefined,
): SendBody {
  const quoted = to.replyTo === undefined ? undefined : parseMessageId(to.replyTo)
  return {
    ...bodyOf({ to, chunk }, number),
    ...(quoted && {
      quote_timestamp: quoted.timestamp,
      quote_author: quoted.author,
      quote_message: textOf(to.replyTo ?? '') ?? '',
    }),
  }
}

/** The request that makes the version sent at `timestamp` look like a delivery. Pure. */
export function toEdit(
  timestamp: number,
  delivery: Pick<OutboundDelivery, 'to' | 'chunk'>,
  number: string,
): SendBody {
  return { ...bodyOf(delivery, number), edit_timestamp: timestamp }
}

/** Says how text is meant each time: the server's default may be either. */
function bodyOf({ to, chunk }: Pick<OutboundDelivery, 'to' | 'chunk'>, number: string): SendBody {
  const { text, isStyled } = signalTextOf(chunk)
  return {
    number,
    recipients: [toRecipient(to.chat)],
    message: text,
    text_mode: isStyled ? 'styled' : 'normal',
    notify_self: false,
  }
}

/** What `POST /v2/send` says of a message that went out: its timestamp, and who did not get it. */
export type Sent = {
  readonly timestamp: number
  readonly failures: readonly Missed[]
}
export type Missed = {
  readonly uuid?: string
  readonly number?: string
  readonly username?: string
  readonly reason: string
}

const digits: Reader<number> = (value) =>
  typeof value === 'string' && /^\d{1,16}$/.test(value) ? count(Number(value)) : count(value)
const recipient = shape({ reason: word }, { uuid: word, number: word, username: word })
const answer = shape(
  { timestamp: digits },
  { errors: shape({}, { recipients: list(recipient, 2000) }) },
)

/** Reads the answer of `POST /v2/send`: an object, or since July 2026 a list with one. Undefined for anything else. */
export function readSent(value: unknown): Sent | undefined {
  const read = answer(Array.isArray(value) ? value[0] : value)
  if (!read || read.timestamp === 0) return undefined
  return { timestamp: read.timestamp, failures: read.errors?.recipients ?? [] }
}
