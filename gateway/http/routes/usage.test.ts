import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { type FakeGateway, startFakeGateway } from '../fake-gateway.ts'

const noon = Date.UTC(2026, 10, 22, 12)

async function spend(gateway: FakeGateway, at: number, costUsd?: number): Promise<void> {
  const sessionKey = 'v1:main:api:dm:a'
  const input = {
    source: 'api',
    text: 'hi',
    agent: 'main',
    attachments: [],
    maxAttempts: 3,
  } as const
  const { runId } = await gateway.store.runs.create({ ...input, sessionKey }, at)
  const session = await gateway.store.sessions.find(sessionKey)
  assert.ok(session)
  const usage = {
    model: 'm',
    inputTokens: 10,
    outputTokens: 2,
    ...(costUsd !== undefined && { costUsd }),
  }
  const piece = { runId, session, agent: 'main', source: 'api', usage, day: '2026-11-22' } as const
  await gateway.store.usage.record(piece, at)
}

async function read(gateway: FakeGateway, query: string) {
  const response = await gateway.call('GET', `/api/v1/usage${query}`)
  return { status: response.status, body: JSON.parse(await response.text()) }
}

test('usage is told by a dimension, with its total and what of the cost is known', async () => {
  await using gateway = await startFakeGateway({ clock: new ManualClock(noon) })
  await spend(gateway, noon - 1000, 0.5)
  await spend(gateway, noon)
  const { body } = await read(gateway, '?by=model')
  const sum = {
    runs: 2,
    inputTokens: 20,
    outputTokens: 4,
    cachedTokens: 0,
    costUsd: 0.5,
    isCostComplete: false,
  }
  assert.deepEqual([body.by, body.total, body.next], ['model', sum, null])
  assert.deepEqual(body.items, [{ key: 'm', ...sum }])
  const unknown = await read(gateway, '?from=2026-11-22T12:00:00Z')
  assert.deepEqual([unknown.body.by, unknown.body.total.costUsd], ['agent', null])
})

test('a date means midnight where the gateway lives', async () => {
  const config = 'timezone: Pacific/Kiritimati'
  await using gateway = await startFakeGateway({ clock: new ManualClock(noon), config })
  await spend(gateway, noon)
  const { body } = await read(gateway, '?from=2026-11-23&to=2026-11-24')
  assert.deepEqual(
    [body.from, body.to, body.total.runs],
    ['2026-11-22T10:00:00.000Z', '2026-11-23T10:00:00.000Z', 1],
  )
})

test('a range that cannot be is refused with a sentence', async () => {
  await using gateway = await startFakeGateway({ clock: new ManualClock(noon) })
  for (const query of [
    '?from=2026-11-23&to=2026-11-22',
    '?from=2020-01-01',
    '?by=chat',
    '?from=x',
  ]) {
    const { status, body } = await read(gateway, query)
    assert.equal(status, 400, query)
    assert.equal(typeof body.error.message, 'string')
  }
})
