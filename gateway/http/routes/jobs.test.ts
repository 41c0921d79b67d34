import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { type FakeGateway, startFakeGateway } from '../fake-gateway.ts'

type Job = Record<string, unknown> & {
  id: string
  next: { at: string; local: string; note: string | null }[]
}

/** A Thursday. */
const start = Date.parse('2026-03-26T12:00:00Z')
const config = 'timezone: Europe/Berlin'

function begin(): Promise<FakeGateway> {
  return startFakeGateway({ clock: new ManualClock(start), config })
}

async function call<T>(
  gateway: FakeGateway,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; answer: T }> {
  const response = await gateway.call(method, `/api/v1/jobs${path}`, body)
  return { status: response.status, answer: (await response.json()) as T }
}

const brief = { kind: 'agent', text: 'Sum up the night.', target: 'none' }

async function make(gateway: FakeGateway, more: object): Promise<Job> {
  const made = await call<Job>(gateway, 'POST', '', { ...brief, ...more })
  assert.equal(made.status, 201, JSON.stringify(made.answer))
  return made.answer
}

test('a job is made from a phrase, and says when it will be due', async () => {
  await using gateway = await begin()
  const made = await make(gateway, { when: { phrase: 'every day at 2:30' } })
  assert.equal(made['state'], 'active')
  assert.deepEqual(made['when'], { cron: '30 2 * * *', timezone: 'Europe/Berlin' })
  assert.equal(made['description'], 'every day at 2:30')
  assert.equal(made.next.length, 5)
  assert.equal(made.next[0]?.at, '2026-03-27T01:30:00.000Z')
  assert.equal(made['nextAt'], '2026-03-27T01:30:00.000Z')
  assert.match(made.next[2]?.note ?? '', /3:00/)
  const shown = await call<Job>(gateway, 'GET', `/${made.id}`)
  assert.deepEqual(shown.answer, made)
})

test('what a phrase says besides the time is what the job is about', async () => {
  await using gateway = await begin()
  const when = { phrase: 'in 20 minutes to stretch' }
  const job = await make(gateway, { text: undefined, when })
  assert.equal(job['text'], 'stretch')
  assert.deepEqual(job['when'], { at: '2026-03-26T12:20:00.000Z' })
  const { status, answer } = await call(gateway, 'POST', '', { ...brief, when })
  assert.equal(status, 400)
  assert.match(JSON.stringify(answer), /stretch.+leave it out/)
})

test('the structured times are taken as they stand', async () => {
  await using gateway = await begin()
  const every = await make(gateway, { when: { every: '90m', anchor: '2026-03-26T08:00' } })
  assert.deepEqual(every['when'], { every: '90m', anchor: '2026-03-26T07:00:00.000Z' })
  const cron = await make(gateway, { when: { cron: '0 8 * * 1-5', timezone: 'asia/tokyo' } })
  assert.deepEqual(cron['when'], { cron: '0 8 * * 1-5', timezone: 'Asia/Tokyo' })
  const at = await make(gateway, { when: { at: '2026-12-24T18:00' } })
  assert.deepEqual(at['when'], { at: '2026-12-24T17:00:00.000Z' })
})

test('what makes no sense is refused with its place, its value and a remedy', async () => {
  await using gateway = await begin()
  const daily = { cron: '0 8 * * *' }
  const cases: [object, RegExp][] = [
    [{ when: { at: '2026-02-30T08:00' } }, /when\.at.+2026-02-30T08:00/],
    [{ when: { at: '2020-01-01T08:00' } }, /past/],
    [{ when: { every: '0s' } }, /every.+0s/],
    [{ when: { cron: '0 0 30 2 *' } }, /never/],
    [{ when: { cron: '0 8 * * *', timezone: 'Berlin' } }, /Europe\/Berlin/],
    [{ when: { phrase: 'every day at 8', timezone: 'Mars' } }, /when\.timezone.+Mars/],
    [{ when: { phrase: 'some day' } }, /when\.phrase.+some day.+every weekday at 8/],
    [{ when: { phrase: 'in 5 minutes', every: '5m' } }, /leave every out/],
    [{ when: {} }, /exactly one/],
    [{ when: { ...daily, hour: 8 } }, /hour/],
    [{ when: daily, text: ' ' }, /nothing to do/],
    [{ when: daily, agent: 'nobody' }, /nobody/],
    [{ when: daily, target: { channel: 'telegram', chat: '7' } }, /telegram/],
    [{ when: daily, target: { channel: 'web', chat: 'unknown' } }, /Nobody has written/],
    [{ when: daily, target: 'owner' }, /no owner/],
    [{ when: daily, endsAt: 'soon' }, /endsAt.+soon/],
    [{ when: daily, endsAt: '2026-03-26T14:00' }, /before its first time/],
    [{ when: daily, maxRuns: 0 }, /maxRuns/],
    [{ when: daily, misfire: { policy: 'all' } }, /misfire/],
    [{ when: daily, kind: 'module', module: 'x.ts' }, /modules/],
    [{ when: daily, colour: 'red' }, /colour/],
  ]
  for (const [body, message] of cases) {
    for (const path of ['', '/preview']) {
      const refused = await call<{ error: { message: string } }>(gateway, 'POST', path, {
        ...brief,
        ...body,
      })
      assert.equal(refused.status, 400, JSON.stringify(body))
      assert.match(refused.answer.error.message, message)
    }
  }
  assert.deepEqual((await call(gateway, 'GET', '')).answer, { items: [], next: null })
})

test('a preview makes nothing', async () => {
  await using gateway = await begin()
  const { status, answer } = await call<Job>(gateway, 'POST', '/preview', {
    ...brief,
    when: { phrase: 'every weekday at 8' },
    maxRuns: 2,
  })
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(answer).toSorted(), ['description', 'next'])
  assert.equal(answer.next.length, 2)
  assert.deepEqual((await call(gateway, 'GET', '')).answer, { items: [], next: null })
})

test('a change says what is to be different, and null takes away', async () => {
  await using gateway = await begin()
  const job = await make(gateway, { when: { cron: '0 8 * * *' }, endsAt: '2027-01-01T00:00' })
  assert.equal(job['endsAt'], '2026-12-31T23:00:00.000Z')
  const change = { text: 'Sum up the day.', when: { phrase: 'every day at 20:00' }, endsAt: null }
  const { status, answer } = await call<Job>(gateway, 'PATCH', `/${job.id}`, change)
  assert.equal(status, 200)
  assert.equal(answer['text'], 'Sum up the day.')
  assert.equal(answer['endsAt'], null)
  assert.equal(answer.next[0]?.at, '2026-03-26T19:00:00.000Z')
  assert.equal((await call(gateway, 'PATCH', `/${job.id}`, { kind: 'message' })).status, 400)
  const odd = await call(gateway, 'PATCH', `/${job.id}`, { when: { phrase: 'at 9 to sing' } })
  assert.equal(odd.status, 400)
})

test('a job is paused, goes on and is removed', async () => {
  await using gateway = await begin()
  const { id } = await make(gateway, { when: { every: '1h' } })
  const paused = await call<Job>(gateway, 'POST', `/${id}/pause`)
  assert.equal(paused.status, 200)
  assert.equal(paused.answer['state'], 'paused')
  assert.equal(paused.answer['reason'], 'paused by an owner')
  assert.deepEqual(paused.answer.next, [])
  assert.equal((await call(gateway, 'POST', `/${id}/pause`)).status, 409)
  assert.equal((await call(gateway, 'POST', `/${id}/run`)).status, 409)
  const resumed = await call<Job>(gateway, 'POST', `/${id}/resume`)
  assert.equal(resumed.answer['state'], 'active')
  assert.equal(resumed.answer.next.length, 5)
  assert.equal((await call(gateway, 'DELETE', `/${id}`)).status, 200)
  assert.equal((await call(gateway, 'GET', `/${id}`)).status, 404)
})

test('a job asked for now is due once, and its history tells run and delivery apart', async () => {
  await using gateway = await begin()
  const { id } = await make(gateway, { when: { every: '1h' } })
  const asked = await call<Record<string, unknown>>(gateway, 'POST', `/${id}/run`)
  assert.equal(asked.status, 202)
  assert.equal(asked.answer['isManual'], true)
  assert.equal(asked.answer['state'], 'queued')
  assert.equal(asked.answer['run'], null)
  assert.deepEqual(asked.answer['delivery'], { state: 'none', platformMessageId: null })
  assert.equal((await call(gateway, 'POST', `/${id}/run`)).status, 409)
  const history = await call(gateway, 'GET', `/${id}/occurrences`)
  assert.deepEqual(history.answer, { items: [asked.answer], next: null })
})

test('lists go on where the page before ended', async () => {
  await using gateway = await begin()
  for (const text of ['1', '2', '3']) await make(gateway, { text, when: { every: '1h' } })
  type Page = { items: Job[]; next: string | null }
  const first = (await call<Page>(gateway, 'GET', '?limit=2&open=true')).answer
  assert.deepEqual(
    first.items.map((job) => job['text']),
    ['3', '2'],
  )
  const rest = (await call<Page>(gateway, 'GET', `?limit=2&cursor=${first.next}`)).answer
  assert.deepEqual(
    rest.items.map((job) => job['text']),
    ['1'],
  )
  assert.equal(rest.next, null)
})

test('a simulation lists the times of all active jobs in their order', async () => {
  await using gateway = await begin()
  const hourly = await make(gateway, { name: 'Hourly', when: { every: '1h' } })
  const daily = await make(gateway, { name: 'Daily', when: { phrase: 'every day at 14:30' } })
  type Times = { from: string; to: string; items: { job: string; name: string; at: string }[] }
  const path = '/simulate?from=2026-03-26T13:30&to=2026-03-26T15:15'
  const { status, answer } = await call<Times>(gateway, 'GET', path)
  assert.equal(status, 200)
  assert.equal(answer.from, '2026-03-26T12:30:00.000Z')
  assert.deepEqual(
    answer.items.map(({ job, at }) => [job, at]),
    [
      [hourly.id, '2026-03-26T13:00:00.000Z'],
      [daily.id, '2026-03-26T13:30:00.000Z'],
      [hourly.id, '2026-03-26T14:00:00.000Z'],
    ],
  )
  const wrong = ['?from=x', '?from=2026-03-27T00:00&to=2026-03-26T00:00', '?to=2036-01-01T00:00']
  for (const query of wrong)
    assert.equal((await call(gateway, 'GET', `/simulate${query}`)).status, 400, query)
})

test('a list says of every job how its last time went', async () => {
  await using gateway = await begin()
  const old = await make(gateway, { when: { phrase: 'every day at 8' } })
  const young = await make(gateway, { when: { phrase: 'every day at 9' } })
  const ran = await call<{ id: string }>(gateway, 'POST', `/${old.id}/run`)
  const { answer } = await call<{ items: (Job & { last: { id: string } | null })[] }>(
    gateway,
    'GET',
    '',
  )
  assert.deepEqual(
    answer.items.map(({ id, last }) => [id, last?.id ?? null]),
    [
      [young.id, null],
      [old.id, ran.answer.id],
    ],
  )
})
