import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeGateway } from './fake-gateway.ts'

test('health, readiness and status say how the gateway is', async () => {
  await using gateway = await startFakeGateway()
  assert.deepEqual(await (await gateway.raw('/healthz')).json(), { ok: true })
  const ready = (await (await gateway.raw('/readyz')).json()) as Record<string, unknown>
  assert.equal(ready['ready'], true)
  assert.equal(ready['store'], 'up')
  assert.deepEqual(ready['queue'], { depth: 0, oldestMs: null })
  const status = (await (await gateway.call('GET', '/api/v1/status')).json()) as {
    agent: unknown
    version: string
  }
  assert.equal(status.version, '1.2.3')
  assert.deepEqual(status.agent, {
    name: 'main',
    runtime: 'echo',
    detail: 'Repeats what you write.',
  })
})

test('a gateway is not ready while a channel starts, and ready while one is retried', async () => {
  await using gateway = await startFakeGateway()
  const channel = { type: 'telegram', since: 0, detail: 'No connection.', canLink: false }
  gateway.channels['telegram'] = { ...channel, state: 'starting' }
  assert.equal((await gateway.raw('/readyz')).status, 503)
  gateway.channels['telegram'] = { ...channel, state: 'retrying' }
  const response = await gateway.raw('/readyz')
  assert.equal(response.status, 200)
  const { channels } = (await response.json()) as { channels: Record<string, unknown> }
  assert.deepEqual(channels['telegram'], {
    type: 'telegram',
    state: 'retrying',
    since: '1970-01-01T00:00:00.000Z',
    detail: 'No connection.',
  })
})

test('metrics are for whoever has the token', async () => {
  await using gateway = await startFakeGateway()
  const response = await gateway.call('GET', '/metrics')
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
  assert.equal(await response.text(), 'jackdaw_up 1\n')
})

test('the page is served, its hashed files for ever, and nothing outside its folder', async (t) => {
  const pageDir = await mkdtemp(join(tmpdir(), 'jackdaw-page-'))
  t.after(() => rm(pageDir, { recursive: true, force: true }))
  await mkdir(join(pageDir, 'assets'))
  await writeFile(join(pageDir, 'index.html'), '<!doctype html>')
  await writeFile(join(pageDir, 'assets', 'app-abc123.js'), 'run()')
  await writeFile(join(pageDir, 'secret'), 'no extension')
  await using gateway = await startFakeGateway({ pageDir })
  const page = await gateway.raw('/')
  assert.equal(await page.text(), '<!doctype html>')
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  const script = await gateway.raw('/assets/app-abc123.js')
  assert.equal(await script.text(), 'run()')
  assert.match(script.headers.get('cache-control') ?? '', /immutable/)
  assert.match(script.headers.get('content-type') ?? '', /javascript/)
  assert.equal((await gateway.raw('/assets/missing.js')).status, 404)
  for (const path of ['/secret', '/assets/..%2Findex.html', '/..%2F..%2Fa.js', '/assets']) {
    assert.equal((await gateway.raw(path)).status, 401, path)
  }
})

test('a page that was not built says how to build it', async () => {
  await using gateway = await startFakeGateway()
  const response = await gateway.raw('/')
  assert.equal(response.status, 503)
  assert.match(await response.text(), /npm run build:page/)
})

test('a webhook is called without a token and from any host, with what was sent', async () => {
  const calls: string[] = []
  const webhook = async (headers: Readonly<Record<string, string>>, body: Buffer) => {
    calls.push(`${headers['x-secret']} ${body}`)
    return headers['x-secret'] === 'right' ? 200 : 401
  }
  await using gateway = await startFakeGateway({
    webhooks: new Map([['/webhooks/telegram', webhook]]),
  })
  const call = (secret: string, body: string) =>
    gateway.raw('/webhooks/telegram', { method: 'POST', headers: { 'x-secret': secret }, body })
  assert.equal((await call('right', '{"a":1}')).status, 200)
  assert.equal((await call('wrong', '')).status, 401)
  assert.deepEqual(calls, ['right {"a":1}', 'wrong '])
  assert.equal((await call('right', 'x'.repeat(1024 * 1024 + 1))).status, 413)
  assert.equal((await gateway.raw('/webhooks/telegram')).status, 401)
  gateway.isDraining = true
  assert.equal((await call('right', '')).status, 503)
})

test('a port that is taken is named, with the remedy', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  await assert.rejects(
    startFakeGateway({ port }),
    new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken.*http\\.port`),
  )
  await assert.rejects(startFakeGateway({ host: '203.0.113.1' }), /no address 203\.0\.113\.1/)
})

test('stopping lets a request under way finish, and drops it when the time is over', async () => {
  const held = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  await using gateway = await startFakeGateway({
    actions: {
      async backup() {
        reached.resolve()
        await held.promise
      },
    },
  })
  const first = gateway.call('POST', '/api/v1/backup', { file: '/tmp/a.db' })
  await reached.promise
  const stopped = gateway.http.stop(60_000)
  held.resolve()
  assert.equal((await first).status, 200)
  await stopped

  await using hanging = await startFakeGateway({
    actions: { backup: () => new Promise<void>(() => undefined) },
  })
  const dropped = assert.rejects(hanging.call('POST', '/api/v1/backup', { file: '/tmp/a.db' }))
  await hanging.http.stop(1)
  await dropped
})
