import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy, testSettings } from '../test/fakes/settings.ts'
import { streamIn } from './settings.ts'

/** Two agents that say who they are, in groups that owner 9 rules. */
async function startTwoAgents() {
  const main = new ScriptedRuntime()
  const ops = new ScriptedRuntime()
  main.script = (words) => (words === 'work' ? main.holds : `main: ${words}`)
  ops.script = (words) => `ops: ${words}`
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  const settings = { policies, agents: ['main', 'ops'] }
  const rig = await startRig({ runtime: main, settings })
  rig.runtimes.set('ops', ops)
  return Object.assign(rig, { main, ops })
}

test('/mention off makes every message count there, in its topics too, until a topic chooses', async () => {
  await using rig = await startTwoAgents()
  const group = rig.group('g')
  const topic = rig.group('g', 't')
  const owner = group.as({ id: '9' })
  await group.asks('/mention off')
  await group.hears('Only my owner can do that.')
  await owner.asks('/mention off')
  await group.hears('From now on I answer every message here.')
  await group.says('one')
  await group.hears('main: one')
  await topic.says('two')
  await topic.hears('main: two')
  await topic.as({ id: '9' }).says('/mention on')
  await topic.hears('From now on I answer here only when I am addressed.')
  await topic.says('three')
  await topic.hearsNothingMore()
  await rig.restarts()
  await group.says('four')
  await group.hears('main: four')
  await owner.says('/mention default')
  await group.hears('From now on I answer here only when I am addressed.')
  await group.says('five')
  await group.hearsNothingMore()
  await rig.group('h').says('elsewhere')
  await rig.group('h').hearsNothingMore()
})

test('/agent gives a chat another agent with a session of its own, and back', async () => {
  await using rig = await startTwoAgents()
  const group = rig.group('g')
  const owner = group.as({ id: '9' })
  await group.asks('hi')
  await group.hears('main: hi')
  await owner.asks('/agent')
  await group.hears(/^Here answers: main\. There are: main, ops\./)
  await owner.asks('/agent ops')
  await group.hears('From now on ops answers here, with a conversation of its own.')
  await group.asks('hi')
  await group.hears('ops: hi')
  await rig.group('g', 't').asks('hi')
  await rig.group('g', 't').hears('ops: hi')
  await group.asks('/status')
  await group.hears(/^Agent ops /)
  assert.deepEqual(
    rig.ops.turns.map(({ session }) => session.key),
    ['v1:ops:fake:fake:group:g', 'v1:ops:fake:fake:thread:g:t'],
  )
  await rig.chat.says('hi')
  await rig.chat.hears('main: hi')
  // Taken out of the configuration, it is no choice any more.
  rig.settings = { ...rig.settings, agents: ['main'] }
  await group.asks('and now?')
  await group.hears('main: and now?')
  rig.settings = { ...rig.settings, agents: ['main', 'ops'] }
  await owner.asks('/agent default')
  await group.hears('From now on main answers here, with a conversation of its own.')
  await group.asks('hi')
  await group.hears('main: hi')
})

test('a chat’s queue mode counts where its session chose none', async () => {
  await using rig = await startTwoAgents()
  const group = rig.group('g')
  await group.asks('hi')
  await group.hears('main: hi')
  const [conversation] = (await rig.store.conversations.list({ limit: 10 })).items
  assert.ok(conversation)
  await rig.store.conversations.configure(conversation.id, { queue: 'followup' })
  await group.asks('/queue')
  await group.hears(/handled as: followup/)
  await group.asks('work')
  await rig.main.begun('work')
  await group.asks('one')
  await group.asks('two')
  rig.main.finish('work', 'done')
  for (const text of ['done', 'main: one', 'main: two']) await group.hears(text)
  await group.asks('/queue collect')
  await group.hears(/now handled as: collect/)
  await group.asks('/queue')
  await group.hears(/handled as: collect/)
})

test('a chat shows answers while they are written as it chose, else as its channel does', () => {
  const settings = testSettings({
    settings: {
      streams: new Map([
        ['draft', 'draft'],
        ['off', 'off'],
      ]),
    },
  })
  const modes = (chosen: boolean | undefined) =>
    ['draft', 'off', 'unknown'].map((channel) => streamIn(settings, channel, chosen))
  assert.deepEqual(modes(undefined), ['draft', 'off', 'off'])
  assert.deepEqual(modes(true), ['draft', 'edit', 'edit'])
  assert.deepEqual(modes(false), ['off', 'off', 'off'])
})

test('/stream is kept for the chat, and a direct chat needs no /mention', async () => {
  await using rig = await startTwoAgents()
  const owner = rig.direct({ id: '9' })
  await owner.says('/stream')
  await owner.hears(/^Here an answer comes when it is finished\./)
  await owner.says('/stream on')
  await owner.hears('From now on you see an answer here while it is written.')
  await owner.says('/mention off')
  await owner.hears(/^That is for groups/)
  const [facts] = await rig.store.inbox.facts([{ address: owner.address, senderId: '9' }])
  assert.deepEqual(facts?.settings, { stream: true })
})
