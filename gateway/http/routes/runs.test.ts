import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeGateway, startFakeGateway } from '../fake-gateway.ts'

type Run = Record<string, unknown> & { id: string }
type Answer = { run: Run; deduplicated: boolean }

async function post(
  gateway: FakeGateway,
  body: object,
): Promise<{ status: number; answer: Answer }> {
  const response = await gateway.call('POST', '/api/v1/runs', body)
  return { status: response.status, answer: (await response.json()) as Answer }
}

async function get<T>(gateway: FakeGateway, path: string): Promise<T> {
  const response = await gateway.call('GET', path)
  assert.equal(response.status, 200, path)
  return (await response.json()) as T
}

test('a run is made, and shown in the shape that does not change', async () => {
  await using gateway = await startFakeGateway()
  const { status, answer } = await post(gateway, { text: 'hello', agent: 'main' })
  assert.equal(status, 202)
  assert.equal(answer.deduplicated, false)
  const run = await get<Run>(gateway, `/api/v1/runs/${answer.run.id}`)
  assert.deepEqual(Object.keys(run).toSorted(), [
    'agent',
    'attempt',
    'createdAt',
    'error',
    'finishedAt',
    'id',
    'reply',
    'session',
    'source',
    'startedAt',
    'state',
    'supersededBy',
    'text',
  ])
  assert.equal(run['state'], 'queued')
  assert.equal(run['text'], 'hello')
  assert.equal(run['source'], 'api')
  assert.equal(run['reply'], null)
  assert.match(String(run['createdAt']), /^\d{4}-\d\d-\d\dT.+Z$/)
})

test('the same idempotency key makes one run', async () => {
  await using gateway = await startFakeGateway()
  const first = await post(gateway, { text: 'hello', idempotencyKey: 'k' })
  const second = await post(gateway, { text: 'hello', idempotencyKey: 'k' })
  assert.equal(second.status, 200)
  assert.equal(second.answer.deduplicated, true)
  assert.equal(second.answer.run.id, first.answer.run.id)
})

test('a file of a run is kept, typed by its content and shown as what it is', async () => {
  let kept: { file: { sha256: string; name: string; mime: string }; kind: string } | undefined
  await using gateway = await startFakeGateway({
    actions: {
      async createRun({ attachments }) {
        kept = attachments[0]
        return await gateway.store.runs.create(
          {
            source: 'api',
            text: 'see',
            agent: 'main',
            sessionKey: 'v1:main:api:dm:x',
            attachments,
            maxAttempts: 1,
          },
          Date.now(),
        )
      },
    },
  })
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const { status } = await post(gateway, {
    text: 'see',
    attachments: [{ name: '../pixel', mime: 'text/html', data: png.toString('base64') }],
  })
  assert.equal(status, 202)
  assert.equal(kept?.kind, 'photo')
  assert.equal(kept.file.mime, 'image/png')
  assert.doesNotMatch(kept.file.name, /\//)
  const path = `/api/v1/files/${kept.file.sha256}`
  assert.equal((await gateway.raw(path)).status, 401)
  const file = await gateway.call('GET', path)
  assert.equal(file.headers.get('content-type'), 'image/png')
  assert.match(file.headers.get('content-disposition') ?? '', /^inline; filename=/)
  assert.equal(file.headers.get('x-content-type-options'), 'nosniff')
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), png)
})

test('lists go on where the page before ended', async () => {
  await using gateway = await startFakeGateway()
  for (const text of ['1', '2', '3'])
    await post(gateway, { text, session: `v1:main:api:dm:${text}` })
  type Page = { items: Run[]; next: string | null }
  const first = await get<Page>(gateway, '/api/v1/runs?limit=2')
  assert.deepEqual(
    first.items.map((run) => run['text']),
    ['3', '2'],
  )
  const rest = await get<Page>(gateway, `/api/v1/runs?limit=2&cursor=${first.next}`)
  assert.deepEqual(
    rest.items.map((run) => run['text']),
    ['1'],
  )
  assert.equal(rest.next, null)
  const one = await get<Page>(gateway, '/api/v1/runs?session=v1:main:api:dm:2')
  assert.deepEqual(
    one.items.map((run) => run['text']),
    ['2'],
  )
  assert.deepEqual((await get<Page>(gateway, '/api/v1/runs?state=failed')).items, [])
})

test('a run is cancelled once and can be run again', async () => {
  await using gateway = await startFakeGateway()
  const { answer } = await post(gateway, { text: 'hello' })
  const path = `/api/v1/runs/${answer.run.id}`
  assert.equal((await gateway.call('POST', `${path}/retry`)).status, 409)
  assert.equal((await gateway.call('POST', `${path}/cancel`)).status, 202)
  assert.equal((await gateway.call('POST', `${path}/cancel`)).status, 409)
  const retried = await gateway.call('POST', `${path}/retry`)
  assert.equal(retried.status, 202)
  const { run } = (await retried.json()) as Answer
  assert.notEqual(run.id, answer.run.id)
  assert.equal(run['text'], 'hello')
})

test('a gateway that stops takes no new runs', async () => {
  await using gateway = await startFakeGateway()
  gateway.isDraining = true
  assert.equal((await post(gateway, { text: 'hello' })).status, 503)
  assert.equal((await gateway.raw('/readyz')).status, 503)
})
