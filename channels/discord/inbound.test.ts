import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundMessage } from '../../core/model.ts'
import { Directory } from './directory.ts'
import { readEditEvents, readMessageEvents } from './inbound.ts'
import { readInteractionEvents } from './interaction.ts'
import { readGuild, readInteraction, readMessage } from './payload.ts'
import type { InboundContext } from './place.ts'

const botId = '100000000000000001'
const guildId = '200000000000000000'
const everything = String((1n << 53n) - 1n)

function contextWith(autoThread = false): InboundContext {
  const directory = new Directory(botId)
  const guild = readGuild({
    id: guildId,
    name: 'Workshop',
    roles: [
      { id: guildId, name: '@everyone', permissions: everything },
      { id: '210000000000000001', name: 'Jackdaw', permissions: '0', tags: { bot_id: botId } },
      { id: '210000000000000002', name: 'Makers', permissions: '0' },
    ],
    channels: [
      { id: '220000000000000001', type: 0, name: 'general' },
      { id: '220000000000000002', type: 15, name: 'ideas' },
    ],
    threads: [
      { id: '230000000000000001', type: 11, name: 'talk', parent_id: '220000000000000001' },
    ],
    members: [],
  })
  assert.ok(guild)
  directory.putGuild(guild)
  return { channel: 'discord', account: `discord:${botId}`, directory, autoThread, now: 1000 }
}

const ann = { id: '300000000000000001', username: 'ann', global_name: 'Ann' }
const bare = {
  id: '400000000000000001',
  channel_id: '220000000000000001',
  guild_id: guildId,
  author: ann,
  member: { nick: null, roles: [] },
  type: 0,
  flags: 0,
  timestamp: '2026-11-22T10:00:00.000000+00:00',
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
}

function read(fields: object, context = contextWith()): InboundMessage | undefined {
  const message = readMessage({ ...bare, ...fields })
  assert.ok(message)
  const [event] = readMessageEvents(message, context)
  return event?.type === 'message' ? event.message : undefined
}

test('markup reads as people see it', () => {
  const cases: readonly [string, string][] = [
    [`ask <@${ann.id}>`, 'ask @Ann'],
    [`ask <@!${ann.id}> and <@999>`, 'ask @Ann and <@999>'],
    ['for <@&210000000000000002>', 'for @Makers'],
    ['see <#220000000000000002> and <#1>', 'see #ideas and <#1>'],
    ['<:tada:123456789012345678> <a:wave:123456789012345678>', ':tada: :wave:'],
    ['at <t:1767225600:R>', 'at 2026-01-01 00:00 UTC'],
    ['at <t:999999999999:R>', 'at <t:999999999999:R>'],
    ['use </status:123456789012345678>', 'use /status'],
    ['@everyone look', '@everyone look'],
  ]
  for (const [content, text] of cases)
    assert.equal(read({ content, mentions: [ann] })?.text, text, content)
})

test('a name in code is no mention', () => {
  const message = read({ content: `\`<@${botId}>\` is how to call it`, mentions: [] })
  assert.equal(message?.addressed, undefined)
})

test('what is not said by people is not heard', () => {
  const silent: readonly object[] = [
    { type: 7 },
    { type: 6 },
    { type: 8 },
    { type: 18 },
    { type: 20 },
    { type: 21 },
    { flags: 1 << 6 },
    { flags: 1 << 7 },
    { author: { ...ann, system: true } },
    { author: { id: botId } },
    { author: undefined },
    { content: '' },
  ]
  for (const fields of silent)
    assert.equal(read({ content: 'hello', ...fields }), undefined, JSON.stringify(fields))
})

test('a webhook is a bot', () => {
  const message = read({ content: 'ping', webhook_id: '500000000000000001', member: undefined })
  assert.equal(message?.sender.isBot, true)
})

test('the nickname of the server comes before the name of the account', () => {
  const member = { nick: 'Annie', roles: ['210000000000000002'] }
  const sender = read({ content: 'hello', member })?.sender
  assert.deepEqual(sender, { id: ann.id, name: 'Annie', roles: ['210000000000000002'] })
})

test('what cannot be fetched or said is a visible line', () => {
  const poll = {
    question: { text: 'Lunch?' },
    answers: [{ poll_media: { text: 'Soup' } }, { poll_media: { text: 'Bread' } }],
  }
  const cases: readonly [object, string[]][] = [
    [{ poll }, ['[poll Lunch?: Soup, Bread]']],
    [{ embeds: [{ title: 'News', description: 'All of\nit' }] }, ['[embed News: All of it]']],
    [{ embeds: [{ url: 'https://a.example' }] }, ['[embed https://a.example]']],
    [{ components: [{ type: 17 }] }, ['[components without text]']],
    [{ sticker_items: [{ name: 'Wave' }] }, ['[sticker Wave]']],
    // Animated ones, as APNG, Lottie and GIF.
    [
      {
        sticker_items: [
          { name: 'A', format_type: 2 },
          { name: 'B', format_type: 3 },
          { name: 'C', format_type: 4 },
        ],
      },
      ['[sticker A]', '[sticker B]', '[sticker C]'],
    ],
    [{ attachments: [{ id: '1', filename: 'a.txt' }] }, ['[file a.txt: it cannot be fetched]']],
    [{ content: 'https://a.example', embeds: [{ title: 'A preview' }] }, []],
  ]
  for (const [fields, notes] of cases) assert.deepEqual(read(fields)?.notes, notes)
})

test('odd texts pass as they are: nothing to see, right to left', () => {
  for (const content of ['\u200B\u200D', '\u202Eשלום\u202C']) {
    assert.equal(read({ content })?.text, content)
  }
})

test('ten thousand mentions are all read', () => {
  const count = 10_000
  const content = `<@${ann.id}>`.repeat(count)
  assert.ok(read({ content, mentions: [ann] })?.text === '@Ann'.repeat(count))
  const ours = read({ content: `<@${botId}> `.repeat(count), mentions: [{ id: botId }] })
  assert.equal(ours?.addressed, 'mention')
})

test('kinds of files are told by their type', () => {
  const kinds = [
    ['image/png', 'photo'],
    ['image/gif', 'animation'],
    ['image/svg+xml', 'document'],
    ['audio/mpeg', 'audio'],
    ['video/mp4', 'video'],
    ['application/zip', 'document'],
    [undefined, 'document'],
  ] as const
  for (const [content_type, kind] of kinds) {
    const one = { id: '1', filename: 'file', content_type, url: 'https://cdn.discordapp.com/a' }
    assert.equal(read({ attachments: [one] })?.attachments[0]?.kind, kind)
  }
})

test('a reply to something that is gone is still a message', () => {
  const message_reference = { message_id: '410000000000000001', channel_id: bare.channel_id }
  const message = read({ type: 19, content: 'yes', message_reference, referenced_message: null })
  assert.equal(message?.quote, undefined)
  assert.equal(message?.repliesTo, '410000000000000001')
})

test('a text near the limit says so', () => {
  assert.equal(read({ content: 'x'.repeat(1799) })?.isNearLimit, undefined)
  assert.equal(read({ content: 'x'.repeat(1800) })?.isNearLimit, true)
})

test('only a change with a time is an edit', () => {
  const context = contextWith()
  const unfurled = readMessage({ ...bare, content: 'a', edited_timestamp: null })
  const edited = readMessage({ ...bare, content: 'b', edited_timestamp: '2026-11-22T10:01:00Z' })
  assert.ok(unfurled && edited)
  assert.deepEqual(readEditEvents(unfurled, context), [])
  const [event] = readEditEvents(edited, context)
  assert.ok(event?.type === 'edit')
  assert.equal(event.message.version, Date.parse('2026-11-22T10:01:00Z'))
})

test('with autoThread only mentions in plain channels open threads, and their edits go there too', () => {
  const context = contextWith(true)
  const call = { content: `<@${botId}> hello`, mentions: [{ id: botId }] }
  assert.equal(read(call, context)?.address.thread, bare.id)
  assert.equal(read({ content: 'hello' }, context)?.address.thread, undefined)
  const inThread = read({ ...call, channel_id: '230000000000000001' }, context)
  assert.equal(inThread?.address.thread, '230000000000000001')
  assert.equal(read({ ...call, guild_id: undefined }, context)?.chatKind, 'dm')
  const thread = { id: bare.id, type: 11, guild_id: guildId, parent_id: bare.channel_id }
  context.directory.putChannel(thread)
  assert.equal(read({ content: 'no mention any more' }, context)?.address.thread, bare.id)
})

test('interactions of other kinds, and those without anybody, are nothing', () => {
  const context = contextWith()
  const base = { id: '600000000000000001', type: 2, token: 't', channel_id: bare.channel_id }
  const cases: readonly object[] = [
    { ...base, type: 1 },
    { ...base, type: 4, data: { name: 'status' }, user: ann },
    { ...base, data: { name: 'status', type: 2 }, user: ann },
    { ...base, data: { name: 'status', type: 1 } },
    { ...base, type: 3, user: ann },
  ]
  for (const one of cases) {
    const interaction = readInteraction(one)
    assert.ok(interaction)
    assert.deepEqual(readInteractionEvents(interaction, context), [], JSON.stringify(one))
  }
  const command = readInteraction({
    ...base,
    data: { name: 'queue', type: 1, options: [{ name: 'argument', value: 'collect' }] },
    user: ann,
    locale: 'de',
  })
  assert.ok(command)
  const [event] = readInteractionEvents(command, context)
  assert.ok(event?.type === 'message')
  assert.deepEqual([event.message.text, event.message.sender.language], ['/queue collect', 'de'])
})
