import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeGateway, startFakeGateway } from '../fake-gateway.ts'

async function read<T>(gateway: FakeGateway, path: string): Promise<T> {
  const response = await gateway.call('GET', path)
  assert.equal(response.status, 200, path)
  return (await response.json()) as T
}

type Session = {
  id: string
  key: string
  mode: string | null
  model: string | null
  agentMode: string | null
  generation: number
}
type Detail = Session & {
  conversations: { generation: number; title: string; isPresent: boolean }[]
}

test('a session is found by id and by key, read, changed and reset', async () => {
  await using gateway = await startFakeGateway()
  await gateway.call('POST', '/api/v1/runs', { text: 'hello', session: 'v1:main:api:dm:a' })
  const { items } = await read<{ items: Session[] }>(gateway, '/api/v1/sessions')
  const [session] = items
  assert.ok(session)
  assert.equal(session.key, 'v1:main:api:dm:a')
  const byKey = await read<Detail>(gateway, `/api/v1/sessions/${encodeURIComponent(session.key)}`)
  const { conversations, ...row } = byKey
  assert.deepEqual(row, session)
  assert.deepEqual(
    conversations.map(({ title, isPresent }) => [title, isPresent]),
    [['hello', true]],
  )
  const turns = await read<{ items: { role: string; text: string }[] }>(
    gateway,
    `/api/v1/sessions/${session.id}/messages`,
  )
  assert.deepEqual(
    turns.items.map(({ role, text }) => [role, text]),
    [['user', 'hello']],
  )
  const path = `/api/v1/sessions/${session.id}`
  const changed = await gateway.call('PATCH', path, { mode: 'followup' })
  assert.equal(((await changed.json()) as Session).mode, 'followup')
  assert.equal((await gateway.call('PATCH', path, { mode: 'odd' })).status, 400)
  assert.equal((await gateway.call('POST', `${path}/reset`)).status, 200)
  const after = await read<Session>(gateway, path)
  assert.equal(after.generation, session.generation + 1)
  assert.equal((await gateway.call('PATCH', path, {})).status, 400)
  const chosen = await gateway.call('PATCH', path, { model: 'acme/fast', agentMode: 'plan' })
  const { model, agentMode } = (await chosen.json()) as Session
  assert.deepEqual([model, agentMode], ['acme/fast', 'plan'])
  const back = await gateway.call('PATCH', path, { generation: 1, model: null })
  const detail = (await back.json()) as Detail
  assert.deepEqual([detail.generation, detail.model, detail.agentMode], [1, null, 'plan'])
  assert.deepEqual(
    detail.conversations.map(({ generation, isPresent }) => [generation, isPresent]),
    [[1, true]],
  )
})

test('the trace of a message has its steps', async () => {
  await using gateway = await startFakeGateway()
  const said = await gateway.call('POST', '/api/v1/chats/c1/messages', { text: 'hello' })
  const { message } = (await said.json()) as { message: { id: string } }
  type Trace = {
    message: { id: string; disposition: string }
    steps: { at: string; step: string; detail: string }[]
  }
  const trace = await read<Trace>(gateway, `/api/v1/messages/${message.id}/trace`)
  assert.equal(trace.message.id, message.id)
  assert.equal(trace.message.disposition, 'run')
  assert.ok(trace.steps.length > 0)
  assert.match(trace.steps[0]?.at ?? '', /Z$/)
})

test('a text is sent by hand to a channel that exists', async () => {
  await using gateway = await startFakeGateway()
  const to = { channel: 'web', chat: 'c1' }
  const sent = await gateway.call('POST', '/api/v1/send', { deliverTo: to, text: 'hi' })
  assert.equal(sent.status, 202)
  assert.deepEqual(await sent.json(), { deliveries: ['d1'] })
  const elsewhere = { channel: 'none', chat: 'c1' }
  const lost = await gateway.call('POST', '/api/v1/send', { deliverTo: elsewhere, text: 'hi' })
  assert.equal(lost.status, 404)
  assert.equal(
    (await gateway.call('POST', '/api/v1/send', { deliverTo: to, text: ' ' })).status,
    400,
  )
})

test('people get and lose rights', async () => {
  await using gateway = await startFakeGateway()
  const person = { channel: 'telegram', id: '42' }
  const set = await gateway.call('PATCH', '/api/v1/senders', {
    ...person,
    status: 'owner',
    name: 'Ada',
  })
  assert.equal(set.status, 200)
  type Senders = { items: { channel: string; id: string; name: string; status: string }[] }
  const { items } = await read<Senders>(gateway, '/api/v1/senders')
  assert.equal(items[0]?.status, 'owner')
  assert.equal(items[0]?.name, 'Ada')
  const removed = await gateway.call('DELETE', '/api/v1/senders?channel=telegram&id=42')
  assert.equal(removed.status, 200)
  const odd = await gateway.call('PATCH', '/api/v1/senders', { ...person, status: 'king' })
  assert.equal(odd.status, 400)
})

test('nobody waits to be let in, and no code is guessed for long', async () => {
  await using gateway = await startFakeGateway()
  assert.deepEqual(await read(gateway, '/api/v1/pairing'), { items: [], next: null })
  const statuses = []
  for (let tries = 0; tries < 7; tries++) {
    const response = await gateway.call('POST', '/api/v1/pairing/ABCDEFGH/approve', {})
    statuses.push(response.status)
  }
  assert.equal(statuses[0], 404)
  assert.equal(statuses.at(-1), 429)
})

test('channels are listed and restarted by name', async () => {
  await using gateway = await startFakeGateway()
  const { items } = await read<{ items: { name: string }[] }>(gateway, '/api/v1/channels')
  assert.deepEqual(
    items.map(({ name }) => name),
    ['web'],
  )
  assert.equal((await gateway.call('POST', '/api/v1/channels/web/restart')).status, 202)
  assert.deepEqual(gateway.done, ['restartChannel web'])
})

test('a channel is linked by a picture that a phone scans', async () => {
  await using gateway = await startFakeGateway()
  const answer = await gateway.call('POST', '/api/v1/channels/web/link')
  const { uri, svg } = (await answer.json()) as { uri: string; svg: string }
  assert.equal(uri, 'sgnl://linkdevice?uuid=1&pub_key=2')
  assert.match(svg, /^<svg /)
  assert.equal((await gateway.call('POST', '/api/v1/channels/nobody/link')).status, 404)
  assert.deepEqual(gateway.done, ['linkChannel web'])
})

test('the configuration is shown without secrets and changed by path', async () => {
  await using gateway = await startFakeGateway({
    config: 'http: { token: not-for-the-page-at-all }',
  })
  const shown = await (await gateway.call('GET', '/api/v1/config')).text()
  assert.doesNotMatch(shown, /not-for-the-page/)
  assert.match(shown, /"hash":"hash-1"/)
  const changes = [{ path: 'queue.maxQueued', value: 5 }, { path: 'timezone' }]
  const patched = await gateway.call('PATCH', '/api/v1/config', { expectedHash: 'hash-1', changes })
  assert.equal(patched.status, 200)
  assert.deepEqual(gateway.done, ['edit queue.maxQueued timezone'])
  const bad: object[] = [
    { changes },
    { expectedHash: 'x', changes: [] },
    { expectedHash: 'x', changes: [{ path: 'a..b', value: 1 }] },
  ]
  for (const body of bad) {
    assert.equal((await gateway.call('PATCH', '/api/v1/config', body)).status, 400)
  }
})

test('a backup goes to an absolute path', async () => {
  await using gateway = await startFakeGateway()
  assert.equal((await gateway.call('POST', '/api/v1/backup', { file: 'a.db' })).status, 400)
  assert.equal((await gateway.call('POST', '/api/v1/backup', { file: '/tmp/a.db' })).status, 200)
  assert.deepEqual(gateway.done, ['backup /tmp/a.db'])
})

test('the outbox is listed by state', async () => {
  await using gateway = await startFakeGateway()
  const to = { channel: 'web', account: 'web', chat: 'c1' }
  const notice = { chunks: [{ text: 'hi' }], lane: 'control' as const }
  const [id = ''] = await gateway.store.deliveries.queue(to, notice, 'k', Date.now())
  type Deliveries = { items: { id: string; state: string; text: string }[] }
  const pending = await read<Deliveries>(gateway, '/api/v1/deliveries?state=pending')
  assert.equal(pending.items[0]?.id, id)
  assert.equal(pending.items[0]?.text, 'hi')
  assert.equal((await gateway.call('POST', `/api/v1/deliveries/${id}/retry`)).status, 409)
  assert.equal((await gateway.call('POST', `/api/v1/deliveries/${id}/discard`)).status, 200)
  assert.equal((await gateway.call('POST', `/api/v1/deliveries/${id}/retry`)).status, 202)
  assert.deepEqual((await read<Deliveries>(gateway, '/api/v1/deliveries?state=sent')).items, [])
})
