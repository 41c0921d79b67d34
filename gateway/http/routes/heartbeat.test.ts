import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { startFakeGateway } from '../fake-gateway.ts'

const start = Date.parse('2026-03-26T12:00:00Z')
const config = `
timezone: Europe/Berlin
heartbeat: { enabled: true, every: 2h }
agents:
  main: {}
  ops: { heartbeat: { target: { channel: web, chat: "1" } } }
`

test('every agent says what its check-ins do', async () => {
  await using gateway = await startFakeGateway({ clock: new ManualClock(start), config })
  await gateway.store.heartbeats.plan('main', start + 60_000, 'unchanged', start)
  const response = await gateway.call('GET', '/api/v1/heartbeat')
  assert.equal(response.status, 200)
  const { items } = (await response.json()) as { items: Record<string, unknown>[] }
  assert.deepEqual(items[0], {
    agent: 'main',
    isEnabled: true,
    everyMs: 7_200_000,
    target: 'owner',
    activeHours: { start: '08:00', end: '22:00', timezone: 'Europe/Berlin' },
    nextAt: '2026-03-26T12:01:00.000Z',
    lastAt: null,
    result: 'unchanged',
    resultAt: '2026-03-26T12:00:00.000Z',
    run: null,
    failures: 0,
  })
  assert.equal(items[1]?.['agent'], 'ops')
  assert.equal(items[1]['nextAt'], null)
  assert.deepEqual(items[1]['target'], { channel: 'web', chat: '1' })
})

test('a check-in is asked of the named agent, or of the one the heartbeat is for', async () => {
  await using gateway = await startFakeGateway({ clock: new ManualClock(start), config })
  const ask = async (body?: unknown) => await gateway.call('POST', '/api/v1/heartbeat/run', body)
  assert.equal((await ask()).status, 202)
  const named = await ask({ agent: 'ops' })
  assert.equal(named.status, 202)
  assert.deepEqual(await named.json(), { agent: 'ops' })
  assert.deepEqual(gateway.done, ['runHeartbeat main', 'runHeartbeat ops'])
  assert.equal((await ask({ agents: 'ops' })).status, 400)
})
