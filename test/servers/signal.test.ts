import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type SignalServer, type SignalServerOptions, startSignalServer } from './signal.ts'
import { nullEnvelope } from './signal-people.ts'
import { goldenRecords, signalSchema } from './signal-schema.ts'
import { readStyled } from './signal-styles.ts'

async function call(server: SignalServer, method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    text,
    json: type.includes('json') ? JSON.parse(text) : {},
  }
}

function send(server: SignalServer, to: string, fields: object = {}) {
  const body = { number: server.account, recipients: [to], message: 'hi', ...fields }
  return call(server, 'POST', '/v2/send', body)
}

/** A client that keeps what it gets. */
async function listen(server: SignalServer, number = server.account) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/receive/${number}`)
  const frames: { envelope: { dataMessage: { message: string } } }[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  const texts = () => frames.map(({ envelope }) => envelope.dataMessage.message)
  return { socket, frames, texts, [Symbol.dispose]: () => socket.terminate() }
}

/** Resolves once everything sent before has arrived. */
async function settle({ socket }: { socket: WebSocket }) {
  const pong = once(socket, 'pong')
  socket.ping()
  await pong
}

test('about, health and accounts say what the real server says', async () => {
  await using server = await startSignalServer({ mode: 'normal' })
  const { json } = await call(server, 'GET', '/v1/about')
  assert.deepEqual(signalSchema().problems('client.About', json), [])
  assert.equal(json.mode, 'normal')
  assert.equal((await call(server, 'GET', '/v1/health')).status, 204)
  assert.deepEqual((await call(server, 'GET', '/v1/accounts')).json, [server.account])
  assert.equal((await call(server, 'GET', '/v1/nothing')).status, 404)
})

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

test('a send answers with an array or an object, its timestamp a string', async () => {
  for (const answers of ['array', 'object'] as const) {
    await using server = await startSignalServer({ answers })
    const ann = server.person('Ann')
    const { status, json } = await send(server, ann.uuid)
    assert.equal(status, 201)
    const result = answers === 'array' ? json[0] : json
    assert.deepEqual(result, { timestamp: String(server.sent[0]?.timestamp) })
    assert.deepEqual([server.texts(ann), server.breaches], [['hi'], []])
  }
})

test('what the real server refuses is refused in its words', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann')
  const team = server.group('Team', [ann])
  const gone = server.group('Gone', [ann], { isMember: false })
  const cases: [object, RegExp][] = [
    [{ recipients: [] }, /please provide at least one recipient/],
    [{ number: '' }, /please provide a valid number/],
    [{ number: '+1' }, /Specified account does not exist/],
    [{ message: '' }, /Sending empty message is not allowed/],
    [{ view_once: true }, /'view_once' can only be set for image attachments!/],
    [{ sticker: 'x' }, /valid sticker delimiter/],
    [{ quote_timestamp: 1 }, /Quote author parameter is missing/],
    [{ recipients: [ann.uuid, team.id] }, /Groups and phone numbers cannot be specified together/],
    [{ recipients: [team.id, gone.id] }, /more than one group at once/],
    [{ recipients: [gone.id] }, /User is not a member in group: Gone/],
    [{ recipients: [`group.${btoa(btoa('?'.repeat(32)))}`] }, /Group not found/],
    [{ recipients: ['+4900000'] }, /^Failed to send message$/],
    [
      { base64_attachments: ['data:text/plain;filename=a.txt;base64,'] },
      /base64 data does not exist/,
    ],
    [{ base64_attachments: ['data:text/plain;filename=a.txt;base64,ab-_'] }, /illegal base64 data/],
  ]
  for (const [fields, words] of cases) {
    const { status, json } = await send(server, ann.uuid, fields)
    assert.equal(status, 400)
    assert.match(json.error, words)
  }
  assert.equal(server.sent.length, 0)
})

test('a body that is no JSON, or has a wrong type, is a 400 in plain text', async () => {
  await using server = await startSignalServer()
  for (const body of ['{', { number: server.account, recipients: 'x', message: 1 }]) {
    const { status, type, text } = await call(server, 'POST', '/v2/send', body)
    assert.deepEqual([status, type], [400, 'text/plain; charset=utf-8'])
    assert.match(text, /invalid request/)
  }
})

test('what the real server lets pass silently is a breach', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann')
  const team = server.group('Team', [ann])
  const first = await send(server, ann.uuid)
  const { timestamp } = first.json[0]
  const number = server.account
  assert.equal((await send(server, team.internalId)).status, 201)
  await send(server, ann.uuid, { edit_timestamp: Number(timestamp), message: 'two' })
  await send(server, ann.uuid, { edit_timestamp: Number(timestamp), message: 'three' })
  await send(server, ann.uuid, { bogus: 1 })
  await send(server, ann.uuid, { base64_attachments: ['aGk='] })
  await call(server, 'POST', `/v1/reactions/${number}`, {
    recipient: ann.uuid,
    reaction: '👍',
    target_author: ann.uuid,
    timestamp: 5,
  })
  const expected = [
    /internal group id/,
    /not the latest version/,
    /bogus/,
    /no filename/,
    /reaction/,
  ]
  assert.equal(server.breaches.length, expected.length)
  for (const [index, words] of expected.entries()) assert.match(server.breaches[index] ?? '', words)
  assert.deepEqual(server.texts(ann).slice(0, 1), ['two'])
})

test('failures of some are in the 201; when nobody is reached it is an error', async () => {
  await using server = await startSignalServer()
  const [ann, bob] = [server.person('Ann'), server.person('Bob', { number: null })]
  const team = server.group('Team', [ann, bob])
  bob.changesSafetyNumber()
  const { json } = await send(server, team.id)
  assert.deepEqual(json[0].errors.recipients, [{ uuid: bob.uuid, reason: 'IDENTITY_FAILURE' }])
  const refused = await send(server, bob.uuid)
  assert.match(refused.json.error, /untrusted recipient keys/)
  const trust = `/v1/identities/${server.account}/trust/${bob.uuid}`
  const number = bob.identity.safetyNumber
  assert.equal((await call(server, 'PUT', trust, { verified_safety_number: '1' })).status, 400)
  assert.equal((await call(server, 'PUT', trust, { verified_safety_number: number })).status, 204)
  assert.equal((await send(server, bob.uuid)).status, 201)
})

test('a limit is 429 with tokens until a captcha answers one', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann')
  server.limitSending(['token-1'])
  const { status, json } = await send(server, ann.uuid)
  assert.deepEqual(
    [status, json.challenge_tokens, json.account],
    [429, ['token-1'], server.account],
  )
  const path = `/v1/accounts/${server.account}/rate-limit-challenge`
  const answer = { challenge_token: 'token-1', captcha: 'signalcaptcha://x' }
  assert.equal((await call(server, 'POST', path, { ...answer, captcha: 'x' })).status, 400)
  assert.equal((await call(server, 'POST', path, answer)).status, 204)
  assert.equal((await send(server, ann.uuid)).status, 201)
})

test('styled text arrives without markers, and a marker without a partner vanishes', () => {
  assert.deepEqual(readStyled('a **b** `c`'), {
    text: 'a b c',
    styles: [
      { style: 'BOLD', start: 2, length: 1 },
      { style: 'MONOSPACE', start: 4, length: 1 },
    ],
  })
  assert.equal(readStyled('2 * 3').text, '2  3')
  assert.deepEqual(readStyled('2 \\* 3 \\\\x ~/foo'), { text: '2 * 3 \\\\x /foo', styles: [] })
  assert.equal(readStyled('🙂 ***x***').styles[1]?.start, 3)
  assert.equal(readStyled('\\**b**').text, '**b')
  assert.deepEqual(readStyled('*a ~b* c~').styles, [])
})

test('groups, contacts and identities fit the description; an unknown group is null with 200', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann', { number: null })
  const team = server.group('Team', [ann])
  const [number, schema] = [server.account, signalSchema()]
  const groups = (await call(server, 'GET', `/v1/groups/${number}`)).json
  assert.deepEqual(schema.problems('client.GroupEntry', groups[0]), [])
  assert.equal((await call(server, 'GET', `/v1/groups/${number}/${team.id}`)).json.name, 'Team')
  const unknown = await call(server, 'GET', `/v1/groups/${number}/group.abc`)
  assert.deepEqual([unknown.status, unknown.text], [200, 'null'])
  const contact = (await call(server, 'GET', `/v1/contacts/${number}/${ann.uuid}`)).json
  assert.deepEqual(schema.problems('client.ListContactsResponse', contact), [])
  const [identity] = (await call(server, 'GET', `/v1/identities/${number}`)).json
  assert.deepEqual(schema.problems('client.IdentityEntry', identity), [])
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

test('attachments can be fetched until they are deleted', async () => {
  await using server = await startSignalServer()
  const id = server.world.addFile(Buffer.from('%PDF-1.7'), 'application/pdf')
  const path = `/v1/attachments/${encodeURIComponent(id)}`
  const { text, type } = await call(server, 'GET', path)
  assert.deepEqual([text, type], ['%PDF-1.7', 'application/pdf'])
  assert.equal((await call(server, 'DELETE', path)).status, 204)
  assert.equal((await call(server, 'GET', path)).json.error, 'No attachment with that name found')
})

test('a code that the phone scans links the account', async () => {
  await using server = await startSignalServer({ isLinked: false })
  assert.equal((await call(server, 'GET', '/v1/qrcodelink/raw')).status, 400)
  const { json } = await call(server, 'GET', '/v1/qrcodelink/raw?device_name=Jackdaw')
  assert.deepEqual((await call(server, 'GET', '/v1/accounts')).json, [])
  server.links.scan(json.device_link_uri)
  assert.deepEqual((await call(server, 'GET', '/v1/accounts')).json, [server.account])
  assert.equal((await call(server, 'GET', '/v1/qrcodelink?device_name=x')).type, 'image/png')
})

test('faults that act leave a message behind, the others do not', async () => {
  await using server = await startSignalServer()
  const ann = server.person('Ann')
  for (const kind of ['cut', 'lost', 'garbage'] as const) {
    server.fail('POST /v2/send', { kind })
    await assert.rejects(send(server, ann.uuid, { message: kind }))
  }
  server.fail('POST /v2/send', { kind: 'page', status: 502 })
  assert.equal((await send(server, ann.uuid, { message: 'page' })).status, 502)
  server.fail('POST /v2/send', { kind: 'hang', acts: true })
  const hanging = fetch(`${server.url}/v2/send`, {
    method: 'POST',
    body: JSON.stringify({ number: server.account, recipients: [ann.uuid], message: 'hang' }),
  })
  hanging.catch(() => undefined)
  await server.waitFor(() => server.sent.length === 3)
  assert.deepEqual(server.texts(ann), ['lost', 'garbage', 'hang'])
  const port = await server.goDown()
  await assert.rejects(hanging)
  await server.listen(port)
  assert.equal((await send(server, ann.uuid)).status, 201)
})

test('options are taken as they are given', async () => {
  const options: SignalServerOptions = { account: '+1', uuid: 'u', now: () => 1000 }
  await using server = await startSignalServer(options)
  assert.deepEqual([server.account, server.self.uuid], ['+1', 'u'])
  assert.deepEqual([server.self.says('a').timestamp, server.self.says('b').timestamp], [1000, 1001])
})
