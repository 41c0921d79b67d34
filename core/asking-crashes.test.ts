import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission } from '../test/fakes/asking-agent.ts'
import { buttonsOf } from '../test/fakes/chat.ts'
import { startRig } from '../test/fakes/rig.ts'
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
