import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission, question } from '../test/fakes/asking-agent.ts'
import { buttonsOf, type Chat } from '../test/fakes/chat.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'

const minute = 60_000

/** The labels and the press data of what is asked next. */
async function asked(chat: Chat, expected: RegExp) {
  const message = await chat.hears(expected)
  const buttons = buttonsOf(message)
  const press = (index: number) => {
    const button = buttons[index]
    assert.ok(button)
    return chat.presses(button)
  }
  return { message, labels: buttons.map(({ label }) => label), press }
}

test('a permission is asked by buttons; allowed, the command runs and the question says by whom', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { labels, press, message } = await asked(rig.chat, /^May I do this\?\n\nbash: git status/)
  assert.match(message.delivery.chunk.text, /\n\ngit status --short\n\n/)
  assert.deepEqual(labels, ['Allow once', 'Always', 'Deny'])
  assert.deepEqual(await rig.states(), ['waiting'])
  await press(0)
  await rig.chat.hears('work: once')
  await rig.chat.sees(/git status[\s\S]*Allowed once by Ana\./)
  assert.deepEqual(await rig.states(), ['completed'])
  const events = await rig.store.views.runEvents('r1', 0, 100)
  assert.deepEqual(
    events.map(({ type }) => type).filter((type) => /waiting|resumed/.test(type)),
    ['run.waiting', 'run.resumed'],
  )
  await press(2)
  await rig.chat.hears('That question has expired.')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(agent.answers.get('per_1'), { option: 'once' })
})

test('denied, the agent hears no with a word, and goes on', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await press(2)
  await rig.chat.hears('work: reject')
  await rig.chat.sees('Denied by Ana.')
  const answer = agent.answers.get('per_1')
  assert.ok(answer && 'option' in answer && answer.note)
})

test('by text: a word, a number, own words, and a reply, in English and German', async () => {
  for (const [asks, text, told] of [
    [permission, 'yes 1', 'once'],
    [permission, 'ja 1', 'once'],
    [permission, 'Nein 1', 'reject'],
    [question, '1 2', '1'],
    [question, '1: something green', 'something green'],
    [question, '1: blue', '1'],
  ] as const) {
    await using rig = await startRig({ runtime: new AskingAgent(asks) })
    await rig.chat.says('work')
    await rig.chat.hearsSomething()
    await rig.chat.says(text)
    await rig.chat.hears(`work: ${told}`)
    await rig.chat.hearsNothingMore()
  }
  for (const [asks, text, told] of [
    [question, 'something green', 'something green'],
    [question, '2', '1'],
    [permission, 'yes', 'once'],
  ] as const) {
    await using rig = await startRig({ runtime: new AskingAgent(asks) })
    await rig.chat.says('work')
    const { id } = await rig.chat.hearsSomething()
    await rig.settle()
    await rig.chat.says(text, { repliesTo: id })
    await rig.chat.hears(`work: ${told}`)
  }
})

test('without buttons a question says how to answer it, and a thumb allows', async () => {
  await using rig = await startRig({
    runtime: new AskingAgent(permission, question),
    channels: (now) => [new FakeChannel({ now, capabilities: { hasButtons: false } })],
  })
  const german = rig.direct({ id: '1', name: 'Ana', language: 'de' })
  await german.says('work')
  const first = await german.hears(
    /Reagiere mit 👍 oder 👎, oder schreib „ja 1“, „immer 1“ oder „nein 1“\.$/,
  )
  assert.deepEqual(buttonsOf(first), [])
  await german.hears(
    /1\. Red\n2\. Blue\n3\. No answer[\s\S]*„2 1“[\s\S]*antworte auf diese Nachricht/,
  )
  await rig.channel.receives({
    type: 'reaction',
    id: 'x1',
    address: german.address,
    chatKind: 'dm',
    sender: german.person,
    messageId: first.id,
    emoji: ['👍'],
    at: rig.clock.now(),
  })
  await german.sees('Einmal erlaubt von Ana.')
  assert.deepEqual(await rig.states(), ['waiting'])
  await german.says('2 2')
  await german.hears('work: once, 1')
})

test('where messages cannot be changed, a short line says how it ended', async () => {
  await using rig = await startRig({
    runtime: new AskingAgent(permission),
    channels: (now) => [new FakeChannel({ now, capabilities: { canEdit: false } })],
  })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await press(0)
  await rig.chat.hears('Question 1: Allowed once by Ana.')
  await rig.chat.hears('work: once')
})

test('the first of two answers counts, also when both come at once', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await asked(rig.chat, /May I/)
  await rig.chat.saysAtOnce('no 1', 'yes 1')
  await rig.chat.hears('That question has expired.')
  await rig.chat.hears('work: reject')
})

test('equal questions are one message with one answer for all', async () => {
  const agent = new AskingAgent(permission, { ...permission, id: 'per_2' }, question)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await asked(rig.chat, /My agent asks:\n\nWhich colour/)
  await rig.chat.hearsNothingMore()
  await press(0)
  await rig.settle()
  assert.deepEqual([...agent.answers.keys()], ['per_1', 'per_2'])
  assert.deepEqual(await rig.states(), ['waiting'])
  await rig.chat.says('3 1')
  await rig.chat.hears('work: once, once, 0')
})

test('what nobody answers in time ends with no, and the question says so', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await rig.leap(10 * minute)
  await rig.chat.hears('work: reject')
  await rig.chat.sees('Nobody answered in time.')
  const answer = agent.answers.get('per_1')
  assert.ok(answer && 'option' in answer && answer.note?.startsWith('Nobody answered'))
  await press(0)
  await rig.chat.hears('That question has expired.')
})

test('the time people take counts neither for the deadline of a run nor as typing', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent, queue: { runTimeoutMs: minute } })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  const shown = rig.channel.shown.length
  await rig.pass(5 * minute)
  assert.equal(rig.channel.shown.length, shown)
  await press(0)
  await rig.chat.hears('work: once')
})

test('stopped while it waits, a run takes its question with it', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.chat.sees('This is no longer needed.')
  await press(0)
  await rig.chat.hears('That question has expired.')
  assert.deepEqual(await rig.states(), ['cancelled'])
  assert.equal(agent.answers.size, 0)
})

test('an answer that the runtime does not take any more is called off', async () => {
  const agent = new AskingAgent(permission)
  agent.takes = () => false
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const { press } = await asked(rig.chat, /May I/)
  await press(0)
  await rig.chat.sees('Allowed once by Ana.')
  await rig.chat.sees('This is no longer needed.')
  assert.equal((await rig.store.approvals.find('q1'))?.state, 'void')
})

test('what the runtime withdraws is not asked any more', async () => {
  const agent = new AskingAgent()
  agent.script = () =>
    async function* () {
      yield { type: 'request', request: permission }
      yield { type: 'request-closed', id: permission.id }
      yield { type: 'done', reply: { text: 'on my own', format: 'plain' } }
    }
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hearsSomething()
  await rig.settle()
  assert.equal((await rig.store.approvals.find('q1'))?.state, 'void')
})
