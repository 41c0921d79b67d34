import type { InboundContext } from '../../channels/signal/context.ts'
import { readFrame } from '../../channels/signal/envelope.ts'
import { toEvents } from '../../channels/signal/inbound.ts'

export const own = '00000000-0000-4000-8000-000000000001'
export const ann = '11111111-1111-4111-8111-111111111111'
export const bob = '22222222-2222-4222-8222-222222222222'
export const group = 'pYV0aMSZHBAtmTTUdJIYIfxC0IOQjE1FzoIKgbLZ3bQ='
export const at = 1_763_800_000_123

/** What a test knows of the account and the past. */
export const context: InboundContext = {
  channel: 'signal',
  account: `signal:${own}`,
  ownId: own,
  number: '+4366099',
  nameOf: (id) => (id === bob ? 'Bob' : undefined),
  originalOf: (id) => (id === `${at + 5}.${ann}` ? `${at}.${ann}` : id),
  isOwnSend: (id) => id === `${at + 9}.${own}`,
  groupOf: () => undefined,
}

export type Fields = Readonly<Record<string, unknown>>

/** What signal-cli says of a message of Ann, with these fields. */
export function envelope(fields: Fields): Fields {
  return {
    source: '+4366011',
    sourceNumber: '+4366011',
    sourceUuid: ann,
    sourceName: 'Ann',
    sourceDevice: 1,
    timestamp: at,
    serverReceivedTimestamp: at + 1,
    serverDeliveredTimestamp: at + 2,
    ...fields,
  }
}

/** What an envelope means, however it looks. */
export function eventsOf(raw: unknown, more: Partial<InboundContext> = {}) {
  const frame = readFrame({ envelope: raw, account: '+4366099' })
  return frame?.envelope && toEvents(frame.envelope, { ...context, ...more })
}
