import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chat } from '../test/fakes/chat.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import { reactionAnswer } from './reaction-answer.ts'

const hour = 3_600_000

/** A platform with reactions but no buttons, such as Signal. */
function startSignal() {
  const policies = new Map([
    ['fake', { ...openPolicy, dm: 'pairing' as const, owners: new Set(['9']) }],
  ])
  return startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => [new FakeChannel({ now, capabilities: { hasButtons: false } })],
    settings: { policies },
  })
}

async function reacts(rig: Rig, chat: Chat, messageId: string, ...emoji: string[]) {
  await rig.channel.receives({
    type: 'reaction',
    id: rig.channel.nextId(),
    // Platforms report a reaction for the chat, whatever the topic.
    address: chat.address,
    chatKind: chat.address.chat === 'g' ? 'group' : 'dm',
    sender: chat.person,
    messageId,
    emoji,
    at: rig.clock.now(),
  })
}

/** The owner is asked about Ana. Returns the platform's id of the question. */
async function asked(rig: Rig & { chat: Chat }, owner: Chat): Promise<string> {
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  await rig.chat.hears(/I do not know you/)
  const question = await owner.hears(
    /^Ana wants to talk to me on fake\. Allow it\?\nReact with 👍 or 👎, or write "yes 1" or "no 1"\.$/,
  )
  return question.id
}

test('thumbs of any colour, a tick and a cross answer; anything else says nothing', () => {
  for (const yes of ['👍', '👍🏿', '👍🏻', '✅']) assert.equal(reactionAnswer([yes]), 'yes', yes)
  for (const no of ['👎', '👎🏽', '❌']) assert.equal(reactionAnswer([no]), 'no', no)
  assert.equal(reactionAnswer(['❤️', '👍']), 'yes')
  for (const none of [[], ['❤️'], ['👍', '👎'], ['yes'], ['👌']])
    assert.equal(reactionAnswer(none), undefined, none.join())
})

test('👍 on the question lets somebody in; the first answer wins, and a late one hears that', async () => {
  await using rig = await startSignal()
  const owner = rig.direct({ id: '9' })
  const question = await asked(rig, owner)
  await reacts(rig, owner, question, '❤️')
  await reacts(rig, owner, question)
  await owner.hearsNothingMore()
  await reacts(rig, owner, question, '👍🏽')
  await owner.sees('Ana may talk to me now.')
  await reacts(rig, owner, question, '👎')
  await owner.hears('That question has expired.')
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('a reaction to anything else, in another chat, or by somebody who may not answer changes nothing', async () => {
  await using rig = await startSignal()
  const owner = rig.direct({ id: '9' })
  const question = await asked(rig, owner)
  await reacts(rig, owner, '999', '👍')
  await reacts(rig, rig.direct({ id: '8' }), question, '👍')
  await reacts(rig, rig.chat, question, '👍')
  await reacts(rig, owner.as({ id: '8' }), question, '👍')
  await owner.hearsNothingMore()
  assert.equal((await rig.store.requests.find('q1'))?.state, 'open')
  await rig.leap(2 * hour)
  await reacts(rig, owner, question, '👎')
  await owner.hears('That question has expired.')
})

test('late messages of a topic are answered by a reaction of one of its people, in the topic', async () => {
  await using rig = await startSignal()
  const topic = rig.group('g', 't')
  await topic.asks('old', { sentAt: rig.clock.now() - hour })
  await rig.pass(3100)
  const question = await topic.hears(/One message arrived.*\nReact with/)
  await reacts(rig, rig.group('g'), question.id, '✅')
  await topic.sees('Reading them now.')
  await topic.hears('re: old')
})
