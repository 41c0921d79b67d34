import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelServer } from './model.ts'

async function ask(
  server: ModelServer,
  body: object | string,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

const user = (content: unknown) => ({ role: 'user', content })
const model = 'scripted-1'

test('requests that no real server takes are refused', async () => {
  await using server = await ModelServer.start()
  const image = { type: 'image_url', image_url: { url: 'http://example.org/a.png' } }
  const refused: (object | string)[] = [
    'not json',
    { messages: [user('x')] },
    { model, messages: [] },
    { model, messages: [{ role: 'person', content: 'x' }] },
    { model, messages: [{ role: 'user' }] },
    { model, messages: [user([])] },
    { model, messages: [user([{ type: 'video', text: 'x' }])] },
    { model, messages: [user([image])] },
    { model, messages: [{ role: 'system', content: [{ type: 'text', text: 'x' }] }] },
    { model, messages: [{ role: 'tool', tool_call_id: 'c', content: 'x' }] },
    { model, messages: [user('x')], stream_options: {} },
  ]
  for (const body of refused)
    assert.equal((await ask(server, body)).status, 400, JSON.stringify(body))
  assert.equal(server.refusals.length, refused.length)
  assert.equal(server.requests.length, 0)
  assert.equal((await ask(server, { model: 'other', messages: [user('x')] })).status, 404)
})

test('rules come before the queue, and without both the model repeats the question', async () => {
  await using server = await ModelServer.start()
  server.when('weather', { type: 'text', text: 'Sunny' })
  server.next({ type: 'text', text: 'Queued' })
  const say = async (text: string) => {
    const { text: answer } = await ask(server, { model, messages: [user(text)] })
    return JSON.parse(answer).choices[0].message.content
  }
  assert.deepEqual(
    [await say('the weather?'), await say('one'), await say('two')],
    ['Sunny', 'Queued', 'two'],
  )
})

test('a stream ends with its end mark, and counts only where asked', async () => {
  await using server = await ModelServer.start()
  const body = { model, messages: [user('Hello')], stream: true }
  const plain = (await ask(server, body)).text
  assert.match(plain, /"content":"Hello".*\n\ndata: \[DONE\]\n\n$/s)
  assert.ok(!plain.includes('prompt_tokens'))
  const counted = await ask(server, { ...body, stream_options: { include_usage: true } })
  assert.match(counted.text, /"prompt_tokens":11/)
})

test('requests for a title use up no reply', async () => {
  await using server = await ModelServer.start()
  server.next({ type: 'text', text: 'Kept' })
  const title = await ask(server, {
    model,
    messages: [{ role: 'system', content: 'You are a title generator.' }, user('x')],
  })
  assert.match(title.text, /A title/)
  assert.match((await ask(server, { model, messages: [user('x')] })).text, /Kept/)
  assert.equal(server.requests.length, 1)
})

test('the models are listed, and a wrong key gets nothing', async () => {
  await using server = await ModelServer.start({ apiKey: 'right', models: ['a', 'b'] })
  const list = async (key: string) =>
    await fetch(`${server.url}/models`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal((await list('wrong')).status, 401)
  assert.match(await (await list('right')).text(), /"id":"a".*"id":"b"/)
})
