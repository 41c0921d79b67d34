import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { SignalWebhook } from './webhook.ts'

const secret = 'a-secret-of-some-length'
const frame = { envelope: { timestamp: 1 }, account: '+1' }
const post = JSON.stringify({ jsonrpc: '2.0', method: 'receive', params: frame })
const query = new URLSearchParams({ secret })

function makeWebhook() {
  const clock = new ManualClock()
  return { clock, webhook: new SignalWebhook({ path: '/webhooks/signal', secret, clock }) }
}

test('a post is answered with 200 once its message is stored', async () => {
  const { webhook } = makeWebhook()
  const stop = new AbortController()
  const stored: unknown[] = []
  const running = webhook.run(async (frames) => void stored.push(...frames), stop.signal)
  assert.equal(await webhook.handle({}, post, query), 200)
  assert.equal(await webhook.handle({ 'x-jackdaw-secret': secret }, `${post}\n`), 200)
  assert.deepEqual(stored, [frame, frame])
  stop.abort()
  await running
})

test('without the secret nothing is taken, and neither is what is no message', async () => {
  const { webhook } = makeWebhook()
  for (const given of [undefined, '', 'x', `${secret}x`]) {
    const wrong = new URLSearchParams(given === undefined ? {} : { secret: given })
    assert.equal(await webhook.handle({}, post, wrong), 401)
  }
  for (const body of ['', '{', 'null', '1', '{}', '{"params":null}'])
    assert.equal(await webhook.handle({}, body, query), 400)
})

test('a message that cannot be stored keeps nobody waiting, and is stored later', async () => {
  const { webhook, clock } = makeWebhook()
  const answer = webhook.handle({}, post, query)
  await clock.advance(1_000)
  assert.equal(await answer, 503)
  const stop = new AbortController()
  const stored: unknown[] = []
  const running = webhook.run(async (frames) => void stored.push(...frames), stop.signal)
  assert.equal(await webhook.handle({}, post, query), 200)
  assert.equal(stored.length, 2)
  stop.abort()
  await running
})
