import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from '../../../core/model.ts'
import { type FakeGateway, startFakeGateway } from '../fake-gateway.ts'

const account = 'telegram:1'
const group: Address = { channel: 'telegram', account, chat: '-5' }
const space = { id: 's1', title: 'Ada HQ' }

type Shown = { approved: boolean; title: string; settings: object; error: { message: string } }

async function changed(gateway: FakeGateway, id: string, body: object) {
  const response = await gateway.call('PATCH', `/api/v1/conversations/${id}`, body)
  return { status: response.status, body: (await response.json()) as Shown }
}

async function listed(gateway: FakeGateway, query = '') {
  const response = await gateway.call('GET', `/api/v1/conversations${query}`)
  return (await response.json()) as { items: Shown[]; next: string | null }
}

const defaults = { mention: null, agent: null, queue: null, stream: null }

test('conversations are listed with what was chosen for them, and chosen for', async () => {
  await using gateway = await startFakeGateway()
  const { inbox } = gateway.store
  await inbox.setMembership(group, 'group', 'Team Ada', true, 1000)
  await inbox.setMembership({ ...group, thread: '7' }, 'thread', undefined, false, 1000, space)
  const first = await listed(gateway, '?limit=1')
  const topic = {
    id: 'c2',
    channel: 'telegram',
    chat: '-5',
    thread: '7',
    title: null,
    kind: 'thread',
    alive: false,
    approved: false,
    space: { ...space, approved: false },
    settings: defaults,
  }
  assert.deepEqual(first, { items: [topic], next: '2' })
  const next = await listed(gateway, `?cursor=${first.next}`)
  assert.equal(next.items[0]?.title, 'Team Ada')

  const settings = { mention: false, agent: 'ops', queue: 'followup', stream: true }
  assert.deepEqual(await changed(gateway, 'c2', settings), {
    status: 200,
    body: { ...topic, settings },
  })
  const back = await changed(gateway, 'c2', { mention: null, agent: null })
  assert.deepEqual(back.body.settings, { ...settings, mention: null, agent: null })
  const none = await changed(gateway, 'c2', {})
  assert.deepEqual(none.body.settings, back.body.settings)
})

test('a chat, or its server, is approved, closed and forgotten', async () => {
  await using gateway = await startFakeGateway()
  await gateway.store.inbox.setMembership(group, 'group', 'Team Ada', true, 1000, space)
  const approved = async (body: object) => (await changed(gateway, 'c1', body)).body.approved
  assert.equal(await approved({ approved: true }), true)
  assert.equal(await approved({ approved: null }), false)
  assert.equal(await approved({ spaceApproved: true }), true)
  assert.equal(await approved({ approved: false }), false, 'closed, whatever its server says')
  assert.equal(await approved({ approved: null }), true)
  assert.equal(await approved({ spaceApproved: false }), false)
})

test('what cannot be is refused with the reason', async () => {
  await using gateway = await startFakeGateway()
  await gateway.store.inbox.setMembership(group, 'group', undefined, true, 1000)
  assert.equal((await changed(gateway, 'c9', { mention: true })).status, 404)
  assert.equal((await changed(gateway, 'c1', { mention: 'on' })).status, 400)
  assert.equal((await changed(gateway, 'c1', { colour: 'red' })).status, 400)
  assert.equal((await changed(gateway, 'c1', { queue: 'fast' })).status, 400)
  const { status, body } = await changed(gateway, 'c1', { spaceApproved: true })
  assert.equal(status, 409)
  assert.match(body.error.message, /belongs to no server/)
  assert.equal((await gateway.raw('/api/v1/conversations')).status, 401)
})

test('what the configuration allows is approved', async () => {
  const config = `channels:
  telegram:
    type: telegram
    token: "1:abcdefghijklmnopqrstuvwxyz012345678"
    access: { allowChats: ["-5"] }
`
  await using gateway = await startFakeGateway({ config })
  await gateway.store.inbox.setMembership(group, 'group', undefined, true, 1000)
  assert.equal((await listed(gateway)).items[0]?.approved, true)
})
