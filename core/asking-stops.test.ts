import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission } from '../test/fakes/asking-agent.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import type { Answer } from '../test/fakes/scripted-runtime.ts'
import type { Turn } from './runtime-port.ts'

const graceMs = 20_000

/** An agent that goes on without the gateway, or one that ends with it. */
class LastingAgent extends AskingAgent {
  readonly outlivesGateway = () => this.isLasting
  readonly isLasting: boolean
  readonly works = this.script as (words: string, turn: Turn) => Answer

  constructor(isLasting = true) {
    super(permission)
    this.isLasting = isLasting
  }
}

/** Stops with all its grace, and resolves with how much of it that took. */
async function stopping(rig: Rig): Promise<number> {
  const begun = rig.clock.now()
  await rig.stop(graceMs)
  return rig.clock.now() - begun
}

test('stopping does not wait for people, and the answer after the start reaches the turn', async () => {
  const agent = new LastingAgent()
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  await rig.settle()
  const took = await stopping(rig)
  assert.ok(took < 1000, `it took ${took} ms`)
  await rig.start()
  assert.deepEqual(await rig.states(), ['waiting'])
  assert.equal((await rig.store.approvals.find('q1'))?.state, 'open')
  await rig.chat.hearsNothingMore()
  await rig.chat.says('yes 1')
  await rig.chat.hears('work: once')
  await rig.chat.hearsNothingMore()
  assert.deepEqual([agent.turns.length, agent.resumed.length], [1, 1])
  const [run] = await rig.runs()
  assert.equal(run?.attempt, 1)
})

test('a turn that was taken up again is left as readily as one that was begun', async () => {
  const agent = new LastingAgent()
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  for (let time = 0; time < 4; time += 1) {
    await rig.settle()
    const took = await stopping(rig)
    assert.ok(took < 1000, `it took ${took} ms`)
    await rig.start()
  }
  await rig.chat.says('yes 1')
  await rig.chat.hears('work: once')
  assert.deepEqual([agent.turns.length, agent.resumed.length], [1, 4])
})

test('an agent that ends with the gateway is given the whole grace', async () => {
  await using rig = await startRig({ runtime: new LastingAgent(false) })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  await rig.settle()
  assert.ok((await stopping(rig)) >= graceMs)
  await rig.start()
})

test('what works finishes in its grace beside what waits', async () => {
  const agent = new LastingAgent()
  agent.script = (words, turn) => (words === 'think' ? agent.holds : agent.works(words, turn))
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  const ben = rig.direct({ id: '2', name: 'Ben' })
  await ben.says('think')
  await agent.begun('think')
  const stopped = stopping(rig)
  await rig.hears('run.changed', ({ state, runId }) => state === 'queued' && runId === 'r1')
  agent.finish('think', 'thought')
  assert.ok((await stopped) < graceMs)
  await ben.hears('thought')
  await rig.start()
  assert.deepEqual(await rig.states(), ['waiting', 'completed'])
})

test('what begins to wait while the gateway stops is left then', async () => {
  const agent = new LastingAgent()
  agent.script = () => agent.holds
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const turn = await agent.begun('work')
  const stopped = stopping(rig)
  await rig.settle()
  agent.finish('work', agent.works('work', turn))
  const took = await stopped
  assert.ok(took < 5000, `it took ${took} ms`)
  await rig.start()
  await rig.chat.hears(/May I/)
  await rig.chat.says('yes 1')
  await rig.chat.hears('work: once')
  await rig.chat.hearsNothingMore()
})

test('what a tool of the gateway asked is given the grace: its call ends with the process', async () => {
  const agent = new LastingAgent()
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  await rig.settle()
  const run = rig.core.dispatcher.active().get('r1')?.run
  assert.ok(run)
  const { asking } = rig.core
  const id = asking.toolRequestId()
  const asker = { respond: async () => true }
  assert.ok(await asking.ask(run, { ...permission, id, title: 'Which?' }, asker))
  assert.ok((await stopping(rig)) >= graceMs)
  await rig.start()
})
