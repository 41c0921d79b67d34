import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { startSignalServer } from '../../../test/servers/signal.ts'
import { textsOf } from '../../../test/servers/signal-spool.ts'
import { chooseSource } from '../choose-source.ts'

test('by webhook nothing of a burst is lost, and what the WebSocket brings too comes twice', async () => {
  await using server = await startSignalServer({ dropsInBursts: true })
  const { account, url } = server
  const { source, webhook = assert.fail('nothing takes posts') } = chooseSource({
    name: 'signal',
    spool: 'off',
    webhook: { secret: 'secret' },
    dataDir: '/nowhere',
    clock: systemClock,
  })
  const gateway = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://gateway')
    const status = await webhook.handle(request.headers, await text(request), searchParams)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const address = gateway.address()
  const port = typeof address === 'object' && address ? address.port : 0
  server.reader.webhookUrl = `http://127.0.0.1:${port}/hook?secret=secret`
  const none = () => undefined
  const both = source({ account, url, clock: systemClock, report: none, alive: none })
  const stop = new AbortController()
  const stored: unknown[] = []
  let atOnce = 0
  const running = both.run(async (frames) => {
    atOnce += 1
    assert.equal(atOnce, 1)
    await new Promise(setImmediate)
    stored.push(...frames)
    atOnce -= 1
  }, stop.signal)
  await server.waitFor(() => server.reader.connections() === 1)
  const said = Array.from({ length: 100 }, (_, index) => String(index))
  for (const one of said) server.self.says(one)
  await server.waitFor(() => server.reader.posts.length === 100)
  stop.abort()
  await running
  assert.deepEqual([...new Set(textsOf(stored))].toSorted(), said.toSorted())
  assert.ok(stored.length > said.length)
  gateway.closeAllConnections()
  gateway.close()
})
