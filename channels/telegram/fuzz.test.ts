import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../../test/fakes/telegram-channel.ts'
import { toEvents } from './inbound.ts'
import { readUpdate } from './update.ts'

/** Repeatable chance: the same seed gives the same updates (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const user = { id: 5, is_bot: false, first_name: 'Ann', username: 'ann', language_code: 'en' }
const chat = { id: -1001234567890, type: 'supergroup', title: 'Team' }
const file = {
  file_id: 'f',
  file_unique_id: 'u',
  file_size: 9,
  file_name: 'x.txt',
  mime_type: 'text/plain',
}
const message = {
  message_id: 7,
  date: 1_763_800_000,
  from: user,
  chat,
  text: '/new@JackdawBot hi',
  entities: [{ type: 'bot_command', offset: 0, length: 15 }],
  message_thread_id: 12,
  is_topic_message: true,
  reply_to_message: { message_id: 3, chat, from: user, photo: [file], caption: 'c' },
  quote: { text: 'q', position: 0 },
  forward_origin: { type: 'channel', chat, author_signature: 'x' },
  photo: [file, file],
  document: file,
  voice: { ...file, duration: 2 },
  poll: { question: 'q', options: [{ text: 'a' }] },
  venue: { location: { latitude: 1, longitude: 2 }, title: 't', address: 'a' },
}
const templates = [
  { update_id: 1, message },
  { update_id: 1, edited_message: { ...message, edit_date: 5 } },
  { update_id: 1, channel_post: message },
  { update_id: 1, callback_query: { id: 'c', from: user, data: 'd', message } },
  {
    update_id: 1,
    message_reaction: {
      chat,
      message_id: 1,
      user,
      date: 1,
      new_reaction: [{ type: 'emoji', emoji: '👍' }],
    },
  },
  {
    update_id: 1,
    my_chat_member: { chat, from: user, date: 1, new_chat_member: { status: 'member' } },
  },
]
const oddities: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '',
    'x',
    '\ud800',
    '\u0000',
    'y'.repeat(5000),
  ],
  ...[
    [],
    {},
    [[[]]],
    [null],
    { toString: 1 },
    { length: 9 },
    { constructor: null },
    JSON.parse('{"__proto__":{"text":1}}'),
  ],
]

/** A copy in which some values are replaced, dropped, doubled or nested. */
function mutate(value: unknown, random: () => number, rate: number): unknown {
  if (random() < rate) return oddities[Math.floor(random() * oddities.length)]
  if (Array.isArray(value)) {
    const items = value.map((one) => mutate(one, random, rate))
    return random() < rate ? [...items, ...items] : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(() => random() > rate / 2)
    .map(([key, one]) => [key, mutate(one, random, rate)])
  return Object.fromEntries(entries)
}

function makeUpdates(count: number, seed: number): unknown[] {
  const random = chance(seed)
  return Array.from({ length: count }, () =>
    mutate(templates[Math.floor(random() * templates.length)], random, 0.02 + random() * 0.3),
  )
}

/** What core relies on: ids and texts are strings, times and versions are numbers. */
function assertSound(value: unknown, key = ''): void {
  if (Array.isArray(value)) {
    for (const one of value) assertSound(one, key)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) assertSound(one, name)
  } else if (['sentAt', 'at', 'version', 'size', 'durationMs'].includes(key)) {
    assert.ok(typeof value === 'number' && Number.isFinite(value), key)
  } else if (key.startsWith('is')) assert.equal(typeof value, 'boolean', key)
  else assert.equal(typeof value, 'string', key)
}

test('of twenty thousand broken updates none throws, and what comes out is sound', () => {
  const context = { channel: 't', account: 'telegram:1', botId: 1, username: 'JackdawBot', now: 1 }
  let events = 0
  for (const raw of makeUpdates(20_000, 42)) {
    const update = readUpdate(raw)
    if (!update) continue
    for (const event of toEvents(update, context)) {
      events += 1
      assertSound(event)
    }
  }
  assert.ok(events > 3000, `only ${events} were understood`)
})

test('the poll loop lives through broken updates and confirms them', async () => {
  await using rig = await startRig()
  for (const update of makeUpdates(500, 7)) {
    const fields = typeof update === 'object' && update !== null ? update : {}
    const { update_id: _, ...rest } = { update_id: 0, ...fields }
    rig.server.raw(rest)
  }
  rig.server.says(5, 'are you well?')
  await rig.host.waitFor(() => rig.host.messages.at(-1)?.text === 'are you well?')
  await rig.server.waitFor(() => rig.server.session.updates.pendingCount === 0)
  assert.equal(rig.host.state, 'up')
  assert.ok(rig.channel.unreadable > 0)
})
