import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { fails, ignoresAbort, ScriptedRuntime, streams } from '../test/fakes/scripted-runtime.ts'
import { RuntimeError, StoreError } from './errors.ts'

/** An agent that accepts the prompt for `work` and then thinks. */
function accepting(options: ConstructorParameters<typeof ScriptedRuntime>[1] = {}) {
  const runtime = new ScriptedRuntime({}, options)
  runtime.script = { work: streams([{ type: 'accepted', promptId: 'p1' }], runtime.holds) }
  return runtime
}

test('after a crash an agent that can be asked is asked, and the prompt is not sent again', async () => {
  const runtime = accepting({ resume: 'finished meanwhile' })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.settle()
  await rig.dies()
  await rig.start()
  await rig.chat.hears('finished meanwhile')
  await rig.chat.hearsNothingMore()
  assert.equal(runtime.turns.length, 1)
  const [turn] = runtime.resumed
  assert.deepEqual([turn?.promptId, turn?.isInterrupted], ['p1', false])
})

test('a turn that goes on through many crashes costs one attempt', async () => {
  const runtime = accepting({ resume: streams([{ type: 'text', delta: 'on' }], ignoresAbort) })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.settle()
  for (let crash = 1; crash <= 6; crash += 1) {
    await rig.dies()
    await rig.start()
    await rig.settle()
    assert.equal(runtime.resumed.length, crash)
  }
  const { items } = await rig.store.views.runs({ limit: 1 })
  assert.deepEqual([items[0]?.state, items[0]?.attempt], ['running', 1])
  assert.equal(runtime.turns.length, 1)
})

test('a turn the agent has lost is begun anew, once, and told to have been interrupted', async () => {
  const lost = fails(new RuntimeError('lost', 'No such turn.', { isRetryable: true }))
  const runtime = accepting({ resume: lost })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.settle()
  await rig.dies()
  await rig.start()
  await runtime.hasBegun(2)
  runtime.finish('work', 'done')
  await rig.chat.hears('done')
  const [, again] = runtime.turns
  assert.deepEqual([again?.promptId, again?.isInterrupted], [undefined, true])
})

test('an agent that cannot be asked is told that it was interrupted', async () => {
  const runtime = accepting()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.settle()
  await rig.dies()
  await rig.start()
  await runtime.hasBegun(2)
  assert.equal(runtime.turns[1]?.isInterrupted, true)
  runtime.finish('work', 'done')
  await rig.chat.hears('done')
  await rig.chat.hearsNothingMore()
})

test('a run that takes the process down with it every time is given up', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  for (let crash = 1; crash <= 3; crash += 1) {
    await runtime.hasBegun(crash)
    await rig.dies()
    await rig.start()
  }
  await rig.chat.hears(/^I was interrupted several times while working on this and gave up\./)
  assert.equal(runtime.turns.length, 3)
  assert.deepEqual(await rig.states(), ['failed'])
})

test('/stop before a crash counts after it', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = {
    work: async function* () {
      await new Promise(() => undefined)
      yield* []
    },
  }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.dies()
  await rig.start()
  await rig.chat.hearsNothingMore()
  assert.equal(runtime.turns.length, 1)
  assert.deepEqual(await rig.states(), ['cancelled'])
})

test('an answer that was ready when the process died is sent once', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.onSend = () => new Promise(() => undefined)
  rig.channel.onReconcile = () => ({ outcome: 'not-sent' })
  await rig.chat.says('work')
  await rig.settle()
  await rig.dies()
  rig.channel.onSend = () => undefined
  await rig.start()
  await rig.pass(2000)
  await rig.chat.hears('re: work')
  await rig.chat.hearsNothingMore()
})

test('a lease is kept for as long as the run lasts', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.pass(300_000)
  runtime.finish('work', 'at last')
  await rig.chat.hears('at last')
})

test('whoever loses the lease loses the right to answer', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  // Another process takes the run over, as it would after this one stood still for too long.
  await rig.store.runs.recover('another process', rig.clock.now())
  await rig.pass(12_000)
  await runtime.hasBegun(2)
  runtime.finish('work', 'the answer')
  await rig.chat.hears('the answer')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed'])
})

test('stopping lets a run finish that needs less than the grace', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  void rig.clock.sleep(5000).then(() => runtime.finish('work', 'just in time'))
  await rig.stop(25_000)
  await rig.chat.hears('just in time')
  await rig.start()
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed'])
})

test('stopping puts back what needs longer, with its attempt, and it goes on after the start', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime, queue: { maxAttempts: 1 } })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.stop(2000)
  runtime.script = { work: 'done' }
  await rig.start()
  await rig.chat.hears('done')
  assert.deepEqual(
    runtime.turns.map(({ attempt }) => attempt),
    [1, 1],
  )
})

test('a turn that was put back after its prompt was accepted is told to have been interrupted', async () => {
  const runtime = accepting()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.settle()
  await rig.restarts()
  await runtime.hasBegun(2)
  assert.equal(runtime.turns[1]?.isInterrupted, true)
})

test('what is queued when it stops is begun by the next start', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('hello')
  await rig.restarts()
  await rig.pass(700)
  await rig.chat.hears('re: hello')
})

test('while its file cannot be stored a long answer waits, and then arrives', async () => {
  const text = 'A sentence of an answer that does not end. '.repeat(4800)
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: text }) })
  const folder = join(rig.dir, 'attachments')
  await rename(folder, `${folder}.away`)
  await writeFile(folder, 'in the way')
  await rig.chat.says('work')
  await rig.hears('fault', ({ error }) => error instanceof StoreError)
  await rig.chat.hearsNothingMore()
  await rm(folder)
  await rename(`${folder}.away`, folder)
  await rig.pass(20_000)
  await rig.chat.hearsSomething()
  assert.ok((await rig.chat.hearsSomething()).delivery.chunk.file)
  assert.ok(rig.faults().length > 0)
})
