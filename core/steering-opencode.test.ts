import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenCodeRuntime } from '../test/fakes/opencode-runtime.ts'
import { startRig } from '../test/fakes/rig.ts'
import { OpenCodeServer } from '../test/servers/opencode.ts'
import type { AgentRuntime, RuntimeEvent } from './runtime-port.ts'

const queue = { mode: 'steer' } as const

/** The runtime of one life of the gateway: once it `dies` nothing comes from it, until the test is over. */
function mortal(url: string, dies: AbortSignal, isOver: Promise<void>): AgentRuntime {
  const runtime = makeOpenCodeRuntime(url)
  async function* living(events: AsyncIterable<RuntimeEvent>): AsyncGenerator<RuntimeEvent> {
    for await (const event of events) {
      if (dies.aborted) return await isOver
      yield event
    }
  }
  return {
    name: runtime.name,
    execute: (turn, signal) => living(runtime.execute(turn, signal)),
    resume: (turn, signal) => living(runtime.resume(turn, signal)),
    steer: (runId, message) => runtime.steer(runId, message),
  }
}

/** OpenCode writes `It rains.` and waits. */
function raining(server: OpenCodeServer): () => void {
  const { promise: until, resolve } = Promise.withResolvers<void>()
  const text = { type: 'text', text: 'It rains.' } as const
  server.when('the weather', text, { type: 'wait', until })
  server.when('And tomorrow?', { type: 'text', text: 'Tomorrow too.' })
  return resolve
}

test('what is written while OpenCode answers is answered below, in the same message', async () => {
  await using server = await OpenCodeServer.start()
  const goesOn = raining(server)
  await using rig = await startRig({ runtime: makeOpenCodeRuntime(server.url), queue })
  await rig.chat.says('How is the weather?')
  await server.prompt('the weather')
  await rig.chat.says('And tomorrow?')
  await rig.hears('message.noted')
  goesOn()
  await rig.chat.hears('It rains.\n\nTomorrow too.')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed', 'superseded'])
  assert.deepEqual(server.refusals, [])
})

for (const moment of ['before it is posted', 'after it is posted', 'once it is taken'] as const) {
  for (const answer of ['while OpenCode works', 'when it has answered'] as const) {
    test(`killed ${moment}, back ${answer}: it is heard once and answered once`, async () => {
      await using server = await OpenCodeServer.start()
      const goesOn = raining(server)
      const life = new AbortController()
      const end = Promise.withResolvers<void>()
      const runtime = mortal(server.url, life.signal, end.promise)
      await using rig = await startRig({ runtime, queue })
      const { steering } = rig.store
      const never = () => new Promise<never>(() => undefined)
      if (moment === 'before it is posted') runtime.steer = never
      if (moment === 'after it is posted') {
        steering.settle = never
        steering.confirm = never
      }
      await rig.chat.says('How is the weather?')
      const prompt = await server.prompt('the weather')
      await rig.chat.says('And tomorrow?')
      if (moment === 'once it is taken') await rig.hears('message.noted')
      else if (moment === 'after it is posted') await server.prompt('And tomorrow?')
      else await rig.settle()
      life.abort()
      await rig.dies()
      rig.runtimes.set('main', makeOpenCodeRuntime(server.url))
      if (answer === 'when it has answered') {
        goesOn()
        await server.idle(prompt)
      }
      await rig.start()
      if (answer === 'while OpenCode works') goesOn()
      if (moment === 'before it is posted') {
        await rig.chat.hears('It rains.')
        await rig.chat.hears('Tomorrow too.')
      } else {
        await rig.chat.hears('It rains.\n\nTomorrow too.')
      }
      await rig.chat.hearsNothingMore()
      const said = server.prompts.filter(({ text }) => text.includes('And tomorrow?'))
      assert.equal(said.length, 1)
      end.resolve()
    })
  }
}
