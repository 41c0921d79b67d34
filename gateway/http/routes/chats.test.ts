import assert from 'node:assert/strict'
import type { ReadableStream } from 'node:stream/web'
import { test } from 'node:test'
import { type FakeGateway, startFakeGateway, testToken } from '../fake-gateway.ts'
import { readEvents } from '../read-events.ts'

type Line = {
  id: string
  role: string
  text: string
  html: string | null
  run: string
  state: string
  attachments: { name: string; url: string }[]
  buttons: unknown
}
type Page = { items: Line[]; next: string | null }

const messages = '/api/v1/chats/c1/messages'

async function say(gateway: FakeGateway, body: object): Promise<Line> {
  const response = await gateway.call('POST', messages, body)
  assert.equal(response.status, 202)
  return ((await response.json()) as { message: Line }).message
}

async function read(gateway: FakeGateway, query = ''): Promise<Page> {
  return (await (await gateway.call('GET', messages + query)).json()) as Page
}

/** Answers the waiting run as dispatcher and outbox would. */
async function answer(gateway: FakeGateway): Promise<void> {
  const { store, events } = gateway
  const now = Date.now()
  const { runs } = await store.runs.claim({ owner: 'o', now, leaseMs: 1000, limit: 1 })
  const [run] = runs
  assert.ok(run?.route)
  const { chatKind: _, ...address } = run.route
  const told = { type: 'run.changed', runId: run.id, agent: 'main', address } as const
  events.emit({ ...told, event: 'run.started', state: 'running' })
  events.emit({ type: 'typing', runId: run.id, address, isOn: true })
  events.emit({ type: 'run.live', runId: run.id, address, text: 'so f', steps: [] })
  const chunk = {
    text: '**so far**',
    format: { html: '<p><strong>so far</strong></p>' },
    buttons: [[{ label: 'Yes', data: 'q1:yes', style: 'primary' as const }]],
  }
  await store.runs.complete(run.lease, { text: 'so far', files: [], chunks: [chunk] }, now)
  events.emit({ ...told, event: 'run.completed', state: 'completed' })
  const { deliveries } = await store.deliveries.claim({ accounts: ['web'], now, limit: 1 })
  const [delivery] = deliveries
  assert.ok(delivery)
  await store.deliveries.sent(delivery.id, delivery.key, now)
  events.emit({
    type: 'delivery.changed',
    deliveryId: delivery.id,
    runId: run.id,
    address,
    state: 'sent',
  })
}

test('a message is stored before it is acknowledged, and a repeat is the same message', async () => {
  await using gateway = await startFakeGateway()
  const first = await say(gateway, { text: 'hello', idempotencyKey: 'k1' })
  assert.equal(first.role, 'user')
  assert.equal(first.state, 'queued')
  const repeat = await say(gateway, { text: 'hello', idempotencyKey: 'k1' })
  assert.equal(repeat.id, first.id)
  assert.deepEqual((await read(gateway)).items, [first])
})

test('a chat is read from its end, each page oldest first', async () => {
  await using gateway = await startFakeGateway()
  for (const text of ['one', 'two', 'three']) await say(gateway, { text })
  const newest = await read(gateway, '?limit=2')
  assert.deepEqual(
    newest.items.map(({ text }) => text),
    ['two', 'three'],
  )
  const older = await read(gateway, `?limit=2&before=${encodeURIComponent(newest.next ?? '')}`)
  assert.deepEqual(
    older.items.map(({ text }) => text),
    ['one'],
  )
  assert.equal(older.next, null)
  const chats = (await (await gateway.call('GET', '/api/v1/chats')).json()) as {
    items: { id: string }[]
  }
  assert.deepEqual(
    chats.items.map(({ id }) => id),
    ['c1'],
  )
})

test('a chat nobody has written in is empty', async () => {
  await using gateway = await startFakeGateway()
  assert.deepEqual(await read(gateway), { items: [], next: null })
})

test('an empty message is refused', async () => {
  await using gateway = await startFakeGateway()
  for (const body of [{}, { text: ' \n' }, { text: '', attachments: [] }]) {
    assert.equal((await gateway.call('POST', messages, body)).status, 400)
  }
})

test('a press is taken', async () => {
  await using gateway = await startFakeGateway()
  const pressed = await gateway.call('POST', '/api/v1/chats/c1/presses', { data: 'q1:yes' })
  assert.equal(pressed.status, 202)
  const long = await gateway.call('POST', '/api/v1/chats/c1/presses', { data: 'x'.repeat(65) })
  assert.equal(long.status, 400)
})

test('the stream tells the newest messages, then everything as it happens', async () => {
  await using gateway = await startFakeGateway()
  const first = await say(gateway, { text: 'hello' })
  const response = await gateway.raw('/api/v1/chats/c1/stream', {
    headers: { authorization: `Bearer ${testToken}` },
  })
  assert.ok(response.body)
  const stream = readEvents(response.body as ReadableStream<Uint8Array>)[Symbol.asyncIterator]()
  const next = async () => {
    const { value } = await stream.next()
    return { event: value.event, data: JSON.parse(value.data) }
  }
  assert.deepEqual(await next(), { event: 'message', data: first })
  await answer(gateway)
  const told = []
  do told.push(await next())
  while (told.at(-1)?.event !== 'message')
  const run = first.run
  const direct = told.filter(({ event }) => event === 'typing' || event === 'text')
  assert.deepEqual(direct, [
    { event: 'typing', data: { run, on: true } },
    { event: 'text', data: { run, text: 'so f', steps: [] } },
  ])
  const states = told.filter(({ event }) => event === 'run').map(({ data }) => data.state)
  assert.deepEqual(states, ['running', 'completed'])
  const last: Line = told.at(-1)?.data
  assert.equal(last.role, 'agent')
  assert.equal(last.html, '<p><strong>so far</strong></p>')
  assert.deepEqual(last.buttons, [[{ label: 'Yes', data: 'q1:yes' }]])
  await stream.return?.()
})

test('the typing sign names its run, also while that one waits behind an earlier run', async () => {
  await using gateway = await startFakeGateway()
  const response = await gateway.raw('/api/v1/chats/c1/stream', {
    headers: { authorization: `Bearer ${testToken}` },
  })
  assert.ok(response.body)
  const stream = readEvents(response.body as ReadableStream<Uint8Array>)[Symbol.asyncIterator]()
  await say(gateway, { text: 'one' })
  await answer(gateway)
  const { run } = await say(gateway, { text: 'two' })
  assert.ok(run)
  const address = { channel: 'web', account: 'web', chat: 'c1' }
  for (const isOn of [true, false]) {
    gateway.events.emit({ type: 'typing', runId: run, address, isOn })
  }
  const signs = []
  do {
    const { value } = await stream.next()
    if (value.event === 'typing') signs.push(JSON.parse(value.data))
  } while (signs.length < 3)
  assert.deepEqual(signs.slice(1), [
    { run, on: true },
    { run, on: false },
  ])
  await stream.return?.()
})

test('a stream hears nothing of other chats', async () => {
  await using gateway = await startFakeGateway()
  const response = await gateway.raw('/api/v1/chats/c2/stream', {
    headers: { authorization: `Bearer ${testToken}` },
  })
  assert.ok(response.body)
  const stream = readEvents(response.body as ReadableStream<Uint8Array>)[Symbol.asyncIterator]()
  await say(gateway, { text: 'in c1' })
  await gateway.call('POST', '/api/v1/chats/c2/messages', { text: 'in c2' })
  const { value } = await stream.next()
  assert.equal(JSON.parse(value.data).text, 'in c2')
  await stream.return?.()
})
