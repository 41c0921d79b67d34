import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ignoresAbort, ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'

test('a message is answered', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ ping: 'pong' }) })
  await rig.chat.says('ping')
  await rig.chat.hears('pong')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed'])
})

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
