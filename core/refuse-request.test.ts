import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { fails, plain, ScriptedRuntime, streams } from '../test/fakes/scripted-runtime.ts'
import { RuntimeError } from './errors.ts'
import type { RuntimeRequest } from './runtime-port.ts'

const request: RuntimeRequest = {
  id: 'per_1',
  kind: 'permission',
  title: 'bash: rm x',
  options: [
    { id: 'once', label: 'Allow' },
    { id: 'reject', label: 'Deny' },
  ],
  defaultOption: 'reject',
  takesText: false,
}

test('what an agent asks is refused at once, with a word, and the turn goes on', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = {
    work: streams([{ type: 'request', request }], async function* () {
      const answer = await runtime.answered('per_1')
      assert.ok('option' in answer && answer.option === 'reject' && answer.note)
      yield { type: 'request-closed', id: 'per_1' }
      yield { type: 'done', reply: plain('done without') }
    }),
  }
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.chat.hears('done without')
  await rig.chat.hearsNothingMore()
})

test('a turn lost under way is asked for once more, as interrupted, and answered once', async () => {
  const lost = fails(new RuntimeError('lost', 'The agent has died.', { isRetryable: true }))
  const runtime = new ScriptedRuntime((_, turn) =>
    turn.isInterrupted
      ? plain('done after all')
      : streams(
          [
            { type: 'accepted', promptId: 'p1' },
            { type: 'text', delta: 'Half' },
          ],
          lost,
        ),
  )
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.chat.hears('done after all')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(
    runtime.turns.map(({ isInterrupted, attempt }) => [isInterrupted, attempt]),
    [
      [false, 1],
      [true, 1],
    ],
  )
})
