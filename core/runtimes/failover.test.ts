import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { runTurn } from '../../test/fakes/run-turn.ts'
import { makeTurn } from '../../test/fakes/turn.ts'
import { RuntimeError } from '../errors.ts'
import type { AgentRuntime, RuntimeEvent, Turn } from '../runtime-port.ts'
import { FailoverRuntime } from './failover.ts'

const done = (text: string): RuntimeEvent => ({ type: 'done', reply: { text, format: 'plain' } })
const accepted = (promptId: string): RuntimeEvent => ({ type: 'accepted', promptId })
const failure = (code: string, isRetryable = true) =>
  new RuntimeError(code, `It is ${code}.`, { isRetryable })

/** An agent of our own that says what `script` says, and fails where that is an error. */
class Agent implements AgentRuntime {
  readonly name = 'scripted'
  readonly seen: Turn[] = []
  script: readonly (RuntimeEvent | RuntimeError)[] = []

  async *execute(turn: Turn): AsyncGenerator<RuntimeEvent> {
    this.seen.push(turn)
    for (const one of this.script) {
      if (one instanceof RuntimeError) throw one
      yield one
    }
  }

  async *resume(turn: Turn): AsyncGenerator<RuntimeEvent> {
    yield* this.execute(turn)
  }
}

function makeRig() {
  const clock = new ManualClock()
  const [main, backup] = [new Agent(), new Agent()]
  main.script = [accepted('m1'), done('main')]
  backup.script = [accepted('b1'), done('backup')]
  const runtime = new FailoverRuntime({
    clock,
    members: [
      { agent: 'main', runtime: () => main },
      { agent: 'backup', runtime: () => backup },
    ],
  })
  const answer = async (turn = makeTurn()) => {
    const last = (await runTurn(runtime, turn)).at(-1)
    return last?.type === 'done' ? last.reply.text : undefined
  }
  return { clock, main, backup, runtime, answer }
}

test('while the agent works, nobody else is asked and nothing is changed', async () => {
  const { runtime, backup } = makeRig()
  const events = await runTurn(runtime, makeTurn())
  assert.deepEqual(events, [accepted('m1'), done('main')])
  assert.equal(backup.seen.length, 0)
})

test('an agent that does not work is left alone for a growing time', async () => {
  const { clock, main, answer, runtime } = makeRig()
  main.script = [failure('unreachable')]
  const events = await runTurn(runtime, makeTurn())
  const note = 'main does not work (unreachable); backup takes over.'
  assert.deepEqual(events, [
    { type: 'note', text: note },
    accepted('failover:backup:b1'),
    done('backup'),
  ])
  assert.match((await runtime.health(new AbortController().signal)).detail, /^backup serves/)
  const asked: number[] = []
  for (const ms of [9_999, 1, 19_999, 1]) {
    await clock.advance(ms)
    assert.equal(await answer(), 'backup')
    asked.push(main.seen.length)
  }
  assert.deepEqual(asked, [1, 2, 2, 3])
  main.script = [done('main')]
  await clock.advance(300_000)
  assert.equal(await answer(), 'main')
})

test('a prompt goes to no other agent while the first may be at work on it', async () => {
  for (const code of ['lost', 'stalled']) {
    const { main, backup, answer } = makeRig()
    main.script = [accepted('m1'), failure(code)]
    await assert.rejects(answer(), { code })
    await assert.rejects(answer(makeTurn({ isInterrupted: true })), { code })
    assert.deepEqual([main.seen.length, backup.seen.length], [2, 0])
    assert.equal(await answer(makeTurn({ runId: 'r2' })), 'backup')
  }
})

test('an accepted prompt whose turn has certainly ended moves on, unless something of it was seen', async () => {
  const ended = makeRig()
  ended.main.script = [accepted('m1'), failure('unavailable')]
  assert.equal(await ended.answer(), 'backup')
  const shown: RuntimeEvent[] = [
    { type: 'text', delta: 'Half' },
    { type: 'tool', name: 'send', state: 'running' },
  ]
  for (const event of shown) {
    const { main, backup, answer } = makeRig()
    main.script = [event, failure('unavailable')]
    await assert.rejects(answer(), { code: 'unavailable' })
    assert.equal(backup.seen.length, 0)
    // The next attempt finds the agent left alone.
    assert.equal(await answer(), 'backup')
  }
})

test('what another agent would refuse as well does not move on', async () => {
  const { main, backup, answer } = makeRig()
  main.script = [failure('content-filter', false)]
  await assert.rejects(answer(), { code: 'content-filter' })
  main.script = [failure('quota', false)]
  assert.equal(await answer(), 'backup')
  backup.script = [failure('unauthorized', false)]
  await assert.rejects(answer(), { code: 'quota' })
})

test('sessions and prompts go back to the agent they belong to, and to no other', async () => {
  const { main, backup, runtime, answer } = makeRig()
  const session = { ...makeTurn().session, runtimeSession: 'failover:backup:bs' }
  await answer(makeTurn({ session }))
  assert.equal(main.seen[0]?.session.runtimeSession, undefined)
  const turn = makeTurn({ session, promptId: 'failover:backup:b1' })
  const events: RuntimeEvent[] = []
  for await (const event of runtime.resume(turn, new AbortController().signal)) events.push(event)
  const { promptId, session: own } = backup.seen[0] ?? {}
  assert.deepEqual([promptId, own?.runtimeSession], ['b1', 'bs'])
  assert.deepEqual(events, [accepted('failover:backup:b1'), done('backup')])
})

test('whether a turn outlives the gateway is said by the agent that has it', async () => {
  const { main, backup, runtime } = makeRig()
  Object.assign(backup, { outlivesGateway: () => true })
  const turn = makeTurn()
  const seen: boolean[] = []
  const serves = async () => {
    for await (const _ of runtime.execute(turn, new AbortController().signal))
      seen.push(runtime.outlivesGateway(turn.runId))
  }
  await serves()
  main.script = [failure('unavailable')]
  await serves()
  assert.deepEqual([...new Set(seen.slice(0, 2)), ...seen.slice(-2)], [false, true, true])
  assert.equal(runtime.outlivesGateway(turn.runId), false)
})

test('a turn that cannot be taken up again is asked of its own agent', async () => {
  const { main, backup, runtime, answer } = makeRig()
  backup.script = [failure('lost')]
  const turn = makeTurn({ promptId: 'failover:backup:b1' })
  await assert.rejects(async () => {
    for await (const _ of runtime.resume(turn, new AbortController().signal)) assert.fail()
  })
  backup.script = [done('backup')]
  assert.equal(await answer(makeTurn({ isInterrupted: true })), 'backup')
  assert.equal(main.seen.length, 0)
})
