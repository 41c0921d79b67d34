import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import type { Policy } from './policy.ts'

const second = 1000
/** A Discord webhook: a bot by its kind, whatever it calls itself. */
const webhook = { id: '700', name: 'Build', isBot: true }

function startWith(policy: Partial<Policy>, runtime = new ScriptedRuntime()) {
  const policies = new Map([['fake', { ...openPolicy, ...policy }]])
  return startRig({ runtime, settings: { policies } })
}

function lastReason(rig: Rig): string | undefined {
  const last = rig.said.filter((event) => event.type === 'message.received').at(-1)
  return last?.reason
}

test('with roles only their people act in groups; what others say is context, and `/why` says so', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startWith({ roles: new Set(['77']), owners: new Set(['9']) }, runtime)
  const group = rig.group('g')
  const stranger = group.as({ id: '2', name: 'Ben', roles: ['5'] })
  const asked = await stranger.asks('delete everything')
  assert.match(lastReason(rig) ?? '', /none of the roles.*access\.roles/)
  await stranger.says('/stop', { addressed: 'command' })
  await group.hearsNothingMore()
  const member = group.as({ id: '3', roles: ['77'] })
  await member.asks('what does Ben want?')
  await group.hears('re: what does Ben want?')
  const context = runtime.turns[0]?.messages.filter(({ form }) => form === 'context')
  assert.deepEqual(
    context?.map(({ author, text }) => [author.name, text]),
    [
      ['Ben', 'delete everything'],
      ['Ben', '/stop'],
    ],
  )
  const owner = group.as({ id: '9' })
  await owner.asks('hello')
  await group.hears('re: hello')
  await owner.asks('/why', { repliesTo: asked })
  await group.hears(/^I only read along: the sender has none of the roles/)
  await rig.direct({ id: '2' }).says('hi')
  await rig.direct({ id: '2' }).hears('re: hi')
})

test('other bots and webhooks are ignored unless they are listed, in groups as elsewhere', async () => {
  await using rig = await startWith({ bots: new Set(['701']) })
  const group = rig.group('g')
  await group.as(webhook).asks('deploy?')
  assert.match(lastReason(rig) ?? '', /access\.bots/)
  await group.hearsNothingMore()
  await group.as({ ...webhook, id: '701' }).asks('deploy?')
  await group.hears('re: deploy?')
})

test('two bots that answer each other stop after 20 messages, for a minute, commands included', async () => {
  await using rig = await startWith({ bots: new Set(['*']) })
  const group = rig.group('g')
  const bot = group.as(webhook)
  for (let turn = 1; turn <= 20; turn += 1) {
    await bot.asks(turn % 2 === 0 ? '/help' : `and you? ${turn}`)
    await group.hearsSomething()
    await rig.pass(second)
  }
  await bot.asks('and you?')
  assert.match(lastReason(rig) ?? '', /a loop is cut off/)
  await bot.asks('/help')
  await group.hearsNothingMore()
  await group.asks('stop it')
  await group.hears('re: stop it')
  await rig.pass(59 * second)
  await bot.asks('still there?')
  await group.hearsNothingMore()
  await rig.pass(2 * second)
  await bot.asks('and now?')
  await group.hears('re: and now?')
})

test('topics keep apart what is observed in them, and each has a session of its own', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startWith({}, runtime)
  const [one, two] = [rig.group('g', 't1'), rig.group('g', 't2')]
  const chat = rig.group('g')
  await one.says('in topic one')
  await two.says('in topic two')
  await chat.says('in the chat')
  for (const place of [one, two, chat]) {
    await place.asks('what was said?')
    await place.hears('re: what was said?')
  }
  const seen = runtime.turns.map(({ session, messages }) => [
    session.key,
    ...messages.filter(({ form }) => form === 'context').map(({ text }) => text),
  ])
  assert.deepEqual(seen, [
    ['v1:main:fake:fake:thread:g:t1', 'in topic one'],
    ['v1:main:fake:fake:thread:g:t2', 'in topic two'],
    ['v1:main:fake:fake:group:g', 'in the chat'],
  ])
})

test('thrown out of a group it sends nothing more there; let in again it answers', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words === 'work' ? runtime.holds : `re: ${words}`)
  await using rig = await startWith({}, runtime)
  const group = rig.group('g')
  await group.asks('work')
  await runtime.begun('work')
  await group.membership(false)
  runtime.finish('work', 'done')
  await rig.settle()
  assert.deepEqual(await rig.deliveryStates(), ['done: discarded'])
  await group.membership(true)
  await group.asks('hello')
  await group.hears('re: hello')
})
