import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { ChannelError, DeliveryError } from '../../core/errors.ts'
import { RecordingHost } from '../../test/fakes/channel-host.ts'
import { quickTiming, SignalRig, signal, startSignalRig } from '../../test/fakes/signal-channel.ts'
import { startSignalServer } from '../../test/servers/signal.ts'
import { SignalChannel } from './adapter.ts'

async function startFailure(channel: SignalChannel): Promise<ChannelError> {
  try {
    await channel.start(new RecordingHost(), signal)
  } catch (error) {
    return error instanceof ChannelError ? error : assert.fail(String(error))
  } finally {
    await channel.stop()
  }
  return assert.fail('It started.')
}

test('starting says who the account is, by its uuid', async () => {
  await using rig = await startSignalRig()
  const { account, title } = await rig.channel.start(rig.host, signal)
  assert.deepEqual([account, title], [rig.account, rig.server.account])
})

test('a server in the wrong mode is fatal and says what to set', async () => {
  for (const mode of ['normal', 'native'] as const) {
    await using server = await startSignalServer({ mode })
    const rig = new SignalRig(server, {})
    const error = await startFailure(rig.channel)
    assert.equal(error.isFatal, true)
    assert.match(error.message, new RegExp(`mode ${mode}.*MODE=json-rpc`))
  }
})

test('an account that is not linked says how to link it, and starts once it is', async () => {
  await using server = await startSignalServer({ isLinked: false })
  await using rig = new SignalRig(server, {})
  const error = await startFailure(rig.channel)
  assert.deepEqual([error.code, error.isFatal], ['not-linked', false])
  assert.match(error.message, /not linked: run `jackdaw channels link signal`/)
  const { uri } = await rig.channel.link(signal)
  assert.match(uri, /^sgnl:\/\/linkdevice/)
  assert.equal(server.links.codes.at(-1)?.device, 'Jackdaw')
  server.links.scan(uri)
  assert.equal((await rig.channel.start(rig.host, signal)).account, rig.account)
})

test('a server that is not there, or is something else, may come back', async () => {
  const options = { name: 's', account: '+4911', clock: systemClock }
  const gone = new SignalChannel({ ...options, url: 'http://127.0.0.1:1', timing: quickTiming })
  const unreachable = await startFailure(gone)
  assert.deepEqual([unreachable.code, unreachable.isFatal], ['unreachable', false])
  assert.match(unreachable.message, /127\.0\.0\.1:1 \(ECONNREFUSED\)/)
  const link = await gone.link(signal).catch((error: unknown) => error)
  assert.ok(link instanceof ChannelError)
  await using server = await startSignalServer()
  server.fail('GET /v1/about', { kind: 'page', status: 502 })
  const other = await startFailure(new SignalRig(server, {}).channel)
  assert.deepEqual([other.code, other.isFatal], ['nonsense', false])
  server.fail('GET /v1/accounts', { kind: 'hang', acts: false })
  const { channel } = new SignalRig(server, { timing: { ...quickTiming, readMs: 100 } })
  assert.match((await startFailure(channel)).message, /timeout/)
})

test('without a word of our uuid the account goes by its number, and says so', async () => {
  await using server = await startSignalServer()
  server.fail('GET /v1/identities/{number}', { kind: 'error', error: 'no' })
  server.fail('GET /v1/contacts/{number}/{}', { kind: 'error', status: 404, error: 'No user' })
  await using rig = new SignalRig(server, {})
  const { account, title } = await rig.channel.start(rig.host, signal)
  assert.equal(account, `signal:${server.account}`)
  assert.match(title, /uuid .* not known/)
  const { detail } = await rig.host.waitFor(() => rig.host.reports.at(-1))
  assert.match(detail ?? '', /uuid .* not known/)
  const note = server.self.notes('hello')
  const message = await rig.host.waitFor(() => rig.host.messages[0])
  assert.equal(message.id, `${note.timestamp}.${server.account}`)
})

test('what people say comes in, one after the other', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const said = ['one', 'two', 'three'].map((text) => ann.says(text))
  await rig.host.waitFor(() => rig.host.messages.length === 3)
  assert.deepEqual(
    rig.host.messages.map(({ id, text }) => [id, text]),
    said.map(({ timestamp }, index) => [
      `${timestamp}.${ann.uuid}`,
      ['one', 'two', 'three'][index],
    ]),
  )
  assert.deepEqual(rig.server.breaches, [])
})

test('administrators are known in the first message of a new group', async () => {
  await using rig = await startSignalRig()
  const [ann, bob] = [rig.server.person('Ann'), rig.server.person('Bob', { number: null })]
  const group = rig.server.group('Team', [ann, bob])
  ann.says('hello', { group })
  bob.says('hi', { group })
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  const [first, second] = rig.host.messages
  assert.deepEqual(first?.sender.roles, ['admin'])
  assert.equal(second?.sender.roles, undefined)
  assert.equal(second?.chatTitle, 'Team')
})

test('being taken out of a group and coming back is told', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const group = rig.server.group('Team', [ann])
  const { self } = rig.server.world
  for (const [members, name] of [
    [[ann.identity], 'Alone'],
    [[ann.identity, self], 'Together'],
  ] as const) {
    ann.updatesGroup(group, { name, members: [...members] })
    await rig.host.waitFor(() =>
      rig.host.events.some((e) => 'chatTitle' in e && e.chatTitle === name),
    )
  }
  const changes = rig.host.events.map((event) => event.type === 'membership' && event.isMember)
  assert.deepEqual(changes, [false, true])
})

test('a server that hangs on groups does not hold up messages', async () => {
  await using server = await startSignalServer()
  server.fail('GET /v1/groups/{number}', { kind: 'hang', acts: false }, 100)
  await using rig = new SignalRig(server, { timing: { ...quickTiming, groupMs: 20 } })
  await rig.channel.start(rig.host, signal)
  await rig.host.waitFor(() => rig.host.state === 'up')
  const ann = server.person('Ann')
  ann.says('hello', { group: server.group('Team', [ann]) })
  const message = await rig.host.waitFor(() => rig.host.messages[0])
  assert.equal(message.sender.roles, undefined)
})

test('a server that goes away and comes back is told, and heard again', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const port = await rig.server.goDown()
  await rig.host.waitFor(() => rig.host.state === 'retrying')
  await rig.server.listen(port)
  await rig.host.waitFor(() => rig.host.state === 'up')
  ann.says('still there?')
  await rig.host.waitFor(() => rig.host.messages[0])
  assert.ok(rig.host.signsOfLife > 0)
})

test('a server that lets nobody listen says why, and what was begun is ended', async () => {
  const reports: string[] = []
  await using server = await startSignalServer()
  await using rig = new SignalRig(server, {
    timing: { ...quickTiming, readMs: 1_000 },
    source: ({ report }) => ({
      async run(_take, stop) {
        report('retrying', 'The proxy takes no WebSocket.')
        await new Promise((resolve) => stop.addEventListener('abort', resolve))
        reports.push('ended')
      },
    }),
  })
  const error = await startFailure(rig.channel)
  assert.deepEqual([error.message, error.isFatal], ['The proxy takes no WebSocket.', false])
  assert.deepEqual(reports, ['ended'])
})

test('a channel is not up before somebody listens, however long the spool takes to start', async () => {
  await using server = await startSignalServer()
  const rig = new SignalRig(server, {
    timing: { ...quickTiming, readMs: 50 },
    source: () => ({
      run: (_take, stop) =>
        new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true })),
    }),
  })
  const error = await startFailure(rig.channel)
  assert.deepEqual([error.code, error.isFatal], ['unreachable', false])
  assert.match(error.message, /Nobody listens yet/)
})

test('garbage is counted, and what comes after it is taken', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const nulls = { source: null, sourceUuid: null, timestamp: null, dataMessage: null }
  rig.server.raw(nulls)
  rig.server.raw('x')
  rig.server.raw(null)
  rig.server.reader.raw('{"error":"something"}')
  rig.server.reader.raw('[]')
  ann.says('hello')
  await rig.host.waitFor(() => rig.host.messages[0])
  assert.equal(rig.channel.unreadable, 5)
  assert.equal(rig.host.events.length, 1)
})

test('what signal-cli could not decrypt is told to the owners', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const envelope = { sourceUuid: ann.uuid, sourceName: 'Ann', timestamp: 1 }
  const report = (type: string) => rig.server.raw(envelope, { exception: { type, message: 'x' } })
  report('SelfSendException')
  report('ProtocolInvalidMessageException')
  report('UntrustedIdentityException')
  await rig.host.waitFor(() => rig.host.notices.length === 2)
  assert.deepEqual(
    rig.host.notices.map(({ key }) => key),
    ['undecryptable', `identity-${ann.uuid}`],
  )
  assert.match(rig.host.notices[0]?.text ?? '', /of Ann could not be decrypted/)
  assert.equal(rig.channel.unreadable, 0)
})

test('our own messages never come back as somebody’s', async () => {
  await using rig = await startSignalRig()
  const { server, channel } = rig
  await channel.send(rig.deliveryOf(server.self.uuid, 'an answer'), signal)
  const [sent] = server.sent
  server.self.notes('an answer', { timestamp: sent?.timestamp ?? 0 })
  server.self.writesTo(server.person('Ann').identity, 'not for us')
  server.self.notes('a question')
  const message = await rig.host.waitFor(() => rig.host.messages[0])
  assert.equal(message.text, 'a question')
  assert.equal(message.address.chat, server.self.uuid)
})

test('a batch that is not stored is not taken', async () => {
  await using server = await startSignalServer()
  const frame = { envelope: { sourceUuid: 'a', dataMessage: { timestamp: 5, message: 'hi' } } }
  const outcomes: string[] = []
  await using rig = new SignalRig(server, {
    source: () => ({
      async run(take) {
        await take([frame]).catch((error: Error) => outcomes.push(error.message))
        rig.host.onReceive = async () => undefined
        await take([frame]).then(() => outcomes.push('stored'))
      },
    }),
  })
  rig.host.onReceive = async () => Promise.reject(new Error('full'))
  await rig.channel.start(rig.host, signal)
  await rig.host.waitFor(() => rig.host.messages[0])
  await rig.channel.pause()
  assert.deepEqual(outcomes, ['full', 'stored'])
})

test('before the start and after the stop nothing is sent, and stopping twice is fine', async () => {
  await using server = await startSignalServer()
  await using rig = new SignalRig(server, {})
  const ann = server.person('Ann')
  const refused = (error: unknown) =>
    error instanceof DeliveryError && error.failure === 'retry' && error.code === 'not-connected'
  await assert.rejects(rig.channel.send(rig.deliveryOf(ann.uuid, 'x'), signal), refused)
  await rig.channel.start(rig.host, signal)
  await rig.channel.pause()
  await rig.channel.send(rig.deliveryOf(ann.uuid, 'goodbye'), signal)
  await rig.channel.stop()
  await rig.channel.stop()
  await assert.rejects(rig.channel.typing({ ...rig.deliveryOf(ann.uuid, '').to }, signal), refused)
  assert.deepEqual(server.texts(ann), ['goodbye'])
})
