import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundEvent, InboundMessage } from '../../core/model.ts'
import { type DiscordRig, startRig } from '../../test/fakes/discord-channel.ts'
import type { Channel } from '../../test/servers/discord-model.ts'
import type { Saying } from '../../test/servers/discord-people.ts'

/** What arrives when Ann says something. */
async function hear(
  rig: DiscordRig,
  channel: Channel,
  content: string,
  saying: Saying = {},
): Promise<InboundMessage> {
  const { id } = rig.ann.says(channel, content, saying)
  return rig.host.waitFor(() => rig.host.messages.find((one) => one.id === id))
}

function eventsOf<T extends InboundEvent['type']>(rig: DiscordRig, type: T) {
  return rig.host.events.flatMap((event) =>
    event.type === type ? [event as Extract<InboundEvent, { type: T }>] : [],
  )
}

test('a message in a server has its channel, its server and its sender', async () => {
  await using rig = await startRig()
  const { guild, general, ann } = rig
  const role = guild.addRole('Makers')
  guild.addMember(ann, [role])
  const message = await hear(rig, general, 'hello all')
  assert.deepEqual(message.address, {
    channel: 'discord',
    account: `discord:${rig.server.bot.id}`,
    chat: general.id,
  })
  assert.equal(message.chatKind, 'group')
  assert.equal(message.chatTitle, '#general')
  assert.deepEqual(message.space, { id: guild.id, title: 'Workshop' })
  assert.deepEqual(message.sender, { id: ann.id, name: 'Ann', roles: [role.id] })
  assert.equal(message.addressed, undefined)
})

test('mentions of the bot and of its own role address it; everyone and here do not', async () => {
  await using rig = await startRig()
  const { server, guild, general } = rig
  const cases: readonly [string, InboundMessage['addressed'], string][] = [
    [`${server.mention} hello`, 'mention', 'hello'],
    [`<@!${server.bot.id}>, hello`, 'mention', 'hello'],
    [`hello ${server.mention}`, 'mention', 'hello'],
    [`<@&${guild.botRole.id}> hello`, 'mention', 'hello'],
    [`is ${server.mention} awake?`, 'mention', 'is @jackdaw awake?'],
    [server.mention, 'mention', '@jackdaw'],
    ['@everyone @here hello', undefined, '@everyone @here hello'],
    ['hello', undefined, 'hello'],
  ]
  for (const [content, addressed, text] of cases) {
    const message = await hear(rig, general, content)
    assert.deepEqual([message.addressed, message.text], [addressed, text], content)
  }
})

test('a reply to the bot addresses it, whether it pings or not', async () => {
  await using rig = await startRig()
  const { channel, general, server, ann } = rig
  const to = { channel: 'discord', account: 'a', chat: general.id, chatKind: 'group' } as const
  const delivery = { id: 'd1', key: 'k', to, chunk: { text: 'what I said' } }
  await channel.send(delivery, new AbortController().signal)
  const [own] = server.sent
  for (const pings of [true, false]) {
    const message = await hear(rig, general, 'and now?', { replyTo: own!, pings })
    assert.equal(message.addressed, 'reply')
    assert.deepEqual(message.quote, { author: 'jackdaw', text: 'what I said', isOwn: true })
    assert.equal(message.repliesTo, own?.id)
  }
  const first = ann.says(general, 'to all')
  const other = await hear(rig, general, 'I agree', { replyTo: first })
  assert.equal(other.addressed, undefined)
  assert.deepEqual(other.quote, { author: 'Ann', text: 'to all' })
})

test('a thread and a forum post stand below their channel', async () => {
  await using rig = await startRig()
  const { ann, general, guild } = rig
  const thread = ann.opensThread(general, 'Side talk')
  const inThread = await hear(rig, thread, 'psst')
  assert.equal(inThread.chatKind, 'thread')
  assert.deepEqual(
    [inThread.address.chat, inThread.address.thread, inThread.chatTitle],
    [general.id, thread.id, '#general: Side talk'],
  )
  const forum = guild.addChannel('ideas', { type: 15 })
  const { post, message } = ann.opensPost(forum, 'A thought', 'what if')
  const inPost = await rig.host.waitFor(() => rig.host.messages.find(({ id }) => id === message.id))
  assert.deepEqual([inPost.address.chat, inPost.address.thread], [forum.id, post.id])
})

test('files, voice, pastes, stickers and polls arrive as what they are', async () => {
  await using rig = await startRig()
  const { ann } = rig
  const message = await hear(rig, ann.dm, 'look', {
    attachments: [
      { name: 'cat.png', mime: 'image/png', description: 'a cat' },
      { name: 'message.txt', content: Buffer.from('long text') },
      { name: 'report.pdf', mime: 'application/pdf' },
    ],
    fields: {
      sticker_items: [{ id: '100000000000000077', name: 'Wave', format_type: 1 }],
    },
  })
  assert.deepEqual(
    message.attachments.map(({ kind, name, mime }) => [kind, name, mime]),
    [
      ['photo', 'cat.png', 'image/png'],
      ['paste', 'message.txt', 'text/plain'],
      ['document', 'report.pdf', 'application/pdf'],
    ],
  )
  assert.deepEqual(message.notes, ['[description: a cat]', '[sticker Wave]'])
  const { id } = ann.sendsVoice(ann.dm)
  const voice = await rig.host.waitFor(() => rig.host.messages.find((one) => one.id === id))
  assert.deepEqual(
    voice.attachments.map(({ kind, durationMs }) => [kind, durationMs]),
    [['voice', 3200]],
  )
})

test('a forward brings its text and files, and says that it is one', async () => {
  await using rig = await startRig()
  const { ann, general } = rig
  const source = ann.says(general, 'the news', { attachments: [{ name: 'a.txt' }] })
  const message = await hear(rig, ann.dm, '', { forwardOf: source })
  assert.equal(message.text, 'the news')
  assert.equal(message.attachments.length, 1)
  assert.deepEqual(message.forward, { origin: '#general in Workshop' })
  assert.equal(message.quote, undefined)
})

test('an edit is one, a preview of a link is none', async () => {
  await using rig = await startRig()
  const { ann, host } = rig
  const said = ann.says(ann.dm, 'teh question')
  ann.unfurls(said, 'A page')
  ann.edits(said, 'the question')
  const edit = await host.waitFor(() => eventsOf(rig, 'edit')[0])
  assert.equal(edit.message.text, 'the question')
  assert.ok(edit.message.version > 0)
  assert.equal(eventsOf(rig, 'edit').length, 1)
})

test('deletions and reactions are told', async () => {
  await using rig = await startRig()
  const { ann, host, general } = rig
  const said = ann.says(general, 'oops')
  ann.reacts(said, '👍')
  ann.deletes(said)
  const deletion = await host.waitFor(() => eventsOf(rig, 'deletion')[0])
  assert.deepEqual(deletion.messageIds, [said.id])
  const [reaction] = eventsOf(rig, 'reaction')
  assert.deepEqual([reaction?.emoji, reaction?.sender.id], [['👍'], ann.id])
})

test('other bots are marked as such, our own words are not heard', async () => {
  await using rig = await startRig()
  const { server, guild, general, host, channel } = rig
  const robot = server.addUser({ username: 'robot', bot: true }, guild)
  const to = { channel: 'discord', account: 'a', chat: general.id, chatKind: 'group' } as const
  const delivery = { id: 'd1', key: 'k', to, chunk: { text: 'mine' } }
  await channel.send(delivery, new AbortController().signal)
  robot.says(general, 'beep')
  const message = await host.waitFor(() => host.messages[0])
  assert.deepEqual([message.text, message.sender.isBot], ['beep', true])
})

test('a press is acknowledged at once and told once', async () => {
  await using rig = await startRig()
  const { ann, host, channel, server, general } = rig
  const to = { channel: 'discord', account: 'a', chat: general.id, chatKind: 'group' } as const
  const chunk = { text: 'May I?', buttons: [[{ label: 'Yes', data: 'q1:yes' }]] }
  await channel.send({ id: 'd1', key: 'k', to, chunk }, new AbortController().signal)
  const [question] = server.sent
  const interaction = ann.presses(question!, 'Yes')
  const press = await host.waitFor(() => eventsOf(rig, 'press')[0])
  assert.deepEqual(
    [press.id, press.data, press.messageId],
    [interaction.id, 'q1:yes', question?.id],
  )
  assert.equal(press.address.chat, general.id)
  assert.equal(press.sender.id, ann.id)
  await server.waitFor(() => server.counts.get('create_interaction_response'))
  assert.deepEqual(server.breaches, [])
})

test('a slash command reads as the message that says the same, and its note goes away', async () => {
  await using rig = await startRig()
  const { ann, host, channel, server, general } = rig
  const signal = new AbortController().signal
  await channel.publishCommands([{ name: 'queue', description: 'How messages wait' }], signal)
  ann.runsCommand(general, 'queue', { argument: 'collect' })
  const message = await host.waitFor(() => host.messages[0])
  assert.deepEqual([message.text, message.addressed], ['/queue collect', 'command'])
  assert.equal(message.address.chat, general.id)
  await server.waitFor(() => server.counts.get('delete_webhook_message'))
  assert.deepEqual(server.breaches, [])
})

test('joining, leaving and losing a channel are told with their server', async () => {
  await using rig = await startRig()
  const { server, guild, general, host } = rig
  guild.denyBot(general, 'SEND_MESSAGES')
  const lost = await host.waitFor(() => eventsOf(rig, 'membership')[0])
  assert.deepEqual([lost.address.chat, lost.isMember], [general.id, false])
  guild.denyBot(general)
  const found = await host.waitFor(() => eventsOf(rig, 'membership')[1])
  assert.deepEqual([found.address.chat, found.isMember], [general.id, true])
  guild.removeBot()
  const left = await host.waitFor(() => eventsOf(rig, 'membership')[2])
  assert.deepEqual([left.isMember, left.space?.id], [false, guild.id])
  guild.addBot()
  const joined = await host.waitFor(() => eventsOf(rig, 'membership')[3])
  assert.deepEqual([joined.isMember, joined.space], [true, { id: guild.id, title: 'Workshop' }])
  guild.setAvailable(false)
  guild.setAvailable(true)
  rig.ann.says(general, 'hello')
  await host.waitFor(() => host.messages[0])
  assert.equal(eventsOf(rig, 'membership').length, 4)
  assert.deepEqual(server.breaches, [])
})

test('a channel that is deleted is given up, and of a deleted thread only that', async () => {
  await using rig = await startRig()
  const { server, guild, general, ann, host } = rig
  const thread = ann.opensThread(general, 'plans')
  await hear(rig, thread, 'first')
  guild.removeChannel(thread)
  const without = await host.waitFor(() => eventsOf(rig, 'membership')[0])
  assert.deepEqual([without.address.chat, without.isMember], [general.id, false])
  assert.deepEqual([without.address.thread, without.chatKind], [thread.id, 'thread'])
  guild.removeChannel(general)
  const gone = await host.waitFor(() => eventsOf(rig, 'membership')[1])
  assert.deepEqual([gone.address.chat, gone.address.thread], [general.id, undefined])
  assert.equal(gone.isMember, false)
  assert.deepEqual(server.breaches, [])
})

test('with autoThread a mention opens a thread, and the rest of the channel stays where it is', async () => {
  await using rig = await startRig({ autoThread: true })
  const { server, general, channel, ann } = rig
  const asked = await hear(rig, general, `${server.mention} what is new?`)
  assert.deepEqual([asked.address.thread, asked.chatKind], [asked.id, 'thread'])
  const plain = await hear(rig, general, 'just talking')
  assert.equal(plain.address.thread, undefined)
  const to = { ...asked.address, chatKind: 'thread' as const, replyTo: asked.id }
  const signal = new AbortController().signal
  await channel.typing(to, signal)
  await channel.send({ id: 'd1', key: 'k', to, chunk: { text: 'this' } }, signal)
  const thread = server.sent[0]?.channel
  assert.deepEqual([thread?.id, thread?.name], [asked.id, 'what is new?'])
  const next = await hear(rig, thread!, 'and then?')
  assert.deepEqual([next.address.chat, next.address.thread], [general.id, asked.id])
  ann.deletes(general.messages.get(asked.id)!)
  await rig.host.waitFor(() =>
    eventsOf(rig, 'deletion').some(({ address }) => address.thread === asked.id),
  )
  assert.equal(server.counts.get('create_thread_from_message'), 1)
})
