import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachmentBuilder,
  ChannelType,
  GatewayDispatchEvents,
  MessageFlags,
  type TextChannel,
} from 'discord.js'
import { startDiscord } from './discord.ts'
import { Bot } from './discord-rig.ts'

async function startWorkshop() {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startDiscord())
  const guild = server.addGuild({ name: 'Workshop' })
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  const bot = await stack.use(new Bot(server)).login(server.token)
  const owned = stack.move()
  const close = () => owned.disposeAsync()
  return { server, guild, general, ann, bot, [Symbol.asyncDispose]: close }
}

async function textChannel(bot: Bot, id: string): Promise<TextChannel> {
  const channel = await bot.client.channels.fetch(id)
  assert.ok(channel?.type === ChannelType.GuildText)
  return channel
}

test('direct and guild messages arrive, and are answered', async () => {
  await using rig = await startWorkshop()
  const { server, general, ann, bot } = rig
  ann.says(general, `${server.mention} hello`)
  ann.says(ann.dm, 'psst')
  await server.waitFor(() => bot.heard.length === 2)
  const [inGuild, direct] = bot.heard
  assert.equal(inGuild?.mentions.users.has(server.bot.id), true)
  assert.equal(inGuild?.member?.id, ann.id)
  assert.equal(direct?.guildId, null)
  await inGuild?.reply('hi')
  await direct?.reply('ssh')
  assert.deepEqual([server.texts(general), server.texts(ann.dm)], [['hi'], ['ssh']])
  assert.equal(server.sent[0]?.payload.message_reference?.message_id, inGuild?.id)
  assert.deepEqual(server.breaches, [])
})

test('edits, deletions, reactions and typing go both ways', async () => {
  await using rig = await startWorkshop()
  const { server, general, ann, bot } = rig
  const asked = ann.says(general, 'how many?')
  ann.edits(asked, 'how much?')
  ann.unfurls(asked, 'A page')
  ann.reacts(asked, '👍')
  ann.takesBack(asked, '👍')
  ann.types(general)
  const channel = await textChannel(bot, general.id)
  await channel.sendTyping()
  const sent = await channel.send({ content: 'thre', flags: MessageFlags.SuppressEmbeds })
  await sent.edit('three')
  await sent.react('👀')
  const [message] = server.sent
  assert.equal(message?.payload.content, 'three')
  assert.equal(message?.edits, 1)
  assert.deepEqual([...(message?.reactions.keys() ?? [])], ['👀'])
  await sent.reactions.cache.get('👀')?.users.remove(server.bot.id)
  assert.equal(message?.reactions.size, 0)
  await sent.delete()
  ann.deletes(asked)
  await server.waitFor(() => bot.events.filter((one) => one === 'messageDelete').length === 2)
  assert.deepEqual(server.messages(general), [])
  assert.equal(server.platform.typing.length, 1)
  const wanted = ['messageUpdate', 'messageReactionAdd', 'messageReactionRemove']
  assert.deepEqual(
    wanted.filter((one) => !bot.events.includes(one)),
    [],
  )
  assert.deepEqual(server.breaches, [])
})

test('files keep their bytes both ways, and addresses expire', async () => {
  let now = Date.now()
  await using server = await startDiscord({ now: () => now })
  const guild = server.addGuild()
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  await using bot = await new Bot(server).login(server.token)
  ann.says(general, 'see', { attachments: [{ name: 'a b.txt', content: Buffer.from('in') }] })
  ann.sendsVoice(general, { content: Buffer.from('ogg') })
  await server.waitFor(() => bot.heard.length === 2)
  const url = bot.heard[0]?.attachments.first()?.url ?? ''
  assert.equal(await (await fetch(url)).text(), 'in')
  assert.equal(bot.heard[1]?.flags.has(MessageFlags.IsVoiceMessage), true)
  assert.equal((await fetch(url.replace('ex=', 'ex=f'))).status, 404)
  now += 25 * 60 * 60 * 1000
  assert.equal((await fetch(url)).status, 404)
  const file = new AttachmentBuilder(Buffer.from('out'), { name: 'out.txt', description: 'What' })
  await (await textChannel(bot, general.id)).send({ content: 'there', files: [file] })
  const [stored] = server.sent[0]?.files ?? []
  assert.deepEqual(
    [stored?.name, stored?.description, String(stored?.content)],
    ['out.txt', 'What', 'out'],
  )
  assert.deepEqual(server.breaches, [])
})

test('threads are opened by both, on a message only once, and forums hold posts', async () => {
  await using rig = await startWorkshop()
  const { server, guild, general, ann, bot } = rig
  const forum = guild.addChannel('ideas', { type: 15 })
  const asked = ann.says(general, 'a long story')
  await server.waitFor(() => bot.heard.length === 1)
  const thread = await bot.heard[0]?.startThread({ name: 'Story' })
  assert.equal(thread?.id, asked.id)
  const again = bot.client.rest.post(`/channels/${general.id}/messages/${asked.id}/threads`, {
    body: { name: 'Again' },
  })
  await assert.rejects(again, { code: 160004 })
  await thread?.send('Once upon a time')
  const own = ann.opensThread(general, 'Hers')
  ann.says(own, 'in here')
  const { post, message } = ann.opensPost(forum, 'An idea', 'Fly')
  assert.equal(message.id, post.id)
  await server.waitFor(() => bot.heard.some(({ content }) => content === 'Fly'))
  const active = await bot.client.guilds.cache.get(guild.id)?.channels.fetchActiveThreads()
  assert.equal(active?.threads.size, 3)
  ann.archives(own, { locks: true })
  ann.archives(post)
  await server.waitFor(() => bot.events.filter((one) => one === 'threadUpdate').length === 2)
  const locked = bot.client.channels.cache.get(own.id)
  assert.ok(locked?.isThread())
  await assert.rejects(locked.send('late'), { code: 160005 })
  const archived = bot.client.channels.cache.get(post.id)
  assert.ok(archived?.isThread())
  await archived.send('still')
  assert.equal(post.thread?.archived, false)
  assert.deepEqual(server.breaches, [])
})

test('history is read newest first, from a message on, and back-fills what came while away', async () => {
  await using rig = await startWorkshop()
  const { server, general, ann, bot } = rig
  const said = Array.from({ length: 120 }, (_, index) => ann.says(general, `line ${index}`))
  const { messages } = await textChannel(bot, general.id)
  const after = said[9]?.id ?? ''
  const page = await messages.fetch({ after, limit: 100, cache: false })
  assert.deepEqual(
    [page.size, page.first()?.content, page.last()?.content],
    [100, 'line 109', 'line 10'],
  )
  const around = await messages.fetch({ around: said[50]?.id ?? '', limit: 5, cache: false })
  assert.deepEqual([around.first()?.content, around.last()?.content], ['line 52', 'line 48'])
  const before = await messages.fetch({ before: said[2]?.id ?? '', cache: false })
  assert.deepEqual(
    [...before.values()].map(({ content }) => content),
    ['line 1', 'line 0'],
  )
  assert.deepEqual(server.breaches, [])
})

test('replies, forwards and roles are told as the platform tells them', async () => {
  await using rig = await startWorkshop()
  const { server, guild, general, ann, bot } = rig
  const channel = await textChannel(bot, general.id)
  await channel.send('first')
  const [mine] = server.sent
  assert.ok(mine)
  ann.says(general, 'second', { replyTo: mine })
  ann.says(general, 'third', { replyTo: mine, pings: false })
  ann.says(general, '', { forwardOf: mine })
  ann.says(general, `<@&${guild.botRole.id}> @everyone`)
  await server.waitFor(() => bot.heard.length === 5)
  const [, second, third, forward, roles] = bot.heard
  const calls = [second, third].map((one) => one?.mentions.users.has(server.bot.id))
  assert.deepEqual(calls, [true, false])
  assert.equal(third?.reference?.messageId, mine.id)
  assert.equal(forward?.messageSnapshots.first()?.content, 'first')
  assert.equal(roles?.mentions.roles.has(guild.botRole.id), true)
  assert.equal(roles?.mentions.everyone, true)
})

test('a repeated nonce answers with the first message, until minutes are over', async () => {
  let now = Date.now()
  await using server = await startDiscord({ now: () => now, nonceMs: 120_000 })
  const general = server.addGuild().addChannel('general')
  await using bot = await new Bot(server).login(server.token)
  const channel = await textChannel(bot, general.id)
  const once = { content: 'once', nonce: 'abc', enforceNonce: true }
  const [first, second] = [await channel.send(once), await channel.send(once)]
  assert.equal(first.id, second.id)
  now += 121_000
  assert.notEqual((await channel.send(once)).id, first.id)
  assert.equal(server.texts(general).length, 2)
})

test('a private thread is seen once the bot is called into it, and posts of the bot start their thread', async () => {
  await using rig = await startWorkshop()
  const { server, guild, general, ann, bot } = rig
  const secret = ann.opensThread(general, 'Secret', { isPrivate: true })
  ann.says(secret, 'between us')
  ann.says(secret, `${server.mention} come in`)
  await server.waitFor(() => bot.heard.length > 0)
  assert.equal(bot.heard[0]?.content, `${server.mention} come in`)
  const forum = guild.addChannel('ideas', { type: 15 })
  await server.waitFor(() => bot.client.channels.cache.has(forum.id))
  const ideas = bot.client.channels.cache.get(forum.id)
  assert.ok(ideas?.type === ChannelType.GuildForum)
  const post = await ideas.threads.create({ name: 'Mine', message: { content: 'Walk' } })
  assert.equal(server.sent.at(-1)?.id, post.id)
  assert.deepEqual(server.breaches, [])
})

test('what one person alone sees comes without a guild, and moderators delete in bulk', async () => {
  await using rig = await startWorkshop()
  const { server, general, ann, bot } = rig
  const said = [ann.says(general, 'one'), ann.says(general, 'two')]
  await bot.client.application?.commands.set([{ name: 'hush', description: 'Hushes' }])
  ann.runsCommand(general, 'hush')
  await server.waitFor(() => bot.interactions.length === 1)
  const [run] = bot.interactions
  assert.ok(run?.isChatInputCommand())
  const told: object[] = []
  bot.client.ws.on(GatewayDispatchEvents.MessageCreate, (data) => void told.push(data))
  await run.reply({ content: 'hushed', flags: MessageFlags.Ephemeral })
  await server.waitFor(() => told.length === 1)
  assert.equal('guild_id' in (told[0] ?? {}), false)
  ann.purges(said)
  await server.waitFor(() => bot.events.includes('messageDeleteBulk'))
  assert.deepEqual(server.messages(general), [])
  assert.deepEqual(server.breaches, [])
})

test('a guild that goes away, an outage and a platform that is down are seen', async () => {
  await using rig = await startWorkshop()
  const { server, guild, general, ann, bot } = rig
  guild.setAvailable(false)
  await server.waitFor(() => bot.events.includes('guildUnavailable'))
  guild.setAvailable(true)
  guild.removeBot()
  await server.waitFor(() => bot.events.includes('guildDelete'))
  guild.addBot()
  await server.waitFor(() => bot.client.channels.cache.has(general.id))
  const port = await server.goDown()
  ann.says(general, 'while down')
  await server.listen(port)
  await server.waitFor(() => bot.heard.length > 0)
  assert.equal(bot.heard[0]?.content, 'while down')
  server.revokeToken()
  await server.waitFor(() => bot.events.includes('shardDisconnect'))
})
