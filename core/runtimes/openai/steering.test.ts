import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { McpHttpServer } from '../../../test/servers/mcp.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import type { RuntimeEvent, TurnMessage } from '../../runtime-port.ts'
import type { OpenAiOptions } from './runtime.ts'
import { Steering } from './steering.ts'

const message = (text: string): TurnMessage => {
  const [first] = makeTurn({ messages: [text] }).messages
  assert.ok(first)
  return first
}

async function makeRig(options: Partial<OpenAiOptions> = {}) {
  const model = await ModelServer.start()
  const mcp = await McpHttpServer.start()
  const toolServers = () => [{ name: 'web', url: mcp.url, headers: {} }]
  const runtime = makeOpenAiRuntime(model.url, { toolServers, ...options })
  return {
    ...{ model, runtime },
    [Symbol.asyncDispose]: async () => {
      await runtime.close()
      await Promise.all([model.close(), mcp.close()])
    },
  }
}

const call = {
  type: 'tools',
  calls: [{ name: 'web_repeat_text', arguments: { text: 'x' } }],
} as const

test('what is said into a turn is part of its next step', async () => {
  await using rig = await makeRig()
  rig.model.next(call, { type: 'text', text: 'Blue, then.' })
  const events: RuntimeEvent[] = []
  const taken: boolean[] = []
  for await (const event of rig.runtime.execute(makeTurn(), new AbortController().signal)) {
    events.push(event)
    if (event.type !== 'tool' || event.state !== 'running') continue
    taken.push(await rig.runtime.steer('r1', message('In blue, please')))
    taken.push(await rig.runtime.steer('r2', message('Of another turn')))
  }
  assert.deepEqual(taken, [true, false])
  const { body, lastUserText } = await rig.model.request(2)
  assert.equal(lastUserText, '[Said while you were at work:]\n\nIn blue, please')
  assert.deepEqual(
    body.messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'tool', 'user'],
  )
  assert.equal(await rig.runtime.steer('r1', message('Too late')), false)
})

test('what is said while the answer is written is answered in a step of its own', async () => {
  await using rig = await makeRig()
  const { promise: rest, resolve: finish } = Promise.withResolvers<void>()
  async function* pieces() {
    yield 'It rains.'
    await rest
  }
  rig.model.next({ type: 'paced', pieces: pieces() }, { type: 'text', text: 'Tomorrow too.' })
  let text = ''
  for await (const event of rig.runtime.execute(makeTurn(), new AbortController().signal)) {
    if (event.type === 'text' && text === '') {
      assert.equal(await rig.runtime.steer('r1', message('And tomorrow?')), true)
      finish()
    }
    if (event.type === 'text') text += event.delta
  }
  assert.equal(text, 'It rains.\n\nTomorrow too.')
  const { body } = await rig.model.request(2)
  assert.deepEqual(
    body.messages.slice(1).map(({ role }) => role),
    ['user', 'assistant', 'user'],
  )
})

test('nothing is taken once the last step has begun', async () => {
  await using rig = await makeRig({ maxSteps: 2 })
  rig.model.next(call, { type: 'text', text: 'Done.' })
  const taken: boolean[] = []
  for await (const event of rig.runtime.execute(makeTurn(), new AbortController().signal)) {
    if (event.type === 'tool' && event.state === 'running') {
      taken.push(await rig.runtime.steer('r1', message('In time')))
    }
    if (event.type === 'text') taken.push(await rig.runtime.steer('r1', message('Too late')))
  }
  assert.deepEqual(taken, [true, false])
  const { lastUserText } = await rig.model.request(2)
  assert.match(lastUserText, /In time\n\n\[This is your last step/)
  const single = makeOpenAiRuntime(rig.model.url, { maxSteps: 1 })
  for await (const event of single.execute(makeTurn(), new AbortController().signal)) {
    if (event.type === 'text') assert.equal(await single.steer('r1', message('No')), false)
  }
})

test('a turn takes so many messages and no more', () => {
  const steering = new Steering()
  const taken = Array.from({ length: 30 }, (_, index) => steering.add(message(`${index}`)))
  assert.equal(taken.filter(Boolean).length, 20)
  assert.equal(steering.tryEnd(), false)
  assert.equal(steering.take().length, 20)
  assert.equal(steering.tryEnd(), true)
  assert.equal(steering.add(message('late')), false)
})

test('the files of the workspace are part of the system prompt, personal ones in direct chats alone', async () => {
  await using rig = await makeRig()
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-openai-'))
  try {
    await writeFile(join(folder, 'SOUL.md'), 'You are a jackdaw.')
    await writeFile(join(folder, 'USER.md'), 'Ana lives in Lisbon.')
    const runtime = makeOpenAiRuntime(rig.model.url, {
      instructions: 'Be kind.',
      workspace: { folder, formatDay: () => '2026-01-01' },
    })
    await runTurn(runtime, makeTurn())
    await runTurn(runtime, makeTurn({ chatKind: 'group' }))
    const [direct, group] = rig.model.requests.map(({ systemText }) => systemText)
    assert.match(direct ?? '', /Be kind\.\n\n# Files of your workspace\n\n## SOUL\.md\n\nYou are/)
    assert.match(direct ?? '', /## USER\.md\n\nAna lives in Lisbon\.$/)
    assert.match(group ?? '', /You are a jackdaw\.$/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
