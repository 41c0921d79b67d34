import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Directory } from './directory.ts'
import { readFrame } from './frame.ts'
import { readDeletionEvents, readMessageEvents, readReactionEvents } from './inbound.ts'
import { kindOf, readInteractionEvents } from './interaction.ts'
import { readInteraction, readMessage } from './payload.ts'
import { Surroundings } from './surroundings.ts'

const ids = fc.constantFrom('1', '100000000000000001', '20', '', 'x', null, 7)
const words = fc.oneof(
  fc.string(),
  fc.constantFrom('<@100000000000000001>', '<@&20>', '<#20>', '<t:0>', '\ud800', '@everyone'),
)
const junk = fc.oneof(fc.jsonValue(), ids, words)
const names = [
  ...['id', 'channel_id', 'guild_id', 'author', 'member', 'content', 'type', 'flags', 'mentions'],
  ...['attachments', 'embeds', 'message_reference', 'referenced_message', 'message_snapshots'],
  ...['user_id', 'message_id', 'emoji', 'token', 'data', 'user', 'channel', 'channels', 'threads'],
  ...['roles', 'members', 'name', 'permissions', 'permission_overwrites', 'parent_id', 'ids'],
]
const object = fc.dictionary(fc.constantFrom(...names), junk, { noNullPrototype: true })
const payload = fc
  .tuple(object, fc.dictionary(fc.constantFrom(...names), fc.oneof(object, fc.array(object)), {}))
  .map(([flat, deep]) => ({ id: '1', channel_id: '20', token: 't', ...deep, ...flat }))

test('no payload of the gateway throws, and no text has a broken character', () => {
  const directory = new Directory('100000000000000001')
  const self = { name: 'discord', account: 'discord:1' }
  const surroundings = new Surroundings(directory, self)
  const context = { channel: 'discord', account: 'discord:1', directory, autoThread: true, now: 0 }
  const learned = ['GUILD_CREATE', 'GUILD_DELETE', 'CHANNEL_UPDATE', 'THREAD_CREATE']
  const others = ['GUILD_ROLE_UPDATE', 'GUILD_MEMBER_UPDATE', 'THREAD_LIST_SYNC', 'CHANNEL_DELETE']
  fc.assert(
    fc.property(payload, fc.constantFrom(...learned, ...others), (data, name) => {
      surroundings.apply(name, data, 's:1', 0)
      surroundings.describe(true)
      const message = readMessage(data)
      const events = message ? readMessageEvents(message, context) : []
      for (const event of events) {
        assert.ok(event.type === 'message' && event.message.text.isWellFormed())
      }
      readDeletionEvents(data, context)
      readReactionEvents(data, 's:1', context)
      const interaction = readInteraction(data)
      if (interaction && kindOf(interaction) !== 'other')
        readInteractionEvents(interaction, context)
    }),
    { numRuns: 5000 },
  )
})

test('no frame throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      readFrame(text)
    }),
    { numRuns: 5000 },
  )
})
