import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTelegramServer, type TelegramServer } from './telegram.ts'

type Answer = {
  readonly ok: boolean
  readonly result: { readonly message_id: number } & readonly { readonly update_id: number }[]
  readonly error_code: number
  readonly description: string
  readonly parameters: { readonly retry_after?: number }
}

async function call(server: TelegramServer, method: string, payload: object = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/bot${server.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  })
  return JSON.parse(await response.text())
}

test('a call that the Bot API would refuse is refused with its words', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'hello')
  const message = { chat_id: 5, text: 'hi' }
  const tooMuch = { inline_keyboard: [[{ text: 'x', callback_data: 'é'.repeat(33) }]] }
  const refused: readonly [string, object, number, RegExp][] = [
    ['sendMessage', { chat_id: 5 }, 400, /message text is empty/],
    ['sendMessage', { chat_id: 5, text: ' \n' }, 400, /message text is empty/],
    ['sendMessage', { text: 'hi' }, 400, /chat_id is empty/],
    ['sendMessage', { ...message, bogus: 1 }, 400, /bogus/],
    ['sendMessage', { ...message, reply_to_message_id: 1 }, 400, /reply_to_message_id/],
    ['sendMessage', { chat_id: 5, text: 'x'.repeat(4097) }, 400, /message is too long/],
    ['sendMessage', { chat_id: 6, text: 'x' }, 400, /chat not found/],
    ['sendMessage', { ...message, message_thread_id: 1 }, 400, /message thread not found/],
    ['sendMessage', { ...message, reply_markup: tooMuch }, 400, /BUTTON_DATA_INVALID/],
    [
      'sendMessage',
      { ...message, reply_parameters: { message_id: 99 } },
      400,
      /to be replied not found/,
    ],
    [
      'sendMessage',
      { ...message, entities: [{ type: 'bold', offset: 1, length: 2 }] },
      400,
      /can't parse entities/,
    ],
    ['editMessageText', { chat_id: 5, message_id: 1, text: 'x' }, 400, /message can't be edited/],
    ['editMessageText', { chat_id: 5, message_id: 9, text: 'x' }, 400, /message to edit not found/],
    [
      'setMessageReaction',
      { chat_id: 5, message_id: 1, reaction: [{ type: 'emoji', emoji: '✅' }] },
      400,
      /REACTION_INVALID/,
    ],
    [
      'setMyCommands',
      { commands: [{ command: 'No', description: 'x' }] },
      400,
      /BOT_COMMAND_INVALID/,
    ],
    ['answerCallbackQuery', { callback_query_id: 'x' }, 400, /query is too old/],
    ['getFile', { file_id: 'x' }, 400, /wrong file_id/],
    ['flyAway', {}, 404, /method not found/],
  ]
  for (const [method, payload, code, words] of refused) {
    const answer = await call(server, method, payload)
    assert.equal(answer.error_code, code, `${method} ${JSON.stringify(payload).slice(0, 80)}`)
    assert.match(answer.description, words)
  }
  assert.deepEqual(server.sent, [])
})

test('a wrong token is unauthorised and a malformed one is not found', async () => {
  await using server = await startTelegramServer()
  const wrong = await fetch(`${server.url}/bot1:AAAAAAAAAAAAAAAA/getMe`, { method: 'POST' })
  const malformed = await fetch(`${server.url}/botnonsense/getMe`, { method: 'POST' })
  assert.deepEqual([wrong.status, malformed.status], [401, 404])
})

test('JSON, forms and multipart mean the same', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'hello')
  const url = `${server.url}/bot${server.token}/sendMessage`
  const entities = JSON.stringify([{ type: 'bold', offset: 0, length: 2 }])
  await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ chat_id: '5', text: '12', entities }),
  })
  const form = new FormData()
  form.set('chat_id', '5')
  form.set('text', '12')
  form.set('entities', entities)
  await fetch(url, { method: 'POST', body: form })
  await call(server, 'sendMessage', { chat_id: 5, text: '12', entities: JSON.parse(entities) })
  assert.deepEqual(server.texts(5), ['12', '12', '12'])
  assert.deepEqual(
    server.sent.map((one) => one.entities.length),
    [1, 1, 1],
  )
})

test('an edit shows in what was sent, and the same edit twice is refused', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'hello')
  const { result } = await call(server, 'sendMessage', { chat_id: 5, text: 'one' })
  const edit = { chat_id: 5, message_id: result.message_id, text: 'two' }
  assert.equal((await call(server, 'editMessageText', edit)).ok, true)
  assert.match((await call(server, 'editMessageText', edit)).description, /message is not modified/)
  assert.deepEqual(server.texts(5), ['two'])
})

test('private chats and basic groups share one sequence of ids, a supergroup has its own', async () => {
  await using server = await startTelegramServer()
  const ids = [5, -7, -1001234567890, 6, -1001234567890].map(
    (chat) => server.says(chat, 'x').message_id,
  )
  assert.deepEqual(ids, [1, 2, 1, 3, 2])
})

test('updates stay until a poll confirms them, at most a hundred at a time', async () => {
  await using server = await startTelegramServer()
  for (let index = 0; index < 150; index += 1) server.says(5, `message ${index}`)
  const first = (await call(server, 'getUpdates')).result
  const again = (await call(server, 'getUpdates')).result
  assert.deepEqual([first.length, again.length], [100, 100])
  const offset = (first.at(-1)?.update_id ?? 0) + 1
  assert.equal((await call(server, 'getUpdates', { offset })).result.length, 50)
  assert.equal((await call(server, 'getUpdates', { offset: -1 })).result.length, 1)
})

test('a long poll ends with the next update, and a second poller ends the first', async () => {
  await using server = await startTelegramServer()
  const first = call(server, 'getUpdates', { timeout: 30 })
  await server.waitFor(() => server.session.updates.isPolled || undefined)
  const second = call(server, 'getUpdates', { timeout: 30 })
  assert.equal((await first).error_code, 409)
  server.says(5, 'hello')
  assert.equal((await second).result.length, 1)
  await call(server, 'setWebhook', { url: `${server.url}/nowhere` })
  assert.match((await call(server, 'getUpdates')).description, /webhook is active/)
})

test('kinds of updates that were not asked for are not made, and the list is remembered', async () => {
  await using server = await startTelegramServer()
  await call(server, 'getUpdates', { allowed_updates: ['message', 'message_reaction'] })
  await call(server, 'getUpdates')
  const { message_id } = server.says(5, 'hello')
  server.edits(5, message_id, 'hullo')
  server.reacts(5, message_id, ['👍'])
  assert.equal((await call(server, 'getUpdates')).result.length, 2)
})

test('a button press can be answered once', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'hello')
  const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] }
  await call(server, 'sendMessage', { chat_id: 5, text: '?', reply_markup: keyboard })
  const id = server.presses(server.sent[0] ?? assert.fail(), 'Yes')
  assert.equal((await call(server, 'answerCallbackQuery', { callback_query_id: id })).ok, true)
  const again = await call(server, 'answerCallbackQuery', { callback_query_id: id })
  assert.match(again.description, /query is too old/)
})

test('faults that act leave a message behind, the others do not', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'hello')
  server.fail('sendMessage', { kind: 'flood', retryAfter: 7 })
  const flood = await call(server, 'sendMessage', { chat_id: 5, text: 'flood' })
  assert.equal(flood.parameters.retry_after, 7)
  for (const kind of ['cut', 'lost', 'garbage'] as const) {
    server.fail('sendMessage', { kind })
    await assert.rejects(call(server, 'sendMessage', { chat_id: 5, text: kind }))
  }
  server.fail('sendMessage', { kind: 'page', status: 502 })
  await assert.rejects(call(server, 'sendMessage', { chat_id: 5, text: 'page' }))
  assert.deepEqual(server.texts(5), ['lost', 'garbage'])
})
