import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import type { RuntimeCatalog } from '../../runtime-port.ts'
import type { OpenAiRuntime } from './runtime.ts'

async function known(runtime: OpenAiRuntime): Promise<RuntimeCatalog> {
  for (const limit = AbortSignal.timeout(10_000); !limit.aborted; await turnOfTheLoop()) {
    const catalog = runtime.catalog()
    if (catalog) return catalog
  }
  throw new Error('The catalog stays unknown.')
}

test('the models of the endpoint are known soon after the first look', async () => {
  await using model = await ModelServer.start({ models: ['one', 'acme/two'], apiKey: 'k' })
  const runtime = makeOpenAiRuntime(model.url, { apiKey: 'k' })
  assert.equal(runtime.catalog(), undefined)
  assert.deepEqual(await known(runtime), {
    models: [
      { id: 'one', label: 'one' },
      { id: 'acme/two', label: 'acme/two' },
    ],
    modes: [],
  })
})

test('a session is answered by the model it chose, others by the configured one', async () => {
  await using model = await ModelServer.start({ models: ['scripted-1', 'other'] })
  const runtime = makeOpenAiRuntime(model.url)
  await runTurn(runtime, makeTurn({ choices: { model: 'other' } }))
  await runTurn(runtime, makeTurn({ choices: {} }))
  assert.deepEqual(
    model.requests.map(({ body }) => body.model),
    ['other', 'scripted-1'],
  )
})
