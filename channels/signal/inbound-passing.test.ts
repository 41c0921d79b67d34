import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  at,
  bob,
  context,
  envelope,
  eventsOf,
  type Fields,
  group,
  own,
} from '../../test/fakes/signal-envelope.ts'
import { goldenRecords } from '../../test/servers/signal-schema.ts'
import { readFrame } from './envelope.ts'
import { toEvents } from './inbound.ts'

test('what is for nobody is nothing', () => {
  const silent: readonly Fields[] = [
    { receiptMessage: { when: at, isRead: true, timestamps: [at] } },
    { typingMessage: { action: 'STARTED', timestamp: at } },
    { storyMessage: { allowsReplies: true } },
    { callMessage: { offerMessage: { id: 1 } } },
    { syncMessage: {} },
    { syncMessage: { readMessages: [{ senderUuid: bob, timestamp: at }] } },
    { syncMessage: { sentMessage: { destinationUuid: bob, timestamp: at, message: 'to Bob' } } },
    { dataMessage: { timestamp: at, message: null, isExpirationUpdate: true } },
    { dataMessage: { timestamp: at, message: null } },
    { dataMessage: { timestamp: at, message: '' } },
    { dataMessage: { timestamp: at, message: null, pinMessage: { targetSentTimestamp: 1 } } },
  ]
  for (const fields of silent) assert.deepEqual(eventsOf(envelope(fields)), [])
})

const asUs = { source: '+4366099', sourceNumber: '+4366099', sourceUuid: own, sourceName: 'Me' }

test('what we have sent ourselves is nothing', () => {
  const data = { timestamp: at, message: 'echo' }
  assert.deepEqual(eventsOf(envelope({ ...asUs, dataMessage: data })), [])
  assert.deepEqual(eventsOf(envelope({ ...asUs, sourceUuid: null, dataMessage: data })), [])
  const sent = { ...data, timestamp: at + 9, destinationUuid: own }
  assert.deepEqual(eventsOf(envelope({ ...asUs, syncMessage: { sentMessage: sent } })), [])
})

test('a note to oneself is a direct message to us', () => {
  for (const to of [{ destinationUuid: own }, { destinationNumber: '+4366099' }]) {
    const sentMessage = { timestamp: at, message: 'note', ...to }
    const [event] = eventsOf(envelope({ ...asUs, syncMessage: { sentMessage } })) ?? []
    assert.ok(event?.type === 'message')
    assert.equal(event.message.address.chat, own)
    assert.deepEqual(event.message.sender, { id: own, name: 'Me', alias: '+4366099' })
    assert.equal(event.message.chatKind, 'dm')
  }
  const grouped = {
    timestamp: at,
    message: 'x',
    destinationUuid: own,
    groupInfo: { groupId: group, type: 'DELIVER' },
  }
  assert.deepEqual(eventsOf(envelope({ ...asUs, syncMessage: { sentMessage: grouped } })), [])
  const forged = { timestamp: at, message: 'x', destinationUuid: own }
  assert.deepEqual(eventsOf(envelope({ syncMessage: { sentMessage: forged } })), [])
})

test('a note to oneself can be edited, and quote an answer of ours', () => {
  const editMessage = {
    targetSentTimestamp: at,
    dataMessage: { timestamp: at + 20, message: 'better' },
  }
  const sentMessage = { destinationUuid: own, editMessage, timestamp: null }
  const [edit] = eventsOf(envelope({ ...asUs, syncMessage: { sentMessage } })) ?? []
  assert.equal(edit?.type === 'edit' && edit.message.id, `${at}.${own}`)
  for (const [id, isOwn] of [
    [at + 9, true],
    [at + 8, undefined],
  ] as const) {
    const quote = { id, authorUuid: own, text: 'x' }
    const sent = { timestamp: at + 30, message: 'why?', destinationUuid: own, quote }
    const [event] = eventsOf(envelope({ ...asUs, syncMessage: { sentMessage: sent } })) ?? []
    assert.equal(event?.type === 'message' && event.message.quote?.isOwn, isOwn)
  }
})

test('without our uuid, our number tells who we are', () => {
  const byNumber = { ownId: '+4366099', account: 'signal:+4366099' }
  assert.deepEqual(
    eventsOf(envelope({ ...asUs, dataMessage: { timestamp: at, message: 'x' } }), byNumber),
    [],
  )
  const sentMessage = { timestamp: at, message: 'note', destinationNumber: '+4366099' }
  const [note] = eventsOf(envelope({ ...asUs, syncMessage: { sentMessage } }), byNumber) ?? []
  assert.equal(note?.type === 'message' && note.message.address.chat, '+4366099')
})

test('what makes no sense is undefined and never an exception', () => {
  const nulls = Object.fromEntries(Object.keys(envelope({})).map((key) => [key, null]))
  const broken: readonly unknown[] = [
    nulls,
    { ...nulls, dataMessage: {} },
    { ...nulls, dataMessage: { timestamp: at, message: 'from nobody' } },
    envelope({ dataMessage: { timestamp: 0 }, timestamp: null }),
    envelope({ editMessage: {} }),
    envelope({ dataMessage: { timestamp: at, reaction: { targetSentTimestamp: 1 } } }),
    envelope({}),
  ]
  for (const raw of broken) assert.equal(eventsOf(raw), undefined, JSON.stringify(raw))
  for (const raw of [null, 'x', 7, [], { envelope: 'x' }]) assert.equal(eventsOf(raw), undefined)
  for (const frame of [null, undefined, 'x', 7, true]) assert.equal(readFrame(frame), undefined)
})

test('every record of signal-cli passes, and every field of them as null or nonsense', () => {
  for (const record of goldenRecords()) {
    for (const wrong of [undefined, null, 'x', -1, {}, []]) {
      for (const raw of [record, ...changed(record, wrong)]) {
        const frame = readFrame({ envelope: raw, account: '+4366099' })
        if (frame?.envelope) toEvents(frame.envelope, context)
      }
    }
  }
})

/** The record with each of its fields, at any depth, replaced in turn. */
function changed(record: unknown, wrong: unknown): unknown[] {
  if (typeof record !== 'object' || record === null) return []
  if (wrong === undefined) return [record]
  return Object.entries(record).flatMap(([key, value]) => [
    { ...record, [key]: wrong },
    ...changed(value, wrong).map((inner) => ({ ...record, [key]: inner })),
  ])
}
