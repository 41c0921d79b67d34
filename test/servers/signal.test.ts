import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SignalServerOptions, startSignalServer } from './signal.ts'
import { call, send } from './signal-client.ts'
import { signalSchema } from './signal-schema.ts'
import { readStyled } from './signal-styles.ts'

test('about, health and accounts say what the real server says', async () => {
  await using server = await startSignalServer({ mode: 'normal' })
  const { json } = await call(server, 'GET', '/v1/about')
  assert.deepEqual(signalSchema().problems('client.About', json), [])
  assert.equal(json.mode, 'normal')
  assert.equal((await call(server, 'GET', '/v1/health')).status, 204)
  assert.deepEqual((await call(server, 'GET', '/v1/accounts')).json, [server.account])
  assert.equal((await call(server, 'GET', '/v1/nothing')).status, 404)
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
