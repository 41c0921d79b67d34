import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startFakeGateway, testToken } from './fake-gateway.ts'

/** A request with headers that `fetch` does not let through. */
async function send(
  url: string,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request(new URL(path, url), { method, headers }, resolve).on('error', reject).end()
  })
  return { status: response.statusCode ?? 0, body: await text(response) }
}

const bearer = { authorization: `Bearer ${testToken}` }

test('without a token everything but health and page is refused without detail', async () => {
  await using gateway = await startFakeGateway()
  for (const path of ['/api/v1/runs', '/metrics', '/api/v1/openapi.json', '/api/v1/nothing']) {
    const response = await gateway.raw(path)
    assert.equal(response.status, 401, path)
    assert.deepEqual(await response.json(), {
      error: { code: 'unauthorized', message: 'Sign in first.' },
    })
  }
  for (const authorization of [
    'Bearer wrong',
    `Bearer ${testToken}x`,
    'Bearer ',
    'Basic abc',
    testToken,
  ]) {
    const response = await gateway.raw('/api/v1/runs', { headers: { authorization } })
    assert.equal(response.status, 401, authorization)
  }
  assert.equal((await gateway.raw('/healthz')).status, 200)
  assert.equal((await gateway.raw('/readyz')).status, 200)
})

test('a foreign host is refused, even with the token', async () => {
  await using gateway = await startFakeGateway()
  for (const path of ['/', '/healthz', '/api/v1/runs']) {
    const { status, body } = await send(gateway.http.url, path, { ...bearer, host: 'evil.example' })
    assert.equal(status, 403, path)
    assert.match(body, /http\.allowedHosts/)
  }
  const strange = await send(gateway.http.url, '/healthz', { host: 'a b' })
  assert.ok(strange.status >= 400 && strange.status < 500)
})

test('another site is refused, and the own page is not', async () => {
  await using gateway = await startFakeGateway()
  const post = (headers: Record<string, string>) =>
    send(gateway.http.url, '/api/v1/logout', { ...bearer, ...headers }, 'POST')
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403)
  assert.equal((await post({ origin: 'null' })).status, 403)
  assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await post({ origin: new URL(gateway.http.url).origin })).status, 200)
  const read = await send(gateway.http.url, '/api/v1/runs', {
    ...bearer,
    'sec-fetch-site': 'cross-site',
  })
  assert.equal(read.status, 403)
  const link = await send(gateway.http.url, '/', { 'sec-fetch-site': 'cross-site' })
  assert.equal(link.status, 503)
})

test('a body that is too large is refused, announced or not', async () => {
  await using gateway = await startFakeGateway({ config: 'media: { maxBytes: 2000000 }' })
  const text = 'x'.repeat(1024 * 1024)
  const announced = await gateway.call('PATCH', '/api/v1/senders', { text })
  assert.equal(announced.status, 413)
  const chunked = await gateway.raw('/api/v1/send', {
    method: 'POST',
    headers: { ...bearer, 'content-type': 'application/json' },
    body: new Blob([JSON.stringify({ text })]).stream(),
    duplex: 'half',
  })
  assert.equal(chunked.status, 413)
  const data = Buffer.alloc(1_900_000).toString('base64')
  const fits = await gateway.call('POST', '/api/v1/runs', {
    text: 'see',
    attachments: [{ name: 'zeros.bin', mime: 'application/octet-stream', data }],
  })
  assert.equal(fits.status, 202)
  const more = Buffer.alloc(2_000_001).toString('base64')
  const over = await gateway.call('POST', '/api/v1/runs', {
    text: 'see',
    attachments: [{ name: 'zeros.bin', mime: 'application/octet-stream', data: more }],
  })
  assert.equal(over.status, 413)
})

test('a body that comes in pieces is read', async () => {
  await using gateway = await startFakeGateway()
  const response = await gateway.raw('/api/v1/runs', {
    method: 'POST',
    headers: { ...bearer, 'content-type': 'application/json' },
    body: new Blob([JSON.stringify({ text: 'in pieces' })]).stream(),
    duplex: 'half',
  })
  assert.equal(response.status, 202)
})

test('a body that is no JSON, no object or not what is wanted is refused with a sentence', async () => {
  await using gateway = await startFakeGateway()
  const post = (body: string, type = 'application/json') =>
    gateway.raw('/api/v1/runs', {
      method: 'POST',
      headers: { ...bearer, 'content-type': type },
      body,
    })
  const cases: [string, string | undefined, number, RegExp][] = [
    ['{"text":', undefined, 400, /not JSON/],
    ['', undefined, 400, /./],
    ['[]', undefined, 400, /body: /],
    ['null', undefined, 400, /body: /],
    ['{}', undefined, 400, /body\.text/],
    ['{"text":"  "}', undefined, 400, /body\.text/],
    ['{"text":1}', undefined, 400, /body\.text/],
    ['{"text":"a","color":"red"}', undefined, 400, /color/],
    ['{"text":"a","attachments":[{"data":"***"}]}', undefined, 400, /base64/],
    ['text=a', 'application/x-www-form-urlencoded', 415, /JSON/],
    ['{"text":"a"}', 'text/plain', 415, /JSON/],
  ]
  for (const [body, type, status, message] of cases) {
    const response = await post(body, type)
    assert.equal(response.status, status, body)
    const answer = (await response.json()) as { error: { message: string } }
    assert.match(answer.error.message, message, body)
  }
})

test('unknown ids and places are answered with 404 and a sentence', async () => {
  await using gateway = await startFakeGateway()
  const sha = 'a'.repeat(64)
  const places: [string, string, unknown?][] = [
    ['GET', '/api/v1/runs/r999'],
    ['GET', '/api/v1/runs/%00'],
    ['GET', '/api/v1/runs/..%2F..%2Fetc'],
    ['POST', '/api/v1/runs/r999/cancel'],
    ['POST', '/api/v1/runs/nonsense/retry'],
    ['GET', '/api/v1/runs/r999/events'],
    ['GET', '/api/v1/runs/r999/events/stream'],
    ['GET', '/api/v1/sessions/s999'],
    ['GET', '/api/v1/sessions/s999/messages'],
    ['POST', '/api/v1/sessions/s999/reset'],
    ['PATCH', '/api/v1/sessions/s999', { mode: 'collect' }],
    ['GET', '/api/v1/messages/m999/trace'],
    ['POST', '/api/v1/deliveries/d999/retry'],
    ['POST', '/api/v1/deliveries/d999/discard'],
    ['POST', '/api/v1/pairing/p999/approve', {}],
    ['POST', '/api/v1/pairing/p999/reject'],
    ['DELETE', '/api/v1/senders?channel=telegram&id=1'],
    ['GET', '/api/v1/jobs/j999'],
    ['PATCH', '/api/v1/jobs/j999', { text: 'x' }],
    ['DELETE', '/api/v1/jobs/nonsense'],
    ['POST', '/api/v1/jobs/%00/run'],
    ['GET', '/api/v1/jobs/j999/occurrences'],
    ['POST', '/api/v1/channels/none/restart'],
    ['POST', '/api/v1/channels/__proto__/restart'],
    ['GET', `/api/v1/files/${sha}`],
    ['GET', '/api/v1/nothing'],
    ['GET', '/nothing'],
  ]
  for (const [method, path, body] of places) {
    const response = await gateway.call(method, path, body)
    assert.equal(response.status, 404, `${method} ${path}`)
    const answer = (await response.json()) as { error: { message: string } }
    assert.match(answer.error.message, /^[A-Z].+\.$/, path)
  }
  const cursors = ['/api/v1/runs?cursor=x', '/api/v1/runs?limit=0', '/api/v1/runs?state=odd']
  for (const path of [...cursors, '/api/v1/files/abc', '/api/v1/chats/..%2Fx/messages']) {
    assert.equal((await gateway.call('GET', path)).status, 400, path)
  }
})

test('a failure of the gateway itself is told without internals and reported as a fault', async () => {
  await using gateway = await startFakeGateway({
    actions: {
      async createRun() {
        throw new Error('secret detail of the database')
      },
    },
  })
  const faults: string[] = []
  gateway.events.subscribe((event) => {
    if (event.type === 'fault') faults.push(event.where)
  })
  const response = await gateway.call('POST', '/api/v1/runs', { text: 'a' })
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /secret detail/)
  assert.deepEqual(faults, ['POST /api/v1/runs'])
})

test('bytes that are no HTTP are answered with an error and nothing breaks', async () => {
  await using gateway = await startFakeGateway()
  const { port } = new URL(gateway.http.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.end('NOT HTTP\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 400/)
  assert.equal((await gateway.raw('/healthz')).status, 200)
})

test('every answer carries the security headers', async () => {
  await using gateway = await startFakeGateway()
  for (const path of ['/', '/healthz', '/api/v1/runs', '/nothing']) {
    const { headers } = await gateway.raw(path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
  }
})
