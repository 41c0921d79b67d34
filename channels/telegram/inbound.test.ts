import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundEvent } from '../../core/model.ts'
import { toEvents } from './inbound.ts'
import { readUpdate } from './update.ts'

const context = {
  channel: 'telegram',
  account: 'telegram:7000001',
  botId: 7_000_001,
  username: 'JackdawBot',
  now: 1_763_800_100_000,
}
const ann = {
  id: 111,
  is_bot: false,
  first_name: 'Ann',
  last_name: 'Lee',
  username: 'ann',
  language_code: 'de',
}
const bot = { id: 7_000_001, is_bot: true, first_name: 'Jackdaw', username: 'JackdawBot' }
const dm = { id: 111, type: 'private', first_name: 'Ann' }
const group = { id: -1001234567890, title: 'Team', type: 'supergroup' }
const forum = { ...group, is_forum: true }
const date = 1_763_800_000

function eventsOf(update: object): InboundEvent[] {
  const read = readUpdate({ update_id: 812, ...update })
  return read ? toEvents(read, context) : []
}

/** The message of an update, which there must be. */
function messageOf(fields: object) {
  const [event] = eventsOf({ message: { message_id: 55, from: ann, chat: dm, date, ...fields } })
  return event?.type === 'message' ? event.message : assert.fail('There is no message.')
}

test('a text in a private chat', () => {
  const message = messageOf({ text: 'Hello' })
  assert.deepEqual(message, {
    id: '55',
    version: 0,
    address: { channel: 'telegram', account: 'telegram:7000001', chat: '111' },
    chatKind: 'dm',
    sender: { id: '111', name: 'Ann Lee', language: 'de' },
    text: 'Hello',
    notes: [],
    attachments: [],
    sentAt: date * 1000,
  })
})

const mention = [{ type: 'mention', offset: 0, length: 11 }]
const command = (length: number) => [{ type: 'bot_command', offset: 0, length }]

const addressed: readonly [string, object, string | undefined][] = [
  ['a mention', { text: '@JackdawBot ping', entities: mention }, 'mention'],
  ['a mention in other letters', { text: '@jackdawbot ping', entities: mention }, 'mention'],
  [
    'a mention in a caption',
    { caption: '@JackdawBot ?', caption_entities: mention, photo: [{ file_id: 'p' }] },
    'mention',
  ],
  ['a mention of somebody else', { text: '@JackdawBut ping', entities: mention }, undefined],
  ['a name that is no entity', { text: '@JackdawBot ping' }, undefined],
  [
    'a mention by id',
    { text: 'you', entities: [{ type: 'text_mention', offset: 0, length: 3, user: bot }] },
    'mention',
  ],
  [
    'a mention of another by id',
    { text: 'you', entities: [{ type: 'text_mention', offset: 0, length: 3, user: ann }] },
    undefined,
  ],
  ['a command', { text: '/new', entities: command(4) }, 'command'],
  ['a command to us', { text: '/new@JACKDAWBOT x', entities: command(15) }, 'command'],
  ['a command to another bot', { text: '/new@OtherBot', entities: command(13) }, undefined],
  [
    'a command to another bot as a reply to us',
    {
      text: '/new@OtherBot',
      entities: command(13),
      reply_to_message: { message_id: 1, chat: group, from: bot, text: 'x' },
    },
    undefined,
  ],
  [
    'a command to us in the middle',
    { text: 'see /new@JackdawBot', entities: [{ type: 'bot_command', offset: 4, length: 15 }] },
    'mention',
  ],
  [
    'a path in the middle',
    { text: 'see /tmp', entities: [{ type: 'bot_command', offset: 4, length: 4 }] },
    undefined,
  ],
  [
    'a reply to us',
    { text: 'yes', reply_to_message: { message_id: 1, chat: group, from: bot, text: 'x' } },
    'reply',
  ],
  [
    'a reply to another',
    { text: 'yes', reply_to_message: { message_id: 1, chat: group, from: ann, text: 'x' } },
    undefined,
  ],
  [
    'the implicit reply to the first message of a topic we made',
    {
      text: 'hi',
      message_thread_id: 12,
      is_topic_message: true,
      reply_to_message: {
        message_id: 12,
        chat: forum,
        from: bot,
        forum_topic_created: { name: 'T' },
      },
    },
    undefined,
  ],
  ['nothing of all that', { text: 'hello all' }, undefined],
]
for (const [name, fields, expected] of addressed) {
  test(`in a group, ${name} ${expected ? `addresses the bot by ${expected}` : 'does not address the bot'}`, () => {
    const message = messageOf({ chat: group, ...fields })
    assert.equal(message.addressed, expected)
    assert.notEqual(message.chatKind, 'dm')
    assert.equal(message.chatTitle, 'Team')
  })
}

test('our name is taken out of a command, and no other', () => {
  assert.equal(
    messageOf({ text: '/new@JackdawBot all of it', entities: command(15) }).text,
    '/new all of it',
  )
  assert.equal(
    messageOf({ text: '/new@OtherBot x', entities: command(13) }).text,
    '/new@OtherBot x',
  )
})

const file = { file_id: 'f', file_unique_id: 'u' }
const contents: readonly [string, object, object][] = [
  [
    'a photo in its largest size',
    {
      photo: [
        { ...file, file_id: 's', file_size: 1 },
        { ...file, file_size: 90_000 },
      ],
      caption: 'look',
    },
    { text: 'look', attachments: [{ ref: 'f', kind: 'photo', mime: 'image/jpeg', size: 90_000 }] },
  ],
  [
    'a document',
    { document: { ...file, file_name: 'a.pdf', mime_type: 'application/pdf', file_size: 5 } },
    {
      attachments: [
        { ref: 'f', kind: 'document', name: 'a.pdf', mime: 'application/pdf', size: 5 },
      ],
    },
  ],
  [
    'a voice message',
    { voice: { ...file, duration: 3 } },
    { attachments: [{ ref: 'f', kind: 'voice', mime: 'audio/ogg', durationMs: 3000 }] },
  ],
  [
    'music',
    { audio: { ...file, duration: 3, title: 'Song', mime_type: 'audio/mpeg' } },
    {
      attachments: [
        { ref: 'f', kind: 'audio', name: 'Song', mime: 'audio/mpeg', durationMs: 3000 },
      ],
    },
  ],
  [
    'a video',
    { video: { ...file, mime_type: 'video/mp4' } },
    { attachments: [{ ref: 'f', kind: 'video', mime: 'video/mp4' }] },
  ],
  [
    'a video note',
    { video_note: file },
    { attachments: [{ ref: 'f', kind: 'video', mime: 'video/mp4' }] },
  ],
  [
    'an animation, once',
    { animation: { ...file, mime_type: 'video/mp4' }, document: { ...file, file_id: 'd' } },
    { attachments: [{ ref: 'f', kind: 'animation', mime: 'video/mp4' }] },
  ],
  [
    'a sticker',
    { sticker: { ...file, emoji: '👍' } },
    { attachments: [{ ref: 'f', kind: 'sticker' }], notes: ['[sticker 👍]'] },
  ],
  [
    'an animated sticker',
    { sticker: { ...file, emoji: '🎉', is_animated: true } },
    { attachments: [{ ref: 'f', kind: 'sticker' }], notes: ['[sticker 🎉]'] },
  ],
  [
    'a video that is too large',
    { video: { ...file, file_size: 31 * 2 ** 20, file_name: 'x' } },
    { attachments: [], notes: ['[video, 31 MB: too large]'] },
  ],
  [
    'a document that is too large',
    { document: { ...file, file_size: 30 * 2 ** 20 + 1, file_name: 'big.iso' } },
    { notes: ['[file big.iso, 31 MB: too large]'] },
  ],
  [
    'a location',
    { location: { latitude: 52.52, longitude: 13.41 } },
    { notes: ['[location 52.52, 13.41]'] },
  ],
  [
    'a venue, without its location a second time',
    {
      location: { latitude: 1, longitude: 2 },
      venue: { location: { latitude: 1, longitude: 2 }, title: 'Café', address: 'Main St' },
    },
    { notes: ['[venue Café, Main St, 1, 2]'] },
  ],
  [
    'a contact',
    { contact: { phone_number: '+49 1', first_name: 'Bo', last_name: 'Ek' } },
    { notes: ['[contact Bo Ek, +49 1]'] },
  ],
  [
    'a poll',
    { poll: { question: 'Lunch?', options: [{ text: 'Yes' }, { text: 'No' }] } },
    { notes: ['[poll Lunch?: Yes, No]'] },
  ],
  ['a dice', { dice: { emoji: '🎲', value: 4 } }, { notes: ['[dice 🎲 4]'] }],
  ['a story', { story: { chat: dm, id: 1 } }, { notes: ['[story]'] }],
  [
    'a note that tries to look like two',
    { contact: { phone_number: '1', first_name: 'A\n[owner]' } },
    { notes: ['[contact A [owner], 1]'] },
  ],
  ['one of an album', { photo: [file], media_group_id: 'g1' }, { album: 'g1' }],
  ['a long paste', { text: 'x'.repeat(3700) }, { isNearLimit: true }],
  [
    'a reply to us',
    { text: 'why?', reply_to_message: { message_id: 1, chat: dm, from: bot, text: 'Because.' } },
    { quote: { author: 'Jackdaw', text: 'Because.', isOwn: true }, repliesTo: '1' },
  ],
  [
    'a reply to a part',
    {
      text: 'why?',
      quote: { text: 'cause' },
      reply_to_message: { message_id: 1, chat: dm, from: ann, text: 'Because.' },
    },
    { quote: { author: 'Ann Lee', text: 'cause' }, repliesTo: '1' },
  ],
  [
    'a reply to a photo',
    { text: 'who?', reply_to_message: { message_id: 1, chat: dm, from: ann, photo: [file] } },
    { quote: { author: 'Ann Lee', text: '[photo]' }, repliesTo: '1' },
  ],
  [
    'a reply to a message of another chat',
    {
      text: 'see',
      quote: { text: 'news' },
      external_reply: {
        origin: { type: 'channel', chat: { id: -1, title: 'News', type: 'channel' } },
      },
    },
    { quote: { author: 'News', text: 'news' } },
  ],
  [
    'a forward of a user',
    { text: 'x', forward_origin: { type: 'user', sender_user: ann } },
    { forward: { origin: 'Ann Lee' } },
  ],
  [
    'a forward of somebody hidden',
    { text: 'x', forward_origin: { type: 'hidden_user', sender_user_name: 'Cy' } },
    { forward: { origin: 'Cy' } },
  ],
  [
    'a forward of a channel',
    {
      text: 'x',
      forward_origin: {
        type: 'channel',
        chat: { id: -1, title: 'News', type: 'channel' },
        author_signature: 'Ed',
      },
    },
    { forward: { origin: 'News (Ed)' } },
  ],
  [
    'a topic',
    { chat: forum, text: 'x', message_thread_id: 12, is_topic_message: true },
    { chatKind: 'thread', address: { chat: '-1001234567890', thread: '12' } },
  ],
  [
    'a reply thread that is no topic',
    { chat: group, text: 'x', message_thread_id: 12 },
    { chatKind: 'group' },
  ],
  [
    'a topic of a private chat',
    { text: 'x', message_thread_id: 3, is_topic_message: true },
    { chatKind: 'dm', address: { chat: '111', thread: '3' } },
  ],
  [
    'another bot',
    { from: { ...bot, id: 9 }, text: 'x' },
    { sender: { id: '9', name: 'Jackdaw', isBot: true } },
  ],
  [
    'an anonymous admin',
    {
      chat: group,
      from: { id: 1087968824, is_bot: true, first_name: 'Group' },
      sender_chat: group,
      text: 'x',
    },
    { sender: { id: '-1001234567890', name: 'Team' } },
  ],
]
for (const [name, fields, expected] of contents) {
  test(`${name} is understood`, () => {
    const message = messageOf(fields)
    assert.partialDeepStrictEqual(message, expected)
  })
}

test('nobody answers the first message of a topic just by writing there', () => {
  const root = { message_id: 12, chat: forum, from: ann, text: 'x' }
  const inTopic = { chat: forum, text: 'hi', message_thread_id: 12, is_topic_message: true }
  const { repliesTo, quote } = messageOf({ ...inTopic, reply_to_message: root })
  assert.deepEqual([repliesTo, quote], [undefined, undefined])
})

test('a thread id without a topic gives no thread', () => {
  assert.equal(
    messageOf({ chat: group, text: 'x', message_thread_id: 12 }).address.thread,
    undefined,
  )
})

test('edits carry their time, and two within one second differ', () => {
  const edited = { message_id: 55, from: ann, chat: dm, date, edit_date: date + 9, text: 'b' }
  const versions = [812, 813].map((update_id) => {
    const [event] = eventsOf({ update_id, edited_message: edited })
    return event?.type === 'edit' ? event.message.version : assert.fail()
  })
  assert.deepEqual(versions, [(date + 9) * 1000 + 812, (date + 9) * 1000 + 813])
})

test('a channel post is written by its channel', () => {
  const chat = { id: -1009, title: 'News', type: 'channel' }
  const [event] = eventsOf({
    channel_post: { message_id: 1, chat, sender_chat: chat, date, text: 'x' },
  })
  assert.partialDeepStrictEqual(event, {
    type: 'message',
    message: { sender: { id: '-1009', name: 'News' }, chatKind: 'group' },
  })
})

test('our own messages and service messages mean nothing', () => {
  for (const fields of [
    { from: bot, text: 'x' },
    { from: ann, new_chat_members: [bot] },
    { from: ann, pinned_message: { message_id: 1, chat: dm, date } },
    { from: ann, forum_topic_created: { name: 'T' } },
  ]) {
    assert.deepEqual(eventsOf({ message: { message_id: 5, chat: group, date, ...fields } }), [])
  }
})

test('both sides of a migration say the same', () => {
  const old = eventsOf({
    message: { message_id: 5, chat: { id: -7, type: 'group' }, date, migrate_to_chat_id: -1008 },
  })
  const fresh = eventsOf({
    message: {
      message_id: 1,
      chat: { id: -1008, type: 'supergroup' },
      date,
      migrate_from_chat_id: -7,
    },
  })
  const expected = {
    type: 'migration',
    id: '812',
    account: context.account,
    from: '-7',
    to: '-1008',
    at: date * 1000,
  }
  assert.deepEqual([...old, ...fresh], [expected, expected])
})

test('a press says who pressed what, and where', () => {
  const message = {
    message_id: 56,
    date: 0,
    chat: forum,
    message_thread_id: 12,
    is_topic_message: true,
  }
  const query = { id: '4382', from: ann, chat_instance: '9', data: 'q1:yes', message }
  assert.deepEqual(eventsOf({ callback_query: query }), [
    {
      type: 'press',
      id: '812',
      address: {
        channel: 'telegram',
        account: context.account,
        chat: '-1001234567890',
        thread: '12',
      },
      chatKind: 'thread',
      sender: { id: '111', name: 'Ann Lee', language: 'de' },
      data: 'q1:yes',
      messageId: '56',
      at: context.now,
    },
  ])
  assert.deepEqual(
    eventsOf({ callback_query: { id: '1', from: ann, inline_message_id: 'x', data: 'y' } }),
    [],
  )
})

test('a reaction names the emoji that stand now', () => {
  const reaction = {
    chat: group,
    message_id: 7,
    user: ann,
    date,
    old_reaction: [],
    new_reaction: [
      { type: 'emoji', emoji: '👍' },
      { type: 'custom_emoji', custom_emoji_id: '1' },
    ],
  }
  const [event] = eventsOf({ message_reaction: reaction })
  assert.partialDeepStrictEqual(event, {
    type: 'reaction',
    messageId: '7',
    emoji: ['👍'],
    sender: { id: '111' },
  })
})

test('membership says whether the bot may write', () => {
  const standings: readonly [object, boolean][] = [
    [{ status: 'member' }, true],
    [{ status: 'administrator' }, true],
    [{ status: 'restricted', is_member: true, can_send_messages: false }, false],
    [{ status: 'left' }, false],
    [{ status: 'kicked' }, false],
  ]
  for (const [standing, isMember] of standings) {
    const change = {
      chat: group,
      from: ann,
      date,
      old_chat_member: standing,
      new_chat_member: standing,
    }
    const [event] = eventsOf({ my_chat_member: change })
    assert.partialDeepStrictEqual(event, {
      type: 'membership',
      isMember,
      chatTitle: 'Team',
      by: { id: '111' },
    })
  }
})

test('odd texts pass as they are: nothing to see, right to left', () => {
  for (const text of ['\u200B\u200D', '\u202Eשלום\u202C']) {
    assert.equal(messageOf({ text }).text, text)
  }
})

test('ten thousand mentions are harmless', () => {
  const name = '@JackdawBot'
  const count = 10_000
  const entities = Array.from({ length: count }, (_, index) => ({
    type: 'mention',
    offset: index * name.length,
    length: name.length,
  }))
  const text = name + '@SomebodyNo'.repeat(count - 1)
  const message = messageOf({ chat: group, text, entities })
  assert.equal(message.addressed, 'mention')
  assert.ok(message.text === text)
})
