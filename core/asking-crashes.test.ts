import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission, question } from '../test/fakes/asking-agent.ts'
import { buttonsOf, type Chat } from '../test/fakes/chat.ts'
import type { Arrived } from '../test/fakes/fake-channel.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { fails } from '../test/fakes/scripted-runtime.ts'
import { RuntimeError } from './errors.ts'

test('killed while a person is asked, the gateway does not ask twice', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const [allow] = buttonsOf(await rig.chat.hears(/May I/))
  assert.ok(allow)
  await rig.settle()
  await rig.dies()
  await rig.start()
  assert.deepEqual(await rig.states(), ['waiting'])
  await rig.chat.hearsNothingMore()
  await rig.chat.presses(allow)
  await rig.chat.hears('work: once')
  await rig.chat.sees('Allowed once by Ana.')
  assert.equal(agent.turns.length, 1)
})

test('killed between asking and sending, the question still arrives, once', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  let isDown = true
  rig.channel.onSend = () => (isDown ? new Promise<void>(() => undefined) : undefined)
  rig.channel.onReconcile = () => ({ outcome: 'not-sent' })
  await rig.chat.says('work')
  await rig.hears('run.changed', ({ state }) => state === 'waiting')
  await rig.settle()
  isDown = false
  await rig.dies()
  await rig.start()
  await rig.pass(5000)
  await rig.chat.hears(/May I/)
  await rig.chat.says('yes 1')
  await rig.chat.hears('work: once')
  await rig.chat.hearsNothingMore()
})

test('killed between the answer and the runtime, the runtime is told after the start', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const [allow] = buttonsOf(await rig.chat.hears(/May I/))
  assert.ok(allow)
  await rig.settle()
  agent.takes = () => new Promise(() => undefined)
  await rig.chat.presses(allow)
  await rig.settle()
  assert.equal((await rig.store.approvals.find('q1'))?.state, 'answered')
  await rig.dies()
  agent.takes = () => true
  await rig.start()
  await rig.chat.hears('work: once')
  await rig.chat.hearsNothingMore()
})

test('answered while the gateway did not follow the turn, the answer waits for the runtime', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent, queue: { concurrency: 1 } })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  await rig.restarts()
  assert.deepEqual(await rig.states(), ['waiting'])
  await rig.chat.says('always 1')
  await rig.chat.hears('work: once')
})

test('a turn that the runtime has lost takes its question with it, and the next asks anew', async () => {
  const agent = new AskingAgent(permission)
  const lost = fails(new RuntimeError('lost', 'The agent has died.', { isRetryable: true }))
  agent.script = (_, turn) => (turn.isInterrupted ? 'done after all' : agent.asksFirst(lost))
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  agent.diesNow()
  await rig.chat.hears('done after all')
  await rig.chat.sees('This is no longer needed.')
  assert.deepEqual(await rig.states(), ['completed'])
})

/** Asked, and killed before the platform said that the question arrived; it did. */
async function dies(rig: Rig & { chat: Chat }) {
  const sent = Promise.withResolvers<Arrived>()
  rig.channel.onSend = (delivery) => {
    const message = { delivery, at: rig.clock.now(), ...rig.channel.arrives(delivery) }
    sent.resolve({ ...message, chat: delivery.to.chat, thread: undefined })
    return new Promise<void>(() => undefined)
  }
  await rig.chat.says('work')
  await rig.chat.hears(/May I|Which/)
  const asked = await sent.promise
  await rig.settle()
  rig.channel.onSend = () => undefined
  await rig.dies()
  await rig.start()
  return asked
}

test('killed before it knew that its question arrived, the gateway learns it from a press', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  const asked = await dies(rig)
  const [allow] = buttonsOf(asked)
  assert.ok(allow)
  await rig.chat.presses(allow, asked.id)
  await rig.chat.hears('work: once')
  await rig.chat.sees('Allowed once by Ana.')
  await rig.hears('delivery.changed', ({ detail }) => detail === 'proved by an answer to it')
  await rig.pass(10_000)
  await rig.chat.hearsNothingMore()
})

test('killed before it knew that its question arrived, the gateway takes a reply for the answer', async () => {
  const agent = new AskingAgent(question)
  await using rig = await startRig({ runtime: agent })
  const { id, delivery } = await dies(rig)
  const quote = { author: 'Jackdaw', text: delivery.chunk.text, isOwn: true }
  await rig.chat.says('Mauve', { repliesTo: id, quote })
  await rig.chat.hears('work: Mauve')
  await rig.chat.sees('Answered by Ana: Mauve')
  assert.equal(agent.turns.length, 1)
  assert.equal((await rig.runs()).length, 1)
})

test('a reply to something else of the bot is a message, whatever question is on its way', async () => {
  const agent = new AskingAgent(question)
  await using rig = await startRig({ runtime: agent })
  await dies(rig)
  const quote = { author: 'Jackdaw', text: 'An answer of long ago.', isOwn: true }
  await rig.chat.says('Mauve', { repliesTo: '7', quote })
  await rig.chat.says('Blue', { repliesTo: '8', quote: { author: 'Bob', text: 'Which colour?' } })
  await rig.settle()
  assert.equal((await rig.store.approvals.find('q1'))?.state, 'open')
  assert.equal((await rig.runs()).length, 2, 'folded into the next turn')
  await rig.chat.says('1 2')
  await rig.chat.hears('work: 1')
})

test('a press that is quicker than the end of the send counts the question as sent once', async () => {
  await using rig = await startRig({ runtime: new AskingAgent(permission) })
  const gate = Promise.withResolvers<void>()
  const sent = Promise.withResolvers<Arrived>()
  rig.channel.onSend = (delivery) => {
    const message = { delivery, at: rig.clock.now(), ...rig.channel.arrives(delivery) }
    sent.resolve({ ...message, chat: delivery.to.chat, thread: undefined })
    rig.channel.onSend = () => undefined
    return gate.promise
  }
  await rig.chat.says('work')
  const asked = await sent.promise
  const [allow] = buttonsOf(asked)
  assert.ok(allow)
  await rig.chat.presses(allow, asked.id)
  await rig.hears('delivery.changed', ({ detail }) => detail === 'proved by an answer to it')
  gate.resolve()
  await rig.settle()
  const said = rig.said.filter(
    (event) => event.type === 'delivery.changed' && event.deliveryId === 'd1',
  )
  assert.equal(said.length, 1)
})
