import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { fails, ignoresAbort, ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import { RuntimeError } from './errors.ts'

const refused = fails(new RuntimeError('refused', 'The model said no.', { isRetryable: false }))

test('/stop works while the agent hangs and ignores its abort', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: ignoresAbort }) })
  await rig.chat.says('work')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.pass(6000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['cancelled'])
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('an answer that comes after /stop is not sent', async () => {
  const late = async function* (_: unknown, signal: AbortSignal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    yield { type: 'done', reply: { text: 'half an answer', format: 'plain' } } as const
  }
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: late }) })
  await rig.chat.says('work')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['cancelled'])
})

test('/stop cancels what runs and what waits, and says how much', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  for (const text of ['work', 'second', 'third']) await rig.chat.says(text)
  await runtime.begun('work')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped; 2 waiting messages are cancelled too.')
  await rig.settle()
  assert.deepEqual(await rig.states(), ['cancelled', 'cancelled', 'cancelled'])
  const ended = rig.said.filter(
    (event) => event.type === 'run.changed' && event.state === 'cancelled',
  )
  assert.equal(ended.length, 3, 'everybody who follows the runs hears of every end')
  await rig.chat.says('/stop')
  await rig.chat.hears('Nothing is running.')
})

test('/new cancels what runs, and the next turn knows nothing of before', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words === 'work' ? runtime.holds : 'fine')
  await using rig = await startRig({ runtime })
  await rig.chat.says('hello')
  await rig.chat.hears('fine')
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('/new')
  await rig.chat.hears(/A fresh start/)
  await rig.chat.says('who am I?')
  await rig.chat.hears('fine')
  const [first, , last] = runtime.turns
  assert.ok(first && last)
  assert.equal(last.session.generation, first.session.generation + 1)
  assert.deepEqual(await last.history(10), [])
  assert.deepEqual(await rig.states(), ['completed', 'cancelled', 'completed'])
})

test('/status tells what runs, what waits and how', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.says('/status')
  await rig.chat.hears(
    /^Agent main \(scripted\)\. Queue mode: followup\.\nNothing is running\. Nothing is waiting\./,
  )
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('more')
  await rig.pass(3000)
  await rig.chat.says('/status')
  await rig.chat.hears(/Working on an answer for 3 s\. One turn is waiting\./)
})

test('/why tells what became of the last message, or of the one it replies to', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ bad: refused }) })
  await rig.chat.says('/why')
  await rig.chat.hears('I have not seen a message here yet.')
  const good = await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  await rig.chat.says('bad')
  await rig.chat.hears(/My agent refused the request.*trace r2/)
  await rig.chat.says('/why')
  await rig.chat.hears('I could not answer it; /retry tries again. (trace r2)')
  await rig.chat.says('/why', { repliesTo: good })
  await rig.chat.hears('I have answered it. (trace r1)')
})

test('/queue sets the mode of this session alone, over restarts', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const other = rig.direct({ id: '2' })
  await rig.chat.says('/queue followup')
  await rig.chat.hears(/handled as: followup/)
  await rig.restarts()
  await rig.chat.says('/queue')
  await rig.chat.hears(/handled as: followup/)
  await other.says('/queue')
  await other.hears(/handled as: collect/)
})

test('/retry runs the last failed message again, with what it said', async () => {
  const runtime = new ScriptedRuntime({ work: refused })
  await using rig = await startRig({ runtime })
  await rig.chat.says('/retry')
  await rig.chat.hears('There is nothing to try again.')
  await rig.chat.says('work')
  await rig.chat.hears(/refused/)
  runtime.script = { work: 'done' }
  await rig.chat.says('/retry')
  await rig.chat.hears('Trying again.')
  await rig.chat.hears('done')
  await rig.chat.says('/retry')
  await rig.chat.hears('There is nothing to try again.')
})

test('a command that comes late is told and not run', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('/stop', { sentAt: rig.clock.now() - 61_000 })
  await rig.chat.hears(/^\/stop reached me 61 s late, so I did not run it\./)
  assert.deepEqual(await rig.states(), ['running'])
  await rig.chat.says('/stop', { sentAt: rig.clock.now() - 59_000 })
  await rig.chat.hears('Stopped.')
})

test('a command that is edited never runs again, and a message edited into one is none', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime })
  const help = await rig.chat.says('/help')
  await rig.chat.hears(/I understand/)
  await rig.chat.says('work')
  await runtime.begun('work')
  const queued = await rig.chat.says('later')
  await rig.chat.edits(help, '/stop')
  await rig.chat.edits(queued, '/stop')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['running', 'queued'])
})

test('a command is answered in the sender’s language, in the chat and thread it came from', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const thread = rig.group('g', 't').as({ id: '3', language: 'de-AT' })
  const other = rig.group('g')
  await thread.says('/stop', { addressed: 'command' })
  await thread.hears('Es läuft nichts.')
  await other.hearsNothingMore()
})

test('a command in a group that was not meant for the bot is left alone', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const group = rig.group('g')
  await group.says('/stop')
  await group.hearsNothingMore()
})

test('a command of somebody who may not talk to the agent does nothing', async () => {
  const policies = new Map([['fake', { ...openPolicy, dm: 'allowlist' as const }]])
  await using rig = await startRig({ runtime: new ScriptedRuntime(), settings: { policies } })
  await rig.chat.says('/status')
  await rig.chat.presses('q1:yes')
  await rig.chat.hearsNothingMore()
})
