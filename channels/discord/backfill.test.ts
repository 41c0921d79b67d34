import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DiscordRig, startRig } from '../../test/fakes/discord-channel.ts'

function texts(rig: DiscordRig): string[] {
  return rig.host.messages.map(({ text }) => text)
}

test('what was said while the gateway was down is fetched before anything new is stored', async () => {
  await using rig = await startRig()
  const { ann, general, host, channel } = rig
  const thread = ann.opensThread(general, 'Side talk')
  ann.says(ann.dm, 'dm 1')
  ann.says(general, 'general 1')
  ann.says(thread, 'thread 1')
  await host.waitFor(() => host.messages.length === 3)
  rig.learnPlaces()
  await channel.stop()
  for (const place of [ann.dm, general, thread]) {
    ann.says(place, `${place.name} 2`)
    ann.says(place, `${place.name} 3`)
  }
  const fresh = ann.opensThread(general, 'New talk')
  ann.says(fresh, 'fresh 1')
  await rig.restart()
  ann.says(general, 'live')
  await host.waitFor(() => host.messages.length >= 11)
  const inGeneral = host.messages
    .filter(({ address }) => address.chat === general.id && !address.thread)
    .map(({ text }) => text)
  assert.deepEqual(inGeneral, ['general 1', 'general 2', 'general 3', 'live'])
  assert.equal(texts(rig).filter((text) => text === 'fresh 1').length, 1)
  const inThread = host.messages.filter(({ address }) => address.thread === thread.id)
  assert.deepEqual(
    inThread.map(({ address, chatKind }) => [address.chat, chatKind]),
    Array.from({ length: 3 }, () => [general.id, 'thread']),
  )
  assert.deepEqual(rig.server.breaches, [])
})

test('messages of the history know the roles of their authors', async () => {
  await using rig = await startRig()
  const { ann, general, guild, host } = rig
  const role = guild.addRole('Makers')
  guild.addMember(ann, [role])
  ann.says(general, 'before')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  ann.says(general, 'after')
  await rig.restart()
  const message = await host.waitFor(() => host.messages[1])
  assert.deepEqual(message.sender.roles, [role.id])
  assert.deepEqual(message.space, { id: guild.id, title: 'Workshop' })
})

test('a resume that fails is followed by a back-fill', async () => {
  await using rig = await startRig()
  const { ann, server, host } = rig
  ann.says(ann.dm, 'one')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  server.gateway.forgetSessions()
  server.gateway.disconnect()
  ann.says(ann.dm, 'lost in the gap')
  await host.waitFor(() => texts(rig).includes('lost in the gap'))
})

test('a chat with more than the limit keeps its newest messages, and that is told', async () => {
  await using rig = await startRig({ backfill: { maxPerChat: 150 } })
  const { ann, general, host } = rig
  ann.says(general, 'first')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  for (let n = 1; n <= 260; n += 1) ann.says(general, String(n))
  await rig.restart()
  await host.waitFor(() => host.messages.length === 151)
  assert.deepEqual(
    texts(rig).slice(1),
    Array.from({ length: 150 }, (_, index) => String(index + 111)),
  )
  const detail = await host.waitFor(() => host.reports.at(-1)?.detail)
  assert.match(detail, /More was missed in #general/)
})

test('what is older than the limit stays away', async () => {
  let skewMs = -3 * 3_600_000
  await using rig = await startRig({
    server: { now: () => Date.now() + skewMs },
    backfill: { maxAgeMs: 3_600_000 },
  })
  const { ann, host } = rig
  ann.says(ann.dm, 'known')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  ann.says(ann.dm, 'too old')
  skewMs = 0
  ann.says(ann.dm, 'young enough')
  await rig.restart()
  await host.waitFor(() => host.messages.length === 2)
  assert.deepEqual(texts(rig), ['known', 'young enough'])
})

test('channels in which nothing new was said are not asked about', async () => {
  await using rig = await startRig()
  const { ann, general, host, server } = rig
  ann.says(general, 'one')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.restart()
  ann.says(general, 'two')
  await host.waitFor(() => host.messages[1])
  assert.equal(server.counts.get('list_messages') ?? 0, 0)
})

test('while Discord does not hand out what was missed nothing newer is stored', async () => {
  await using rig = await startRig()
  const { ann, general, host, server } = rig
  ann.says(general, 'one')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  ann.says(general, 'two')
  server.fail('list_messages', { kind: 'error', status: 500, code: 0 }, 2)
  server.fail('list_messages', { kind: 'limit', retryAfter: 0.05 })
  server.fail('list_messages', { kind: 'lost' })
  await rig.restart()
  ann.says(general, 'three')
  await host.waitFor(() => host.messages.length === 3)
  assert.deepEqual(texts(rig), ['one', 'two', 'three'])
})

test('a chat that may not be read holds up nobody', async () => {
  await using rig = await startRig()
  const { ann, general, guild, host, channel } = rig
  const secret = guild.addChannel('secret')
  ann.says(secret, 'one')
  ann.says(general, 'one')
  await host.waitFor(() => host.messages.length === 2)
  rig.learnPlaces()
  await channel.stop()
  guild.denyBot(secret, 'VIEW_CHANNEL')
  ann.says(secret, 'two')
  ann.says(general, 'two')
  await rig.restart()
  await host.waitFor(() => host.messages.length === 3)
})

test('when messages come faster than they are stored, none is lost', async () => {
  await using rig = await startRig()
  const { ann, host } = rig
  const gate = Promise.withResolvers<void>()
  host.onReceive = () => gate.promise
  const said = Array.from({ length: 2600 }, (_, index) => `message ${index}`)
  for (const text of said) ann.says(ann.dm, text)
  await host.waitFor(() => host.reports.some(({ detail }) => detail?.includes('faster')))
  gate.resolve()
  await host.waitFor(() => new Set(texts(rig)).size === said.length)
  assert.deepEqual([...new Set(texts(rig))], said)
})

test('with autoThread a channel that is known by its threads only is read too', async () => {
  await using rig = await startRig({ autoThread: true })
  const { ann, general, host, server } = rig
  ann.says(general, `${server.mention} one`)
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  ann.says(general, `${server.mention} two`)
  await rig.restart()
  await host.waitFor(() => host.messages.length === 2)
  assert.deepEqual(texts(rig), ['one', 'two'])
})

test('a chat that Discord never hands out is given up, told, and holds up nobody for ever', async () => {
  await using rig = await startRig()
  const { ann, general, host, server } = rig
  ann.says(general, 'one')
  await host.waitFor(() => host.messages[0])
  rig.learnPlaces()
  await rig.channel.stop()
  ann.says(general, 'two')
  server.fail('list_messages', { kind: 'error', status: 500, code: 0 }, 100)
  await rig.restart()
  ann.says(general, 'three')
  await host.waitFor(() => host.messages.length === 2)
  assert.deepEqual(texts(rig), ['one', 'three'])
  const told = /Messages missed in #general could not be fetched/
  await host.waitFor(() => host.reports.some(({ detail }) => told.test(detail ?? '')))
})
