import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startFakeGateway, testToken } from './fake-gateway.ts'

const path = '/api/v1/events'

test('a reader that does not keep up is cut off, and the others read on', async () => {
  await using gateway = await startFakeGateway()
  const { port } = new URL(gateway.http.url)
  const slow = connect(Number(port), '127.0.0.1')
  slow.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${testToken}\r\n\r\n`,
  )
  await new Promise((resolve) => slow.once('readable', resolve))
  const headers = { authorization: `Bearer ${testToken}` }
  const quick = (await gateway.raw(path, { headers })).body?.getReader()
  assert.ok(quick)
  let isCut = false
  slow.once('close', () => {
    isCut = true
  })
  slow.on('error', () => undefined)
  const decoder = new TextDecoder()
  const untilRead = async (text: string) => {
    let rest = ''
    while (!rest.includes(text)) {
      const { value, done } = await quick.read()
      assert.equal(done, false)
      rest = (rest + decoder.decode(value, { stream: true })).slice(-1000)
    }
  }
  // The system's own buffers take some megabytes before the gateway's begin to fill.
  const filler = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < 500; sent++) {
    const detail = `${filler} ${sent}.`
    gateway.events.emit({ type: 'channel.changed', channel: 'web', state: 'up', detail })
    await untilRead(` ${sent}."`)
  }
  slow.resume()
  if (!isCut) await new Promise((resolve) => slow.once('close', resolve))
  gateway.events.emit({ type: 'pairing.requested', pairingId: 'p1', channel: 'web' })
  await untilRead('pairing.requested')
  await quick.cancel()
})

test('a stream says every 15 seconds that it is alive', async () => {
  const { ManualClock } = await import('../../test/fakes/manual-clock.ts')
  const clock = new ManualClock()
  await using gateway = await startFakeGateway({ clock })
  const headers = { authorization: `Bearer ${testToken}` }
  const reader = (await gateway.raw(path, { headers })).body?.getReader()
  assert.ok(reader)
  const text = async () => new TextDecoder().decode((await reader.read()).value)
  assert.equal(await text(), ': keep-alive\n\n')
  await clock.untilSleeping(2)
  await clock.advance(15_000)
  assert.equal(await text(), ': keep-alive\n\n')
  await reader.cancel()
})

test('there is an end to how many streams are open', async () => {
  await using gateway = await startFakeGateway()
  const headers = { authorization: `Bearer ${testToken}` }
  const open = () => gateway.raw(path, { headers })
  const streams = await Promise.all(Array.from({ length: 200 }, open))
  assert.ok(streams.every(({ status }) => status === 200))
  assert.equal((await open()).status, 503)
  await streams[0]?.body?.cancel()
  let status = 503
  while (status === 503) {
    const again = await open()
    status = again.status
    await again.body?.cancel()
  }
  for (const { body } of streams.slice(1)) await body?.cancel()
})
