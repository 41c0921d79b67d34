import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Events, GatewayIntentBits } from 'discord.js'
import WebSocket from 'ws'
import { type DiscordServer, startDiscord } from './discord.ts'
import { Bot } from './discord-rig.ts'

const { Guilds, GuildMessages, DirectMessages } = GatewayIntentBits

async function startTalk(options: Parameters<typeof startDiscord>[0] = {}) {
  const server = await startDiscord(options)
  const guild = server.addGuild()
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  return { server, guild, general, ann, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** A bare socket that has said who it is. */
async function identify(server: DiscordServer, fields: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/?v=10&encoding=json`)
  await once(socket, 'open')
  const d = { token: server.token, intents: 513, properties: {}, ...fields }
  socket.send(JSON.stringify({ op: 2, d }))
  return socket
}

/** A bare socket that asks for what came after `seq`. */
async function resume(server: DiscordServer, id: string, seq: number) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/?v=10&encoding=json`)
  const frames: string[] = []
  socket.on('message', (data) => void frames.push(String(data)))
  await once(socket, 'open')
  socket.send(JSON.stringify({ op: 6, d: { token: server.token, session_id: id, seq } }))
  return { socket, frames }
}

test('a dropped socket resumes and hears what it missed', async () => {
  await using rig = await startTalk()
  const { server, general, ann } = rig
  await using bot = await new Bot(server).login(server.token)
  server.gateway.disconnect()
  ann.says(general, 'missed one')
  ann.says(general, 'missed two')
  await server.waitFor(() => bot.heard.length === 2)
  assert.deepEqual(
    bot.heard.map(({ content }) => content),
    ['missed one', 'missed two'],
  )
  assert.deepEqual([server.gateway.resumes, server.gateway.identifies], [1, 1])
  server.gateway.reconnect()
  await server.waitFor(() => server.gateway.resumes === 2)
  assert.deepEqual(server.breaches, [])
})

test('a forgotten session cannot be resumed, and what was missed stays missed', async () => {
  await using rig = await startTalk()
  const { server, general, ann } = rig
  const first = await identify(server)
  const { seq, id } = await server.waitFor(() => server.gateway.connected[0])
  server.gateway.disconnect()
  ann.says(general, 'lost')
  server.gateway.forgetSessions()
  await once(first, 'close')
  const { socket, frames } = await resume(server, id, seq)
  await server.waitFor(() => frames.length === 2)
  assert.deepEqual(JSON.parse(frames[1] ?? ''), { op: 9, d: false, s: null, t: null })
  socket.terminate()
})

test('a connection that dies silently tells nothing, and a resume tells what it missed', async () => {
  await using rig = await startTalk()
  const { server, general, ann } = rig
  const dead = await identify(server)
  const heard: string[] = []
  const { seq, id } = await server.waitFor(() => server.gateway.connected[0])
  dead.on('message', (data) => void heard.push(String(data)))
  server.gateway.freeze()
  ann.says(general, 'into the dark')
  const { socket, frames } = await resume(server, id, seq)
  await server.waitFor(() => frames.some((one) => one.includes('RESUMED')))
  assert.equal(frames.filter((one) => one.includes('MESSAGE_CREATE')).length, 1)
  assert.equal(
    heard.some((one) => one.includes('MESSAGE_CREATE')),
    false,
  )
  for (const one of [dead, socket]) one.terminate()
})

test('a connection without acknowledgements is given up, and refused ones are tried again', async () => {
  await using rig = await startTalk({ heartbeatMs: 60 })
  const { server } = rig
  await using bot = await new Bot(server).login(server.token)
  server.gateway.isAcking = false
  await server.waitFor(() => bot.events.includes(Events.ShardReconnecting))
  server.gateway.isAcking = true
  await server.waitFor(() => server.gateway.resumes > 0)
  assert.deepEqual(server.breaches, [])
})

test('intents that are not switched on, a wrong token and too few shards end the login', async () => {
  await using rig = await startTalk({ isMessageContentAllowed: false, maxConcurrency: 2 })
  const { server } = rig
  await using undeclared = new Bot(server)
  await assert.rejects(undeclared.client.login(server.token), /disallowed intents/i)
  await using wrong = new Bot(server)
  await assert.rejects(wrong.client.login('wrong'), { code: 'TokenInvalid' })
  server.gateway.minShards = 2
  await using single = new Bot(server, { intents: [Guilds], shards: [0], shardCount: 1 })
  await assert.rejects(single.client.login(server.token), /sharding/i)
  await using double = new Bot(server, { intents: [Guilds], shards: 'auto' })
  const ready = new Promise((resolve) => double.client.once(Events.ClientReady, resolve))
  await double.client.login(server.token)
  await ready
  assert.equal(server.gateway.connected.length, 2)
})

test('without the content intent only what is meant for the bot has content', async () => {
  await using rig = await startTalk({ isMessageContentAllowed: false })
  const { server, general, ann } = rig
  await using bot = new Bot(server, { intents: [Guilds, GuildMessages, DirectMessages] })
  await bot.login(server.token)
  const attachments = [{ name: 'a.txt' }]
  ann.says(general, 'among us', { attachments })
  ann.says(general, `${server.mention} to you`, { attachments })
  ann.says(ann.dm, 'in private')
  await server.waitFor(() => bot.heard.length === 3)
  assert.deepEqual(
    bot.heard.map(({ content, attachments: { size } }) => [content, size]),
    [
      ['', 0],
      [`${server.mention} to you`, 1],
      ['in private', 0],
    ],
  )
})

test('a client that sends no heartbeat is cut off, and one that invents numbers is closed', async () => {
  await using rig = await startTalk({ heartbeatMs: 10 })
  const { server } = rig
  const silent = await identify(server)
  assert.equal((await once(silent, 'close'))[0], 1006)
  const inventive = await identify(server)
  inventive.send('{"op":1,"d":99}')
  assert.equal((await once(inventive, 'close'))[0], 4007)
  assert.equal(server.breaches.length, 2)
})

test('events need their intent and a channel that the bot sees', async () => {
  await using rig = await startTalk()
  const { server, guild, general, ann } = rig
  const hidden = guild.addChannel('hidden')
  guild.denyBot(hidden, 'VIEW_CHANNEL')
  await using bot = new Bot(server, { intents: [Guilds, GuildMessages] })
  await bot.login(server.token)
  ann.says(ann.dm, 'no intent')
  ann.says(hidden, 'not seen')
  ann.says(general, 'seen')
  await server.waitFor(() => bot.heard.length > 0)
  assert.equal(bot.heard[0]?.guildId, guild.id)
  assert.equal(bot.client.channels.cache.has(hidden.id), false)
})

test('events come twice, in the wrong order, and between garbage', async () => {
  await using rig = await startTalk()
  const { server, general, ann } = rig
  const socket = await identify(server, { intents: 512 | (1 << 15) })
  const frames: string[] = []
  socket.on('message', (data) => void frames.push(String(data)))
  await server.waitFor(() => server.gateway.connected.length === 1)
  server.gateway.duplicateNext()
  ann.says(general, 'one')
  server.gateway.swapNext()
  ann.says(general, 'two')
  ann.says(general, 'three')
  server.gateway.sendRaw('{{{')
  await server.waitFor(() => frames.includes('{{{'))
  const told = frames.flatMap((one) => /"content":"(\w+)"/.exec(one)?.[1] ?? [])
  assert.deepEqual(told, ['one', 'one', 'three', 'two'])
  socket.terminate()
})

test('what breaks the protocol closes the socket with the reason', async () => {
  await using rig = await startTalk({ sessionStarts: 3 })
  const { server } = rig
  const closed = async (socket: WebSocket) => (await once(socket, 'close'))[0]
  assert.equal(await closed(await identify(server, { intents: 1 << 30 })), 4013)
  assert.equal(await closed(await identify(server, { shard: [2, 2] })), 4010)
  const flood = await identify(server)
  for (let index = 0; index < 121; index += 1) flood.send('{"op":1,"d":null}')
  assert.equal(await closed(flood), 4008)
  assert.equal(await closed(await identify(server)), 4004)
  assert.equal(server.breaches.length, 4)
})
