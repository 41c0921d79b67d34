import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenAiRuntime } from '../test/fakes/openai-runtime.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ModelServer } from '../test/servers/model.ts'

test('what is written while a model answers is answered below, in the same message', async () => {
  await using model = await ModelServer.start()
  const runtime = makeOpenAiRuntime(model.url)
  const { promise: rest, resolve: goesOn } = Promise.withResolvers<void>()
  async function* pieces() {
    yield 'It rains.'
    await rest
  }
  model.next({ type: 'paced', pieces: pieces() }, { type: 'text', text: 'Tomorrow too.' })
  await using rig = await startRig({ runtime, queue: { mode: 'steer' } })
  await rig.chat.says('How is the weather?')
  await model.request(1)
  await rig.chat.says('And tomorrow?')
  await rig.hears('message.noted')
  goesOn()
  await rig.chat.hears('It rains.\n\nTomorrow too.')
  await rig.chat.hearsNothingMore()
  const { lastUserText } = await model.request(2)
  assert.match(lastUserText ?? '', /And tomorrow\?/)
  assert.deepEqual(await rig.states(), ['completed', 'superseded'])
  await runtime.close()
})
