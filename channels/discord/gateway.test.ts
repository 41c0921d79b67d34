import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { RecordingHost } from '../../test/fakes/channel-host.ts'
import { signal, startRig } from '../../test/fakes/discord-channel.ts'
import { startDiscord } from '../../test/servers/discord.ts'
import { DiscordChannel } from './adapter.ts'

test('as many connections are made as Discord asks for, and each hears its servers', async () => {
  await using server = await startDiscord()
  server.gateway.minShards = 3
  const guilds = Array.from({ length: 6 }, (_, n) => {
    // The shard of a server is in the upper bits of its id.
    const id = String((BigInt(n) << 22n) + 100000000000000000n)
    return server.addGuild({ name: `Guild ${n}`, id })
  })
  const channels = guilds.map((guild) => guild.addChannel('general'))
  const ann = server.addPerson('Ann', ...guilds)
  const host = new RecordingHost()
  const channel = new DiscordChannel({
    name: 'discord',
    token: server.token,
    apiRoot: server.apiRoot,
    clock: systemClock,
    autoThread: false,
    timing: { identifyMs: 0 },
  })
  await channel.start(host, signal)
  await server.waitFor(() => server.gateway.connected.length === 3)
  await host.waitFor(() => host.state === 'up')
  for (const place of channels) ann.says(place, `in ${place.guild?.name}`)
  ann.says(ann.dm, 'direct')
  await host.waitFor(() => host.messages.length === 7)
  server.gateway.disconnect()
  await host.waitFor(() => host.state === 'retrying')
  await host.waitFor(() => host.state === 'up')
  await channel.stop()
  assert.equal(server.gateway.connected.length, 0)
  assert.deepEqual(server.breaches, [])
})

test('a session that can be resumed costs no session start', async () => {
  await using rig = await startRig()
  const before = rig.server.gateway.startsLeft
  for (let round = 0; round < 3; round += 1) {
    rig.server.gateway.disconnect(4000)
    await rig.host.waitFor(() => rig.host.state === 'retrying')
    await rig.host.waitFor(() => rig.host.state === 'up')
  }
  assert.equal(rig.server.gateway.startsLeft, before)
})

test('when session starts run low while the channel runs, it waits and says so', async () => {
  await using rig = await startRig({ server: { sessionStarts: 3 } })
  const { gateway } = rig.server
  for (let round = 0; round < 2; round += 1) {
    gateway.forgetSessions()
    gateway.disconnect()
    await rig.host.waitFor(() => rig.host.state === 'retrying')
    await rig.host.waitFor(() => rig.host.state === 'up')
  }
  gateway.forgetSessions()
  gateway.disconnect()
  await rig.host.waitFor(() => rig.host.reports.at(-1)?.detail?.includes('session starts'))
  assert.equal(gateway.startsLeft, 0)
  await rig.channel.stop()
  assert.deepEqual(rig.server.breaches, [])
})

test('an event that comes twice is handed over twice with the same id, for the store to know', async () => {
  await using rig = await startRig()
  rig.server.gateway.duplicateNext()
  rig.ann.says(rig.ann.dm, 'once')
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  assert.equal(new Set(rig.host.messages.map(({ id }) => id)).size, 1)
})
