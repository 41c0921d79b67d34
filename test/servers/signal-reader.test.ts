import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { startSignalServer } from './signal.ts'
import { call, listen, send, settle } from './signal-client.ts'
import { nullEnvelope } from './signal-people.ts'
import { goldenRecords, signalSchema } from './signal-schema.ts'

test('a frame reaches those who listen for exactly its account, and nobody later', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann')
  ann.says('to nobody')
  using client = await listen(server)
  using encoded = await listen(server, encodeURIComponent(server.account))
  using other = await listen(server, server.account.slice(1))
  ann.says('hello')
  for (const one of [client, encoded, other]) await settle(one)
  assert.deepEqual([client.texts(), encoded.texts(), other.texts()], [['hello'], ['hello'], []])
  assert.equal(server.reader.dropped, 1)
})

test('in a burst most frames are lost when the server is told so', async () => {
  await using server = await startSignalServer({ dropsInBursts: true })
  using client = await listen(server)
  for (let index = 0; index < 20; index += 1) server.self.says(String(index))
  await settle(client)
  assert.deepEqual(client.texts(), ['0'])
  assert.equal(server.reader.dropped, 19)
})

test('a large frame of a client ends its connection with 1009, and any frame is a breach', async () => {
  await using server = await startSignalServer()
  using client = await listen(server)
  client.socket.send('x'.repeat(513))
  const [code] = await once(client.socket, 'close')
  assert.equal(code, 1009)
  assert.equal(server.breaches.length, 1)
})

test('receiving without a WebSocket is refused', async () => {
  await using server = await startSignalServer()
  const answer = await call(server, 'GET', `/v1/receive/${server.account}`)
  assert.equal(answer.status, 400)
  assert.match(answer.json.error, /websocket: the client is not using the websocket protocol/)
})

test('a frozen connection stays open and silent', async () => {
  await using server = await startSignalServer()
  using client = await listen(server)
  server.reader.freeze()
  server.self.says('lost')
  server.reader.ping()
  assert.equal(server.reader.connections(), 1)
  using fresh = await listen(server)
  server.self.says('heard')
  await settle(fresh)
  assert.deepEqual([client.texts(), fresh.texts()], [[], ['heard']])
})

test('the webhook gets every message, in order, once, and calls wait behind its answer', async () => {
  const bodies: string[] = []
  const gate = Promise.withResolvers<void>()
  const hook = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    bodies.push(JSON.parse(String(Buffer.concat(chunks))).params.envelope.dataMessage.message)
    await gate.promise
    response.writeHead(bodies.length === 2 ? 500 : 200).end()
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  const address = hook.address()
  const port = typeof address === 'object' ? address?.port : 0
  await using server = await startSignalServer({ webhookUrl: `http://127.0.0.1:${port}/` })
  for (const text of ['a', 'b', 'c']) server.self.says(text)
  const accounts = call(server, 'GET', '/v1/accounts')
  await once(hook, 'request')
  assert.deepEqual(server.reader.posts, [])
  gate.resolve()
  await accounts
  assert.deepEqual(
    [bodies, server.reader.posts],
    [
      ['a', 'b', 'c'],
      [200, 500, 200],
    ],
  )
  hook.closeAllConnections()
  hook.close()
})

test('what people do becomes envelopes that fit the description', async () => {
  await using server = await startSignalServer()
  using client = await listen(server)
  const ann = server.person('Ann', { number: null })
  const team = server.group('Team', [ann])
  await send(server, ann.uuid)
  const own = server.sent[0] ?? assert.fail()
  const said = ann.says('hi \uFFFC', {
    group: team,
    mentions: [server.self.identity],
    quote: own,
    attachments: [{ name: 'a.png' }, { mime: 'audio/aac', isVoiceNote: true }],
    expiresInSeconds: 60,
  })
  ann.edits(said, 'hi')
  ann.reacts(own, '👍')
  ann.deletes(said)
  ann.types({ group: team })
  ann.receives([own.timestamp], 'read')
  ann.calls()
  ann.tellsStory()
  ann.setsTimer(60)
  ann.updatesGroup(team, { name: 'New' })
  server.self.notes('to myself')
  server.self.writesTo(team, 'to all')
  server.self.readsOnPhone([said])
  await settle(client)
  assert.equal(client.frames.length, 13)
  const [first] = client.frames
  assert.deepEqual(server.breaches, [])
  assert.deepEqual(first?.envelope.dataMessage.message, 'hi \uFFFC')
  await send(server, server.account)
  await settle(client)
  assert.equal(client.frames.length, 14)
})

test("signal-cli's own records fit the description", () => {
  const [envelope] = goldenRecords()
  assert.equal(goldenRecords().length, 23)
  // 0.13.19 names a payment's receipt otherwise.
  const problems = signalSchema()
    .envelopeProblems(envelope)
    .filter((text) => !text.includes('payment'))
  assert.deepEqual(problems, [])
})

test('envelopes of nothing but nulls, and frames with exceptions, are handed out as they are', async () => {
  await using server = await startSignalServer()
  using client = await listen(server)
  const exception = { type: 'UntrustedIdentityException', message: 'untrusted' }
  server.raw(nullEnvelope, { exception })
  await settle(client)
  assert.deepEqual(client.frames, [{ envelope: nullEnvelope, account: server.account, exception }])
  assert.deepEqual(signalSchema().envelopeProblems(nullEnvelope), [])
})
