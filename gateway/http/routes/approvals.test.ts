import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permission } from '../../../test/fakes/asking-agent.ts'
import { startFakeGateway } from '../fake-gateway.ts'

test('what an agent asks is listed and answered, and what was allowed is taken back', async () => {
  await using gateway = await startFakeGateway()
  const { runs, approvals } = gateway.store
  const now = Date.now()
  await runs.create(
    { source: 'api', text: 'x', agent: 'main', sessionKey: 'k', attachments: [], maxAttempts: 1 },
    now,
  )
  const [run] = (await runs.claim({ owner: 'o', now, leaseMs: 60_000, limit: 1 })).runs
  assert.ok(run)
  const told = { option: 'once' }
  const message = () => assert.fail('there is no chat to ask in')
  const question = { granted: told, unanswered: told, tooMany: told, message }
  await approvals.ask(run.lease, { request: permission, expiresAt: now + 1e6, ...question }, now)
  const read = async (path: string) => (await (await gateway.call('GET', path)).json()) as Listed
  const [listed] = (await read('/api/v1/approvals')).items
  assert.equal(listed?.['id'], 'q1')
  assert.equal(listed?.['run'], run.id)
  assert.equal(listed?.['grant'], permission.grant)
  assert.equal(listed?.['state'], 'open')

  const answer = (id: string, body: object) => gateway.call('POST', `/api/v1/approvals/${id}`, body)
  assert.equal((await answer('q1', { answer: 'once' })).status, 200)
  assert.equal((await answer('q2', { answer: 'once' })).status, 409)
  assert.equal((await answer('q1', { answer: '' })).status, 400)
  assert.deepEqual(gateway.done, ['answer q1 once', 'answer q2 once'])

  const always = { told, words: 'allowed always', by: 'Ana', grant: 'session' } as const
  await approvals.answer('q1', always, { isEdit: true, chunk: { text: '' } }, now)
  const [grant] = (await read('/api/v1/grants')).items
  assert.deepEqual([grant?.['id'], grant?.['session'], grant?.['by']], ['g1', 'k', 'Ana'])
  assert.equal((await gateway.call('DELETE', '/api/v1/grants/g1')).status, 200)
  assert.equal((await gateway.call('DELETE', '/api/v1/grants/g1')).status, 404)
  assert.deepEqual((await read('/api/v1/approvals')).items, [])
})

type Listed = { items: Record<string, unknown>[] }
