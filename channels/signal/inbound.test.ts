import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundEvent, InboundMessage } from '../../core/model.ts'
import {
  ann,
  at,
  bob,
  envelope,
  eventsOf,
  type Fields,
  group,
  own,
} from '../../test/fakes/signal-envelope.ts'
import type { InboundContext } from './context.ts'

function says(data: Fields, more: Partial<InboundContext> = {}): InboundEvent {
  const message = { timestamp: at, message: null, expiresInSeconds: 0, viewOnce: false, ...data }
  const [event, ...others] = eventsOf(envelope({ dataMessage: message }), more) ?? []
  assert.deepEqual(others, [])
  return event ?? assert.fail('No event.')
}

function messageOf(data: Fields, more: Partial<InboundContext> = {}): InboundMessage {
  const event = says(data, more)
  return event.type === 'message' ? event.message : assert.fail(event.type)
}

const deliver = { groupId: group, groupName: 'Team', revision: 7, type: 'DELIVER' }

test('a direct message is from its author, in a chat with its author', () => {
  assert.deepEqual(messageOf({ message: 'hi' }), {
    id: `${at}.${ann}`,
    version: 0,
    address: { channel: 'signal', account: `signal:${own}`, chat: ann },
    chatKind: 'dm',
    sender: { id: ann, name: 'Ann', alias: '+4366011' },
    text: 'hi',
    notes: [],
    attachments: [],
    sentAt: at + 1,
  })
})

test('a hidden number is no alias, and without a uuid the number stands in', () => {
  const data = { dataMessage: { timestamp: at, message: 'hi' } }
  const hidden = envelope({ ...data, source: ann, sourceNumber: null, sourceName: null })
  const [first] = eventsOf(hidden) ?? []
  assert.deepEqual(first?.type === 'message' && first.message.sender, { id: ann, name: ann })
  const [second] = eventsOf(envelope({ ...data, sourceUuid: null })) ?? []
  assert.deepEqual(second?.type === 'message' && second.message.sender, {
    id: '+4366011',
    name: 'Ann',
  })
})

test('a group message stays in its group, also in one nobody has heard of', () => {
  const message = messageOf({ message: 'hi', groupInfo: deliver })
  assert.equal(message.address.chat, group)
  assert.equal(message.chatKind, 'group')
  assert.equal(message.chatTitle, 'Team')
  assert.equal(message.addressed, undefined)
})

test('a group that cannot be read never becomes a direct chat', () => {
  for (const groupInfo of [{}, 'x', 7, [], { groupId: null }, { groupId: '' }]) {
    const raw = envelope({ dataMessage: { timestamp: at, message: 'hi', groupInfo } })
    assert.equal(eventsOf(raw), undefined, JSON.stringify(groupInfo))
  }
})

test('an administrator has that role where it is known', () => {
  const facts = {
    title: 'Team',
    isMember: true,
    isInvited: false,
    isAdmin: ({ id }: { id: string }) => id === ann,
  }
  const message = messageOf({ message: 'hi', groupInfo: deliver }, { groupOf: () => facts })
  assert.deepEqual(message.sender.roles, ['admin'])
})

test('a mention by uuid or by number addresses us and is not part of the text', () => {
  for (const who of [{ uuid: own }, { number: '+4366099' }, { name: '+4366099' }]) {
    const message = messageOf({
      message: '\uFFFC what says \uFFFC?',
      mentions: [
        { name: null, number: null, uuid: null, start: 0, length: 1, ...who },
        { uuid: bob, start: 12, length: 1 },
      ],
      groupInfo: deliver,
    })
    assert.equal(message.text, 'what says @Bob?')
    assert.equal(message.addressed, 'mention')
  }
})

test('who only mentions us says at least that', () => {
  const mentions = [{ uuid: own, start: 0, length: 1 }]
  assert.equal(messageOf({ message: '\uFFFC', mentions }).text, '@+4366099')
})

test('a quote of ours is an answer to us in a group', () => {
  const quote = { id: at - 9, authorUuid: own, text: 'see \uFFFC', attachments: [] }
  const message = messageOf({ message: 'why?', quote, groupInfo: deliver })
  assert.equal(message.addressed, 'reply')
  assert.deepEqual(message.quote, { author: '+4366099', text: 'see @unknown', isOwn: true })
  assert.equal(message.repliesTo, `${at - 9}.${own}`)
  assert.equal(messageOf({ message: 'why?', quote }).addressed, undefined)
})

test('a quote of others has their words, or what their files are', () => {
  const files = [{ contentType: 'image/jpeg', filename: 'a.jpg' }]
  const quote = { id: at - 9, author: bob, authorUuid: bob, text: null, attachments: files }
  const message = messageOf({ message: 'nice', quote, groupInfo: deliver })
  assert.deepEqual(message.quote, { author: 'Bob', text: '[photo]' })
  assert.equal(message.addressed, undefined)
})

test('a quote of a later version of a message names its first', () => {
  const quote = { id: at + 5, authorUuid: ann, text: 'x' }
  assert.equal(messageOf({ message: 'y', quote }).repliesTo, `${at}.${ann}`)
})

test('a reaction is set and taken back', () => {
  const target = { targetAuthorUuid: own, targetAuthor: '+4366099', targetSentTimestamp: at - 1 }
  const set = says({ reaction: { emoji: '👍', ...target, isRemove: false } })
  const common = {
    type: 'reaction',
    id: `${at}.${ann}`,
    address: { channel: 'signal', account: `signal:${own}`, chat: ann },
    chatKind: 'dm',
    sender: { id: ann, name: 'Ann', alias: '+4366011' },
    messageId: `${at - 1}.${own}`,
    ownSentAt: at - 1,
    at: at + 1,
  }
  assert.deepEqual(set, { ...common, emoji: ['👍'] })
  assert.deepEqual(says({ reaction: { emoji: '👍', ...target, isRemove: true } }), {
    ...common,
    emoji: [],
  })
})

test('an edit has the id of the original, however often it was edited', () => {
  for (const target of [at, at + 5]) {
    const editMessage = {
      targetSentTimestamp: target,
      dataMessage: { timestamp: at + 20, message: 'better' },
    }
    const [event] = eventsOf(envelope({ timestamp: at + 20, editMessage })) ?? []
    assert.ok(event?.type === 'edit')
    assert.equal(event.message.id, `${at}.${ann}`)
    assert.equal(event.message.version, at + 20)
    assert.equal(event.message.text, 'better')
  }
})

test('a deletion names the message, by its author or by an administrator', () => {
  const remote = says({ remoteDelete: { timestamp: at - 3 } })
  assert.deepEqual(remote.type === 'deletion' && remote.messageIds, [`${at - 3}.${ann}`])
  const adminDelete = { targetAuthorUuid: bob, targetSentTimestamp: at - 3 }
  const byAdmin = says({ adminDelete, groupInfo: deliver })
  assert.deepEqual(byAdmin.type === 'deletion' && byAdmin.messageIds, [`${at - 3}.${bob}`])
  const facts = { title: 'Team', isMember: true, isInvited: false, isAdmin: () => false }
  const claimed = envelope({ dataMessage: { timestamp: at, adminDelete, groupInfo: deliver } })
  assert.deepEqual(eventsOf(claimed, { groupOf: () => facts }), [])
})

test('a change of a group says whether we are in it', () => {
  const groupInfo = { ...deliver, type: 'UPDATE', groupName: 'New team' }
  const added = says({ groupInfo })
  assert.ok(added.type === 'membership')
  assert.deepEqual([added.isMember, added.chatTitle, added.by?.id], [true, 'New team', ann])
  const facts = { title: 'Team', isMember: false, isInvited: false, isAdmin: () => false }
  const removed = says({ groupInfo }, { groupOf: () => facts })
  assert.equal(removed.type === 'membership' && removed.isMember, false)
})

test('odd texts pass as they are: nothing to see, right to left, half a character', () => {
  for (const text of ['\u200B\u200D', '\u202Eשלום\u202C', '\u0000']) {
    assert.equal(messageOf({ message: text }).text, text)
  }
  assert.equal(messageOf({ message: 'a\ud800b' }).text, 'a\ufffdb')
})
