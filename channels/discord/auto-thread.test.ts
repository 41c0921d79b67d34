import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiscordPlatform } from '../../test/contracts/channel/discord.ts'
import { type ChannelRig, startChannelRig } from '../../test/contracts/channel/rig.ts'
import { type DiscordServer, startDiscord } from '../../test/servers/discord.ts'
import type { Channel } from '../../test/servers/discord-model.ts'

type Asked = { readonly thread: Channel; readonly id: string }

/** Mentions the bot in the channel of the server, and waits for the answer in a thread. */
async function ask(rig: ChannelRig, server: DiscordServer, words: string): Promise<Asked> {
  const { id } = await rig.platform.says('group', words, { to: 'mention' })
  const answer = await rig.until(
    () =>
      server.sent.find((one) => one.channel.id === id && one.payload.content === `re: ${words}`),
    () => `No answer to "${words}" in a thread of its own.`,
  )
  return { thread: answer.channel, id }
}

function answersIn(server: DiscordServer, thread: Channel): readonly string[] {
  return server.sent.flatMap(({ channel, payload }) =>
    // The line that shows what the thread started from has no words.
    channel === thread && payload.content !== '' ? [payload.content] : [],
  )
}

test('with autoThread each mention has a thread and a session, and its thread goes on like any other', async () => {
  await using server = await startDiscord({ heartbeatMs: 300 })
  const platform = new DiscordPlatform(server, { autoThread: true })
  await using rig = await startChannelRig(platform)
  const first = await ask(rig, server, 'which way?')
  const second = await ask(rig, server, 'how far?')
  assert.equal(first.thread.name, 'which way?')
  assert.deepEqual(await rig.texts('group'), [], 'nothing is said in the channel')

  const ana = platform.ana
  ana.says(first.thread, 'just thinking aloud')
  ana.says(first.thread, `${server.mention} and then?`)
  await rig.until(
    () => answersIn(server, first.thread).includes('re: and then?'),
    () => 'The thread does not go on.',
  )
  assert.deepEqual(answersIn(server, first.thread), ['re: which way?', 're: and then?'])
  const [one, two, three] = await rig.runs(3)
  assert.equal(one?.sessionId, three?.sessionId)
  assert.notEqual(one?.sessionId, two?.sessionId)
  const context = rig.runtime.turns.at(-1)?.messages.map(({ text }) => text)
  assert.deepEqual(context, ['just thinking aloud', 'and then?'])

  const { items } = await rig.store.conversations.list({ limit: 50 })
  const { id } = items.find(({ address }) => address.thread === first.id) ?? { id: '' }
  await rig.store.conversations.configure(id, { mention: false })
  ana.says(first.thread, 'without a name')
  await rig.until(
    () => answersIn(server, first.thread).includes('re: without a name'),
    () => '/mention off does not hold in the thread.',
  )
  const { id: platformId } = ana.says(second.thread, 'nor here')
  await rig.hearsOf('message.received', { disposition: 'observed', platformId })
})

test('who deletes the question before its answer finds the channel as alive as before', async () => {
  await using server = await startDiscord({ heartbeatMs: 300 })
  const platform = new DiscordPlatform(server, { autoThread: true })
  await using rig = await startChannelRig(platform)
  rig.runtime.script = (said) => (said === 'slow' ? rig.runtime.holds : `re: ${said}`)
  const said = await platform.says('group', 'slow', { to: 'mention' })
  await rig.runtime.begun('slow')
  await platform.deletes(said)
  rig.runtime.finish('slow', 'too late')
  await ask(rig, server, 'still there?')
  const deliveries = await rig.deliveries()
  assert.deepEqual(deliveries, [
    { text: 'too late', state: 'discarded' },
    { text: 're: still there?', state: 'sent' },
  ])
})
