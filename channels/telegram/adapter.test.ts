import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { ChannelError, DeliveryError, type DeliveryFailure } from '../../core/errors.ts'
import { RecordingHost } from '../../test/fakes/channel-host.ts'
import { deliveryOf, quickTiming, signal, startRig } from '../../test/fakes/telegram-channel.ts'
import type { Fault } from '../../test/servers/telegram-faults.ts'
import { TelegramChannel } from './adapter.ts'

async function failureOf(call: Promise<unknown>): Promise<DeliveryError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof DeliveryError, String(error))
    return error
  }
  return assert.fail('It did not fail.')
}

test('starting says who the bot is and takes nothing away from what is pending', async () => {
  await using rig = await startRig()
  const { account, title } = await rig.channel.start(rig.host, signal)
  assert.deepEqual([account, title], ['telegram:7000001', '@JackdawBot'])
  const deletions = rig.server.calls.filter((call) => call.method === 'deleteWebhook')
  assert.deepEqual(deletions[0]?.parameters, { drop_pending_updates: false })
})

test('a wrong token is fatal, an unreachable server is not, and neither shows the token', async () => {
  await using rig = await startRig()
  const token = '7000001:secret_secret_secret'
  const attempts = [
    { token, apiRoot: rig.server.url, isFatal: true },
    { token: 'nonsense', apiRoot: rig.server.url, isFatal: true },
    { token, apiRoot: 'http://127.0.0.1:1', isFatal: false },
  ]
  for (const { isFatal, ...options } of attempts) {
    const channel = new TelegramChannel({
      name: 't',
      clock: systemClock,
      timing: quickTiming,
      ...options,
    })
    await assert.rejects(channel.start(new RecordingHost(), signal), (error) => {
      assert.ok(error instanceof ChannelError)
      assert.equal(error.isFatal, isFatal)
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /secret/)
      return true
    })
    await channel.stop()
  }
})

test('a text goes out with its entities, buttons, topic and quote, and without a link preview', async () => {
  await using rig = await startRig()
  const { server, channel } = rig
  const question = server.says(-1001234567890, 'hi', {
    message_thread_id: 12,
    is_topic_message: true,
  })
  const { chunks } = await channel.render({
    text: '**Hello** https://example.org',
    format: 'markdown',
    buttons: [[{ label: 'Allow', data: 'a:1', style: 'primary' }]],
  })
  const [chunk] = chunks
  const to = { chat: '-1001234567890', thread: '12', replyTo: String(question.message_id) } as const
  const { id } = await channel.send(deliveryOf(chunk ?? assert.fail(), to), signal)
  const [sent] = server.sent
  assert.equal(id, String(sent?.id))
  assert.equal(sent?.thread, 12)
  assert.equal(sent?.replyTo, question.message_id)
  assert.equal(sent?.entities[0]?.type, 'bold')
  assert.deepEqual(sent?.buttons[0]?.[0], { text: 'Allow', callback_data: 'a:1', style: 'primary' })
  const call = server.calls.findLast((one) => one.method === 'sendMessage')
  assert.deepEqual(call?.parameters['link_preview_options'], { is_disabled: true })
})

test('the General topic is never named, and a missing topic or quote is left out', async () => {
  await using rig = await startRig()
  rig.server.addChat(-1001234567890, { isForum: true })
  const chat = '-1001234567890'
  await rig.channel.send(deliveryOf('general', { chat, thread: '1' }), signal)
  await rig.channel.send(deliveryOf('gone', { chat, thread: '77', replyTo: '99' }), signal)
  assert.deepEqual(rig.server.texts(-1001234567890), ['general', 'gone'])
})

test('formatting that the platform cannot read goes out plain and is reported', async () => {
  await using rig = await startRig()
  const format = { entities: [{ type: 'bold', offset: 0, length: 99 }] }
  await rig.channel.send(deliveryOf({ text: 'plain', format }), signal)
  assert.deepEqual(rig.server.sent[0]?.entities, [])
  assert.match(rig.host.reports.at(-1)?.detail ?? '', /formatting/)
})

test('files go out as what they are, with their caption', async () => {
  await using rig = await startRig()
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-'))
  try {
    const path = join(folder, 'blob')
    await writeFile(path, 'content')
    for (const [name, mime, method] of [
      ['a.png', 'image/png', 'sendPhoto'],
      ['a.oga', 'audio/ogg', 'sendVoice'],
      ['Übersicht.txt', 'text/plain', 'sendDocument'],
    ] as const) {
      const file = { sha256: 'x', name, mime, size: 7 }
      await rig.channel.send(deliveryOf({ text: 'look', file }, {}, path), signal)
      const sent = rig.server.sent.at(-1)
      assert.deepEqual([sent?.method, sent?.text, sent?.file?.name], [method, 'look', name])
      assert.equal(sent?.file?.content.toString(), 'content')
    }
    rig.server.fail('sendPhoto', {
      kind: 'error',
      code: 400,
      description: 'Bad Request: PHOTO_INVALID_DIMENSIONS',
    })
    const file = { sha256: 'x', name: 'tall.png', mime: 'image/png', size: 7 }
    await rig.channel.send(deliveryOf({ text: '', file }, {}, path), signal)
    assert.equal(rig.server.sent.at(-1)?.method, 'sendDocument')
    const missing = deliveryOf({ text: '', file }, {}, join(folder, 'nowhere'))
    assert.equal((await failureOf(rig.channel.send(missing, signal))).failure, 'rejected')
  } finally {
    await rm(folder, { recursive: true })
  }
})

const bad = (code: number, description: string, parameters?: object): Fault => ({
  kind: 'error',
  code,
  description,
  ...(parameters ? { parameters } : {}),
})

const failures: readonly [Fault, DeliveryFailure, object][] = [
  [{ kind: 'flood', retryAfter: 7 }, 'retry', { retryAfterMs: 7000 }],
  [{ kind: 'cut' }, 'uncertain', {}],
  [{ kind: 'lost' }, 'uncertain', {}],
  [{ kind: 'hang', acts: true }, 'uncertain', {}],
  [{ kind: 'half' }, 'uncertain', {}],
  [{ kind: 'garbage' }, 'uncertain', {}],
  [{ kind: 'garbage', body: '{"ok":true,"result":true}' }, 'uncertain', { code: 'nonsense' }],
  [{ kind: 'page', status: 502 }, 'uncertain', {}],
  [{ kind: 'page', status: 407 }, 'retry', {}],
  [{ kind: 'page', status: 413 }, 'rejected', {}],
  [bad(500, 'Internal Server Error'), 'uncertain', {}],
  [bad(400, 'Bad Request: message is too long'), 'rejected', {}],
  [bad(400, 'Bad Request: TOPIC_CLOSED'), 'rejected', {}],
  [bad(401, 'Unauthorized'), 'retry', { code: 'unauthorized' }],
  [bad(403, 'Forbidden: bot was blocked by the user'), 'dead', {}],
  [bad(400, 'Bad Request: chat not found'), 'dead', {}],
  [bad(400, 'Bad Request: not enough rights to send text messages to the chat'), 'dead', {}],
  [
    bad(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: -1009,
    }),
    'moved',
    { movedTo: '-1009' },
  ],
]

for (const [fault, failure, detail] of failures) {
  test(`a send that meets ${JSON.stringify(fault)} is ${failure}`, async () => {
    const isSilent = fault.kind === 'hang' || fault.kind === 'half'
    const timing = isSilent ? { ...quickTiming, answerMs: 500 } : quickTiming
    await using rig = await startRig({ timing })
    rig.server.fail('sendMessage', fault)
    const error = await failureOf(rig.channel.send(deliveryOf('hi'), signal))
    assert.equal(error.failure, failure)
    assert.partialDeepStrictEqual({ ...error }, detail)
    assert.ok(!`${error.stack}${String(error.cause)}`.includes(rig.server.token.slice(10)))
  })
}

test('a file Telegram would not take does not leave, and the refusal says how large it may be', async () => {
  await using rig = await startRig()
  const file = { sha256: 'x', name: 'film.mp4', mime: 'video/mp4', size: 60 * 2 ** 20 }
  const delivery = deliveryOf({ text: '', file }, {}, '/nowhere')
  const { failure, code, message } = await failureOf(rig.channel.send(delivery, signal))
  assert.deepEqual([failure, code], ['rejected', 'too-large'])
  assert.equal(message, 'film.mp4 has 60 MB; Telegram takes 50 MB from a bot.')
  rig.server.fail('sendDocument', bad(413, 'Request Entity Too Large'))
  const small = deliveryOf({ text: '', file: { ...file, size: 9 } }, {}, import.meta.filename)
  assert.equal((await failureOf(rig.channel.send(small, signal))).code, 'too-large')
})

test('a send to a server that is down has certainly not arrived', async () => {
  await using rig = await startRig()
  await rig.server.goDown()
  await rig.host.waitFor(() => rig.host.reports.at(-1)?.detail?.includes('ECONNREFUSED'))
  assert.equal((await failureOf(rig.channel.send(deliveryOf('hi'), signal))).failure, 'retry')
  await rig.channel.stop()
  assert.equal((await failureOf(rig.channel.send(deliveryOf('hi'), signal))).failure, 'retry')
})

test('an edit may be repeated, and one of a message that is gone is rejected as gone', async () => {
  await using rig = await startRig()
  const { id } = await rig.channel.send(deliveryOf('one'), signal)
  await rig.channel.edit(id, deliveryOf('two'), signal)
  await rig.channel.edit(id, deliveryOf('two'), signal)
  assert.deepEqual(rig.server.texts(5), ['two'])
  rig.server.fail('editMessageText', { kind: 'lost' })
  const lost = await failureOf(rig.channel.edit(id, deliveryOf('three'), signal))
  assert.equal(lost.failure, 'retry')
  const gone = await failureOf(rig.channel.edit('999', deliveryOf('three'), signal))
  assert.deepEqual([gone.failure, gone.code], ['rejected', 'gone'])
})

test('a press is handed over and its spinner is ended', async () => {
  await using rig = await startRig()
  const buttons = [[{ label: 'Yes', data: 'q1:yes' }]]
  await rig.channel.send(deliveryOf({ text: 'May I?', buttons }), signal)
  const id = rig.server.presses(rig.server.sent[0] ?? assert.fail(), 'Yes')
  const press = await rig.host.waitFor(() =>
    rig.host.events.find((event) => event.type === 'press'),
  )
  assert.equal(press.type === 'press' && press.data, 'q1:yes')
  await rig.server.waitFor(() => rig.server.session.answeredCallbacks.has(id))
})

test('typing, reactions and commands reach the platform', async () => {
  await using rig = await startRig()
  const { server, channel } = rig
  const to = { channel: 'telegram', account: 'telegram:7000001', chat: '5' }
  await channel.typing(to, signal)
  assert.deepEqual(server.session.typing, [{ chat: 5, action: 'typing' }])
  await channel.react(to, '1', '👀', signal)
  assert.deepEqual(server.session.reactions.get('5/1'), ['👀'])
  await channel.react(to, '1', null, signal)
  assert.deepEqual(server.session.reactions.get('5/1'), [])
  assert.equal((await failureOf(channel.react(to, '1', '✅', signal))).code, 'no-such-reaction')
  const commands = [
    { name: 'new', description: 'Start afresh' },
    { name: 'Not-Valid', description: 'x' },
  ]
  await channel.publishCommands(commands, signal)
  await channel.publishCommands(commands, signal)
  assert.equal(server.counts.get('setMyCommands'), 1)
})

test('a file is fetched, and what cannot be fetched is an error without the token', async () => {
  await using rig = await startRig()
  rig.server.sendsDocument(5, { content: Buffer.from('hello file'), name: 'hällo & co.txt' })
  rig.server.sendsDocument(5, { size: 2 ** 20 })
  const message = await rig.host.waitFor(() => rig.host.messages[1])
  const attachment = message.attachments[0] ?? assert.fail()
  assert.equal(await text(await rig.channel.fetch(attachment, signal)), 'hello file')
  rig.server.fail('file', { kind: 'page', status: 404 })
  const error = await failureOf(rig.channel.fetch(attachment, signal))
  assert.ok(!`${error.stack}${String(error.cause)}`.includes(rig.server.token.slice(10)))
})

test('a send that is under way when the channel stops may have arrived', async () => {
  await using rig = await startRig()
  rig.server.fail('sendMessage', { kind: 'hang', acts: true })
  const sending = rig.channel.send(deliveryOf('hello'), signal)
  const refused = assert.rejects(sending, { failure: 'uncertain' })
  await rig.server.waitFor(() => rig.server.texts(5).includes('hello'))
  await rig.channel.stop()
  await refused
})
