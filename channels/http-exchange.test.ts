import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { HttpClient } from './http-client.ts'

async function serve(t: TestContext, listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const http = new HttpClient({ connections: 1, maxResponseSize: 1000 })
  t.after(async () => {
    await http.destroy()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const get = (signal = new AbortController().signal) =>
    http.exchange({ origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET', signal })
  return { http, get }
}

test('an answer is read whole, letters that are cut in two included', async (t) => {
  const { get } = await serve(t, (_, response) => {
    const bytes = Buffer.from('Grüße')
    response.writeHead(418, { 'retry-after': '7' }).write(bytes.subarray(0, 3))
    setImmediate(() => response.end(bytes.subarray(3)))
  })
  const { statusCode, headers, text } = await get()
  assert.deepEqual([statusCode, headers['retry-after'], text], [418, '7', 'Grüße'])
})

test('an answer without a body is empty', async (t) => {
  const { get } = await serve(t, (_, response) => response.writeHead(204).end())
  assert.equal((await get()).text, '')
})

test('aborting gives the reason of the signal, before, while queued and while under way', async (t) => {
  const arrived = Promise.withResolvers<void>()
  let requests = 0
  const { get } = await serve(t, () => {
    requests += 1
    arrived.resolve()
  })
  const reason = new Error('enough')
  await assert.rejects(get(AbortSignal.abort(reason)), reason)
  const underWay = new AbortController()
  const queued = new AbortController()
  const first = get(underWay.signal)
  const second = get(queued.signal)
  await arrived.promise
  queued.abort(reason)
  await assert.rejects(second, reason)
  underWay.abort(reason)
  await assert.rejects(first, reason)
  assert.equal(requests, 1)
})

test('what goes wrong keeps the code of undici', async (t) => {
  const { http, get } = await serve(t, (_, response) => response.end('x'.repeat(2000)))
  await assert.rejects(get(), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })
  await http.destroy()
  await assert.rejects(get(), { code: 'UND_ERR_DESTROYED' })
})

test('a connection that ends in the middle of an answer is an error', async (t) => {
  const { get } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
  })
  await assert.rejects(get(), { code: 'UND_ERR_SOCKET' })
})
