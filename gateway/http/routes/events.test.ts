import assert from 'node:assert/strict'
import type { ReadableStream } from 'node:stream/web'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { type FakeGateway, startFakeGateway, testToken } from '../fake-gateway.ts'
import { readEvents, type ServerEvent } from '../read-events.ts'

const authorization = `Bearer ${testToken}`

async function makeRun(gateway: FakeGateway, text = 'hello'): Promise<string> {
  const response = await gateway.call('POST', '/api/v1/runs', { text })
  return ((await response.json()) as { run: { id: string } }).run.id
}

/** Executes the only queued run, telling core events as the dispatcher does. */
async function execute(gateway: FakeGateway): Promise<void> {
  const { runs } = await gateway.store.runs.claim({
    owner: 'o',
    now: Date.now(),
    leaseMs: 1000,
    limit: 1,
  })
  const [run] = runs
  assert.ok(run)
  const told = { type: 'run.changed', runId: run.id, agent: 'main' } as const
  gateway.events.emit({ ...told, event: 'run.started', state: 'running' })
  await gateway.store.runs.append(
    run.lease,
    [{ type: 'run.tool', data: { name: 'ls' } }],
    Date.now(),
  )
  const result = { text: 'done', files: [], chunks: [] }
  await gateway.store.runs.complete(run.lease, result, Date.now())
  gateway.events.emit({ ...told, event: 'run.completed', state: 'completed' })
}

async function open(
  gateway: FakeGateway,
  path: string,
  headers: Record<string, string> = {},
): Promise<AsyncIterator<ServerEvent>> {
  const response = await gateway.raw(path, { headers: { authorization, ...headers } })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.ok(response.body)
  return readEvents(response.body as ReadableStream<Uint8Array>)[Symbol.asyncIterator]()
}

async function rest(stream: AsyncIterator<ServerEvent>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = []
  for (let next = await stream.next(); !next.done; next = await stream.next())
    events.push(next.value)
  return events
}

test('the events of a run are dense from 1 and come in pages', async () => {
  await using gateway = await startFakeGateway()
  const id = await makeRun(gateway)
  await execute(gateway)
  type Page = {
    events: { seq: number; type: string; runId: string }[]
    hasMore: boolean
    nextAfterSeq: number
  }
  const read = async (query: string) =>
    (await (await gateway.call('GET', `/api/v1/runs/${id}/events${query}`)).json()) as Page
  const all = await read('')
  assert.deepEqual(
    all.events.map(({ seq }) => seq),
    all.events.map((_, index) => index + 1),
  )
  assert.equal(all.events[0]?.type, 'run.accepted')
  assert.equal(all.events.at(-1)?.type, 'run.completed')
  assert.equal(all.hasMore, false)
  const first = await read('?limit=2')
  assert.equal(first.hasMore, true)
  assert.equal(first.nextAfterSeq, 2)
  assert.equal((await read(`?afterSeq=${first.nextAfterSeq}`)).events[0]?.seq, 3)
})

test('the stream of a run tells what happened, then what happens, and ends with the run', async () => {
  await using gateway = await startFakeGateway()
  const id = await makeRun(gateway)
  const stream = await open(gateway, `/api/v1/runs/${id}/events/stream`)
  const first = await stream.next()
  assert.equal(first.value.event, 'run.accepted')
  assert.equal(first.value.id, '1')
  await execute(gateway)
  const events = await rest(stream)
  assert.equal(events.at(-1)?.event, 'run.completed')
  const data = JSON.parse(events.at(-1)?.data ?? '{}')
  assert.deepEqual(Object.keys(data).toSorted(), ['at', 'data', 'runId', 'seq', 'type'])
})

test('a stream goes on after the last event that was seen', async () => {
  await using gateway = await startFakeGateway()
  const id = await makeRun(gateway)
  await execute(gateway)
  const path = `/api/v1/runs/${id}/events/stream`
  const all = await rest(await open(gateway, path))
  const resumed = await rest(await open(gateway, path, { 'last-event-id': '2' }))
  assert.deepEqual(resumed, all.slice(2))
  assert.deepEqual(await rest(await open(gateway, `${path}?afterSeq=2`)), all.slice(2))
  assert.deepEqual(await rest(await open(gateway, `${path}?afterSeq=99`)), [])
})

test('a stream finds what was written without a hint', async () => {
  const clock = new ManualClock()
  await using gateway = await startFakeGateway({ clock })
  const id = await makeRun(gateway)
  const stream = await open(gateway, `/api/v1/runs/${id}/events/stream`)
  await stream.next()
  await clock.untilSleeping(2)
  await gateway.store.runs.requestCancel(id, clock.now())
  await clock.advance(15_000)
  assert.deepEqual(
    (await rest(stream)).map(({ event }) => event),
    ['run.cancelled'],
  )
})

test('the stream of everything tells runs with ids to go on from, and the rest without', async () => {
  await using gateway = await startFakeGateway()
  await makeRun(gateway)
  const stream = await open(gateway, '/api/v1/events')
  const first = await stream.next()
  assert.equal(first.value.event, 'run.accepted')
  gateway.events.emit({ type: 'channel.changed', channel: 'web', state: 'retrying', detail: 'why' })
  const second = await stream.next()
  assert.equal(second.value.event, 'channel.changed')
  assert.equal(second.value.id, '')
  await execute(gateway)
  const third = await stream.next()
  assert.equal(third.value.event, 'run.started')
  await stream.return?.()
  const again = await open(gateway, '/api/v1/events', { 'last-event-id': String(third.value.id) })
  const fourth = await again.next()
  assert.ok(Number(fourth.value.id) > Number(third.value.id))
  await again.return?.()
})

test('stopping the server ends its streams', async () => {
  await using gateway = await startFakeGateway()
  const stream = await open(gateway, '/api/v1/events')
  await gateway.http.stop(60_000)
  assert.deepEqual(await rest(stream), [])
})
