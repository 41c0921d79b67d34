import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buttonsOf, type Chat } from '../test/fakes/chat.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { ManualClock } from '../test/fakes/manual-clock.ts'
import { type Rig, type RigOptions, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import type { Space } from './model.ts'
import type { Policy } from './policy.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const server: Space = { id: 's1', title: 'Ada HQ' }
const closed: Policy = { ...openPolicy, groups: 'allowlist', owners: new Set(['9']) }

async function startClosed(
  options: Omit<RigOptions, 'runtime'> & { policy?: Partial<Policy> } = {},
): Promise<{ rig: Rig; owner: Chat; runtime: ScriptedRuntime } & AsyncDisposable> {
  const runtime = new ScriptedRuntime()
  const { policy, ...rest } = options
  const policies = new Map([['fake', { ...closed, ...policy }]])
  const rig = await startRig({ runtime, settings: { policies }, ...rest })
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  return { rig, owner, runtime, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

/** Ben adds the bot to a group. */
function added(rig: Rig, chat: Chat, space?: Space): Promise<void> {
  return rig.channel.receives({
    type: 'membership',
    id: rig.channel.nextId(),
    address: chat.address,
    chatKind: 'group',
    chatTitle: 'Team Ada',
    ...(space && { space }),
    isMember: true,
    by: { id: '2', name: 'Ben' },
    at: rig.clock.now(),
  })
}

/** The gateway is off for a long time. */
async function later(rig: Rig, ms: number): Promise<void> {
  await rig.stop()
  rig.clock = new ManualClock(rig.clock.now() + ms)
  await rig.start()
}

async function reasonOf(rig: Rig): Promise<string | undefined> {
  const last = rig.said.filter((event) => event.type === 'message.received').at(-1)
  return (await rig.store.views.trace(last?.messageId ?? ''))?.message?.reason ?? undefined
}

async function answers(owner: Chat, question: RegExp, which: 0 | 1): Promise<void> {
  const button = buttonsOf(await owner.hears(question))[which]
  assert.ok(button)
  await owner.presses(button)
}

test('added to a group, an owner is asked once; allowed, the group hears nothing until it asks', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  await added(rig, group)
  await added(rig, group)
  await answers(owner, /^Ben added me to Team Ada on fake\. May I answer there\?$/, 0)
  await owner.sees('I answer in Team Ada from now on.')
  await group.hearsNothingMore()
  await owner.hearsNothingMore()
  await group.asks('hi')
  await group.hears('re: hi')
})

test('asked where nobody told of the group, an owner decides, and who asked is answered', async () => {
  await using around = await startClosed()
  const { rig, owner, runtime } = around
  const group = rig.group('g').as({ id: '3', name: 'Cid' })
  await group.says('just talking')
  assert.match((await reasonOf(rig)) ?? '', /not approved/)
  await owner.hearsNothingMore()
  await group.asks('what is up?', { chatTitle: 'Team Ada' })
  assert.match((await reasonOf(rig)) ?? '', /an owner is asked \(q1\)/)
  await group.asks('anybody?')
  await group.hearsNothingMore()
  await answers(owner, /^Cid wrote to me in Team Ada on fake\. May I answer there\?$/, 0)
  await owner.sees('I answer in Team Ada from now on.')
  await group.hears('I may answer here now.')
  await group.hearsSomething()
  assert.deepEqual(runtime.heard.slice(1), ['what is up?\nanybody?'])
  await owner.hearsNothingMore()
})

test('what is too old by the time it is allowed is not answered, and the group hears why', async () => {
  await using around = await startClosed()
  const { rig, owner, runtime } = around
  const group = rig.group('g').as({ id: '3', language: 'de' })
  await group.asks('wie spät ist es?')
  const question = await owner.hears(/^Person 3 wrote to me in g on fake/)
  await later(rig, 3 * hour)
  await owner.presses(buttonsOf(question)[0] ?? '')
  await owner.sees('I answer in g from now on.')
  await group.hears(/^Ich darf hier jetzt antworten\. Deine Frage ist 3 Std\. alt/)
  await rig.settle()
  assert.deepEqual(runtime.heard, ['hello'])
  const [message] = rig.said.filter(
    (event) => event.type === 'message.received' && event.disposition === 'held',
  )
  assert.ok(message?.type === 'message.received')
  const trace = await rig.store.views.trace(message.messageId)
  assert.equal(trace?.message?.reason, 'the chat was approved too late for it')
})

test('refused, it stays closed for a week without another question', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  await group.asks('one')
  await answers(owner, /wrote to me in g/, 1)
  await owner.sees('All right, I stay silent in g.')
  await group.asks('two')
  await added(rig, group)
  assert.match((await reasonOf(rig)) ?? '', /an owner said no/)
  await later(rig, 6 * day)
  await group.asks('three')
  await owner.hearsNothingMore()
  await later(rig, 2 * day)
  await group.asks('four')
  await owner.hears(/wrote to me in Team Ada/)
  await group.hearsNothingMore()
})

test('unanswered for a day it expires, a late press says so, and a week passes before the next', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  await group.asks('one')
  const question = await owner.hears(/wrote to me in g/)
  await later(rig, 25 * hour)
  await owner.presses(buttonsOf(question)[0] ?? '')
  await owner.hears('That question has expired.')
  assert.equal((await rig.store.requests.find('q1'))?.state, 'expired')
  await group.asks('two')
  assert.match((await reasonOf(rig)) ?? '', /no owner answered/)
  await later(rig, 7 * day)
  await group.asks('three')
  await owner.hears(/wrote to me in g/)
})

test('a server is allowed as a whole, with the channels nobody spoke in yet', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const [one, two, other] = [rig.group('c1'), rig.group('c2'), rig.group('c3')]
  await added(rig, one, server)
  await two.asks('hi', { space: server })
  await answers(owner, /^Ben added me to the server Ada HQ on fake\. May I answer there\?$/, 0)
  await owner.sees('I answer in Ada HQ from now on.')
  await two.hears('I may answer here now.')
  await two.hears('re: hi')
  await one.asks('there?', { space: server })
  await one.hears('re: there?')
  await one.asks('and now?')
  await one.hears('re: and now?')
  await other.asks('here?', { space: { id: 's2', title: 'Elsewhere' } })
  await other.hearsNothingMore()
  await owner.hears(/^Person 1 wrote to me in the server Elsewhere on fake/)
})

test('only owners may let a group in, and at most three groups wait at once', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  for (const name of ['g1', 'g2', 'g3', 'g4']) await rig.group(name).asks('hi')
  assert.match((await reasonOf(rig)) ?? '', /too many other chats wait/)
  for (const name of ['g1', 'g2', 'g3'])
    await owner.hears(new RegExp(`wrote to me in ${name} on fake`))
  await owner.hearsNothingMore()
  const stranger = rig.direct({ id: '5' })
  await stranger.says('yes 1')
  await stranger.hears('re: yes 1')
  await rig.group('g1').says('yes 1')
  await rig.settle()
  assert.equal((await rig.store.requests.find('q1'))?.state, 'open')
})

test('while no owner can be reached the question waits for one', async () => {
  const policies = new Map([['fake', closed]])
  await using rig = await startRig({ runtime: new ScriptedRuntime(), settings: { policies } })
  const group = rig.group('g')
  await added(rig, group)
  await rig.pass(minute)
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.leap(10 * minute)
  await owner.hears(/^Ben added me to Team Ada/)
})

test('nobody is asked about groups that are served, off, closed by an owner, or by who is blocked', async () => {
  for (const policy of [
    { groups: 'open' as const },
    { groups: 'off' as const },
    { allowChats: new Set(['g']) },
    { allowChats: new Set(['s1']) },
  ]) {
    await using around = await startClosed({ policy })
    await added(around.rig, around.rig.group('g'), server)
    await around.rig.pass(minute)
    await around.owner.hearsNothingMore()
  }
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  const ben = { account: rig.channel.account, channel: 'fake', id: '2', name: 'Ben' }
  await rig.store.access.setSender(ben, 'blocked', rig.clock.now())
  await added(rig, group)
  await rig.store.access.approveChat(group.address, false, rig.clock.now())
  await group.asks('hi')
  assert.equal(await reasonOf(rig), 'an owner closed the chat')
  await owner.hearsNothingMore()
})

test('an owner who is in the group allows it there, and what was asked is answered', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  await group.asks('what is up?')
  await owner.hears(/wrote to me in g/)
  await group.says('/approve', { addressed: 'command' })
  await group.hearsNothingMore()
  const there = group.as({ id: '9' })
  await there.says('/approve', { addressed: 'command' })
  await there.hears('I may answer here now.')
  await there.hears('re: what is up?')
  const other = rig.group('h').as({ id: '9' })
  await other.says('/approve', { addressed: 'command' })
  await other.hears('I may answer here now.')
  await other.asks('hi')
  await other.hears('re: hi')
  await owner.hearsNothingMore()
})

test('decided by hand meanwhile, the question is over', async () => {
  await using around = await startClosed()
  const { rig, owner } = around
  const group = rig.group('g')
  await group.asks('what is up?')
  const question = await owner.hears(/wrote to me in g/)
  await rig.store.access.approveChat(group.address, true, rig.clock.now())
  await owner.presses(buttonsOf(question)[1] ?? '')
  await owner.hears('That question has expired.')
  await group.asks('hi')
  await group.hears('re: hi')
})

test('a restart between asking and answering loses nothing', async () => {
  await using around = await startClosed({
    channels: (now) => [new FakeChannel({ now, capabilities: { hasButtons: false } })],
  })
  const { rig, owner } = around
  await rig.group('g').asks('what is up?')
  await owner.hears(/May I answer there\?\nReact with 👍 or 👎, or write "yes 1" or "no 1"\.$/)
  await rig.restarts()
  await owner.says('yes 1')
  await owner.sees('I answer in g from now on.')
  await rig.group('g').hears('I may answer here now.')
})
