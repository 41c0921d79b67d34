import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { ChannelError } from '../../core/errors.ts'
import { RecordingHost } from '../../test/fakes/channel-host.ts'
import { deliveryTo, quickTiming, signal, startRig } from '../../test/fakes/discord-channel.ts'
import { startDiscord } from '../../test/servers/discord.ts'
import { DiscordChannel, type DiscordOptions } from './adapter.ts'

function newChannel(options: Pick<DiscordOptions, 'apiRoot' | 'token'>): DiscordChannel {
  const common = { name: 'discord', clock: systemClock, autoThread: false, timing: quickTiming }
  return new DiscordChannel({ ...common, ...options })
}

async function failureOf(start: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ChannelError, String(error))
  return error
}

test('a message comes in and its answer goes out', async () => {
  await using rig = await startRig()
  const { server, host, channel, ann } = rig
  ann.says(ann.dm, 'hello')
  const message = await host.waitFor(() => host.messages[0])
  assert.equal(message.text, 'hello')
  assert.equal(message.address.account, `discord:${server.bot.id}`)
  const sent = await channel.send(deliveryTo(ann.dm, { text: 'hi' }), signal)
  assert.deepEqual(server.texts(ann.dm), ['hi'])
  assert.equal(sent.id, server.sent[0]?.id)
  assert.deepEqual(server.breaches, [])
})

test('a wrong token is fatal and never shown', async () => {
  await using server = await startDiscord()
  const channel = newChannel({ apiRoot: server.apiRoot, token: 'secret-of-somebody' })
  const error = await failureOf(channel.start(new RecordingHost(), signal))
  assert.equal(error.isFatal, true)
  assert.equal(error.code, 'bad-token')
  assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes('secret-of-somebody'))
})

test('without the message content intent the start fails and says where to switch it on', async () => {
  await using server = await startDiscord({ isMessageContentAllowed: false })
  const channel = newChannel({ apiRoot: server.apiRoot, token: server.token })
  const error = await failureOf(channel.start(new RecordingHost(), signal))
  assert.equal(error.isFatal, true)
  assert.match(error.message, /Message Content Intent.*developer portal/)
  await channel.stop()
})

test('a server that cannot be reached is no reason to give up', async () => {
  const server = await startDiscord()
  const { apiRoot, token } = server
  await server[Symbol.asyncDispose]()
  const channel = newChannel({ apiRoot, token })
  const error = await failureOf(channel.start(new RecordingHost(), signal))
  assert.equal(error.isFatal, false)
  assert.match(error.message, /cannot be reached \(ECONNREFUSED\)/)
  await channel.stop()
  await channel.stop()
})

test('a bot with few session starts left waits instead of using them up', async () => {
  await using server = await startDiscord({ sessionStarts: 0 })
  const channel = newChannel({ apiRoot: server.apiRoot, token: server.token })
  const error = await failureOf(channel.start(new RecordingHost(), signal))
  assert.equal(error.isFatal, false)
  assert.match(error.message, /Only 0 of \d+ session starts/)
})

test('a start that is aborted ends at once and leaves nothing', async () => {
  await using server = await startDiscord()
  server.fail('get_bot_gateway', { kind: 'hang', acts: false })
  const channel = newChannel({ apiRoot: server.apiRoot, token: server.token })
  const abort = new AbortController()
  const started = failureOf(channel.start(new RecordingHost(), abort.signal))
  await server.waitFor(() => server.counts.get('get_bot_gateway'))
  abort.abort()
  await started
})

test('a lost connection is resumed, and what came meanwhile is told', async () => {
  await using rig = await startRig()
  const { server, host, ann } = rig
  server.gateway.disconnect()
  ann.says(ann.dm, 'are you there?')
  await host.waitFor(() => host.messages[0])
  assert.deepEqual(
    host.reports.map(({ state }) => state),
    ['up', 'retrying', 'up'],
  )
  assert.deepEqual(server.breaches, [])
})

for (const code of [4000, 4001, 4002, 4005, 4007, 4008, 4009]) {
  test(`after close ${code} the channel comes back`, async () => {
    await using rig = await startRig()
    rig.server.gateway.disconnect(code)
    await rig.host.waitFor(() => rig.host.state === 'retrying')
    await rig.host.waitFor(() => rig.host.state === 'up')
    rig.ann.says(rig.ann.dm, 'again')
    await rig.host.waitFor(() => rig.host.messages[0])
  })
}

test('a token that is revoked while the channel runs is a failure that is told once', async () => {
  await using rig = await startRig()
  rig.server.gateway.disconnect(4004)
  await rig.host.waitFor(() => rig.host.state === 'failed')
  assert.match(rig.host.reports.at(-1)?.detail ?? '', /token/)
})

test('Discord asking to reconnect is obeyed by a resume', async () => {
  await using rig = await startRig()
  rig.server.gateway.reconnect()
  await rig.host.waitFor(() => rig.host.state === 'retrying')
  await rig.host.waitFor(() => rig.host.state === 'up')
  assert.deepEqual(rig.server.breaches, [])
})

test('heartbeats prove life; a gateway that does not answer them is left', async () => {
  await using rig = await startRig({ server: { heartbeatMs: 30 }, timing: { ackMs: 20 } })
  await rig.host.waitFor(() => rig.host.signsOfLife > 4)
  rig.server.gateway.isAcking = false
  await rig.host.waitFor(() =>
    rig.host.reports.some(({ detail }) => detail?.includes('heartbeats')),
  )
  rig.server.gateway.isAcking = true
  await rig.host.waitFor(() => rig.host.state === 'up')
})

test('frames that make no sense change nothing', async () => {
  await using rig = await startRig()
  const { gateway } = rig.server
  const bad = [
    '{',
    'null',
    '[]',
    '{"op":"x"}',
    '{"op":10,"d":null}',
    '{"op":0,"t":"READY","d":null}',
  ]
  const events = ['MESSAGE_CREATE', 'GUILD_CREATE', 'INTERACTION_CREATE', 'MESSAGE_DELETE_BULK']
  const empty = events.map((t) => JSON.stringify({ op: 0, t, s: null, d: { id: 7, guild_id: [] } }))
  for (const frame of [...bad, ...empty]) gateway.sendRaw(frame)
  rig.ann.says(rig.ann.dm, 'still there?')
  await rig.host.waitFor(() => rig.host.messages[0])
  assert.ok(rig.channel.unreadable >= 3)
  assert.equal(rig.host.state, 'up')
})

test('pause waits for what is being stored, and nothing comes after it', async () => {
  await using rig = await startRig()
  const gate = Promise.withResolvers<void>()
  rig.host.onReceive = () => gate.promise
  rig.ann.says(rig.ann.dm, 'one')
  await rig.server.waitFor(() => rig.server.gateway.connected.length === 1)
  const paused = rig.channel.pause()
  gate.resolve()
  await paused
  const before = rig.host.events.length
  rig.ann.says(rig.ann.dm, 'two')
  await rig.channel.send(deliveryTo(rig.ann.dm, { text: 'sending goes on' }), signal)
  assert.equal(rig.host.events.length, before)
  assert.deepEqual(rig.server.texts(rig.ann.dm), ['sending goes on'])
  await rig.channel.stop()
  await rig.channel.stop()
  const late = rig.channel.send(deliveryTo(rig.ann.dm, { text: 'late' }), signal)
  await assert.rejects(late, { failure: 'retry' })
})

test('what the store refuses comes again before anything newer', async () => {
  await using rig = await startRig()
  let refusals = 1
  rig.host.onReceive = async () => {
    if (refusals-- > 0) throw new Error('The disk is full.')
  }
  rig.ann.says(rig.ann.dm, 'one')
  rig.ann.says(rig.ann.dm, 'two')
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  assert.deepEqual(
    rig.host.messages.map(({ text }) => text),
    ['one', 'two'],
  )
  assert.ok(rig.host.reports.some(({ detail }) => detail === 'Messages could not be stored.'))
  await rig.host.waitFor(() => rig.host.state === 'up')
})

test('missing rights are told in one line per server', async () => {
  await using server = await startDiscord()
  server.addGuild({
    name: 'Team Ada',
    everyone: ['VIEW_CHANNEL'],
    botPermissions: ['SEND_MESSAGES', 'SEND_MESSAGES_IN_THREADS', 'ATTACH_FILES', 'ADD_REACTIONS'],
  })
  const channel = newChannel({ apiRoot: server.apiRoot, token: server.token })
  const host = new RecordingHost()
  await channel.start(host, signal)
  const detail = await host.waitFor(() => host.reports.at(-1)?.detail)
  assert.match(
    detail,
    /^In Team Ada the bot may not read the message history \(messages sent while/,
  )
  await channel.stop()
})
