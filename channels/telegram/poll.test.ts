import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { quickTiming, startRig } from '../../test/fakes/telegram-channel.ts'

test('messages arrive in order, and a backlog of many batches comes whole', async () => {
  await using rig = await startRig()
  for (let index = 0; index < 250; index += 1) rig.server.says(5, `message ${index}`)
  await rig.host.waitFor(() => rig.host.messages.length >= 251)
  const texts = rig.host.messages.map((message) => message.text)
  assert.deepEqual(texts, [
    'hello',
    ...Array.from({ length: 250 }, (_, index) => `message ${index}`),
  ])
})

test('a batch that is not stored comes again, and nothing after it is confirmed before', async () => {
  await using rig = await startRig()
  let refusals = 0
  rig.host.onReceive = async () => {
    refusals += 1
    if (refusals <= 3) throw new Error('disk full')
  }
  rig.server.says(5, 'precious')
  await rig.host.waitFor(() => rig.host.messages.some((message) => message.text === 'precious'))
  assert.equal(rig.host.messages.filter((message) => message.text === 'precious').length, 1)
  const sentence = 'Messages could not be stored; Telegram keeps them.'
  assert.ok(
    rig.host.reports.some(({ state, detail }) => state === 'retrying' && detail === sentence),
  )
})

test('an update is confirmed only by the poll after it was stored', async () => {
  await using rig = await startRig()
  const { promise, resolve } = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  rig.host.onReceive = () => {
    entered.resolve()
    return promise
  }
  rig.server.says(5, 'first')
  await entered.promise
  assert.equal(rig.server.session.updates.pendingCount, 1)
  resolve()
  await rig.server.waitFor(() => rig.server.session.updates.pendingCount === 0)
})

test('no poll after an empty one carries an offset, so ids may begin anew', async () => {
  await using rig = await startRig({ timing: { ...quickTiming, pollMs: 50 } })
  const { server, host } = rig
  await server.waitFor(() => {
    const last = server.calls.at(-1)
    return server.session.updates.isPolled && last && !('offset' in last.parameters)
  })
  server.session.updates.jump(1000)
  server.says(5, 'two')
  await host.waitFor(() => host.messages.length === 2)
  await server.waitFor(() => server.session.updates.pendingCount === 0)
})

test('another poller is named as the cause, and polling goes on when it leaves', async () => {
  await using rig = await startRig()
  const poll = () =>
    fetch(`${rig.server.url}/bot${rig.server.token}/getUpdates`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"timeout":1}',
    })
  await rig.server.waitFor(() => rig.server.session.updates.isPolled)
  const stranger = poll()
  const sentence = 'Another process polls this bot. Stop it, or give it a bot of its own.'
  await rig.host.waitFor(() => rig.host.reports.some((one) => one.detail === sentence))
  await stranger
  rig.server.says(5, 'mine again')
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  assert.equal(rig.host.state, 'up')
})

test('a webhook that somebody set is taken away, and what is pending stays', async () => {
  await using rig = await startRig()
  rig.server.session.updates.setWebhook({ url: 'http://127.0.0.1:1/', maxConnections: 1 }, false)
  rig.server.says(5, 'pending')
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  assert.equal(rig.server.session.updates.webhook, undefined)
})

test('a refused token is a failure that shows, and polling recovers when the token works again', async () => {
  await using rig = await startRig({ timing: { ...quickTiming, fatalBackoffMs: 10 } })
  rig.server.fail('getUpdates', { kind: 'error', code: 401, description: 'Unauthorized' }, 3)
  rig.server.says(5, 'wake the poll')
  await rig.host.waitFor(() => rig.host.state === 'failed')
  await rig.host.waitFor(() => rig.host.state === 'up')
})

test('a poll that never ends is given up by the watchdog, with a new connection', async () => {
  const clock = new ManualClock()
  await using rig = await startRig({ clock, timing: { answerMs: 60_000, watchdogMs: 45_000 } })
  await rig.server.waitFor(() => rig.server.session.updates.isPolled)
  rig.server.fail('getUpdates', { kind: 'hang', acts: false })
  rig.server.says(5, 'before the hang')
  await rig.server.waitFor(() => (rig.server.counts.get('getUpdates') ?? 0) >= 3)
  await clock.untilSleeping()
  await clock.advance(45_000)
  await rig.host.waitFor(() => rig.host.state === 'retrying')
  await clock.untilSleeping()
  await clock.advance(5_000)
  await rig.host.waitFor(() => rig.host.state === 'up')
})

test('pausing waits for what is being stored, and stops polling', async () => {
  await using rig = await startRig()
  const stored = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  rig.host.onReceive = () => {
    entered.resolve()
    return stored.promise
  }
  rig.server.says(5, 'last')
  await entered.promise
  const order: string[] = []
  const paused = rig.channel.pause().then(() => order.push('paused'))
  order.push('stored')
  stored.resolve()
  await paused
  assert.deepEqual(order, ['stored', 'paused'])
  const polls = rig.server.counts.get('getUpdates')
  rig.server.says(5, 'too late')
  await rig.channel.pause()
  assert.equal(rig.server.counts.get('getUpdates'), polls)
  assert.equal(rig.host.messages.at(-1)?.text, 'last')
})

for (const fault of [
  { kind: 'error', code: 500, description: 'Internal Server Error' },
  { kind: 'page', status: 502 },
  { kind: 'flood', retryAfter: 1 },
  { kind: 'cut' },
  { kind: 'lost' },
  { kind: 'garbage' },
  { kind: 'garbage', body: '{"ok":true,"result":{"not":"a list"}}' },
  { kind: 'garbage', body: '{"ok":true,"result":[{"no":"id"}]}' },
  { kind: 'half' },
] as const) {
  test(`polling goes on after ${JSON.stringify(fault)}`, async () => {
    await using rig = await startRig({
      timing: { minBackoffMs: 5, maxBackoffMs: 20, answerMs: 1_000, pollMs: 100 },
    })
    const before = rig.host.reports.length
    rig.server.fail('getUpdates', fault, 2)
    await rig.host.waitFor(() =>
      rig.host.reports.slice(before).some((one) => one.state === 'retrying'),
    )
    rig.server.says(5, 'still there?')
    await rig.host.waitFor(() =>
      rig.host.messages.some((message) => message.text === 'still there?'),
    )
    await rig.host.waitFor(() => rig.host.state === 'up')
  })
}
