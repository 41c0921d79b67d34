import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { McpHttpServer } from '../../../test/servers/mcp.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import type { ChatMessage } from '../../../test/servers/model-request.ts'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent } from '../../runtime-port.ts'
import type { ToolServer } from '../tool-server.ts'
import type { OpenAiOptions } from './runtime.ts'

const program = fileURLToPath(new URL('../../../test/servers/mcp-stdio.ts', import.meta.url))
const child: ToolServer = {
  name: 'own',
  command: [process.execPath, program],
  cwd: tmpdir(),
  env: {},
}

/** A scripted model with the tools of a server of our own. */
async function makeRig(
  options: Partial<OpenAiOptions> & { readonly others?: readonly ToolServer[] } = {},
) {
  const model = await ModelServer.start()
  const mcp = await McpHttpServer.start()
  const clock = new ManualClock()
  const { others = [], ...rest } = options
  const web = { name: 'web', url: mcp.url, headers: {} }
  const runtime = makeOpenAiRuntime(model.url, {
    clock,
    toolServers: () => [web, ...others],
    ...rest,
  })
  return {
    ...{ model, mcp, clock, runtime },
    [Symbol.asyncDispose]: async () => {
      await runtime.close()
      await Promise.all([model.close(), mcp.close()])
    },
  }
}

const repeat = (text: string, times?: number) => ({
  name: 'web_repeat_text',
  arguments: { text, ...(times === undefined ? {} : { times }) },
})

function reply(events: readonly RuntimeEvent[]): string {
  const last = events.at(-1)
  assert.equal(last?.type, 'done')
  assert.equal(
    events.map((event) => (event.type === 'text' ? event.delta : '')).join(''),
    last.reply.text,
  )
  return last.reply.text
}

const toolEvents = (events: readonly RuntimeEvent[]) =>
  events.flatMap((event) => (event.type === 'tool' ? [`${event.state} ${event.title}`] : []))

const results = (messages: readonly ChatMessage[] = []) =>
  messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))

const isFailure = (code: string, isRetryable: boolean) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && error.isRetryable === isRetryable

test('the model uses a tool, its result goes back, and the texts of all steps are the answer', async () => {
  await using rig = await makeRig()
  rig.model.next(
    { type: 'tools', text: 'Let me see.', calls: [repeat('42')] },
    { type: 'text', text: 'It is 42.' },
  )
  const events = await runTurn(rig.runtime, makeTurn())
  assert.deepEqual(events, [
    { type: 'text', delta: 'Let me see.' },
    { type: 'usage', usage: { model: 'scripted-1', inputTokens: 11, outputTokens: 7 } },
    { type: 'tool', name: 'web_repeat_text', state: 'running', title: 'Repeat a text: 42' },
    { type: 'tool', name: 'web_repeat_text', state: 'completed', title: 'Repeat a text: 42' },
    { type: 'text', delta: '\n\nIt is 42.' },
    { type: 'usage', usage: { model: 'scripted-1', inputTokens: 11, outputTokens: 7 } },
    { type: 'done', reply: { text: 'Let me see.\n\nIt is 42.', format: 'markdown' } },
  ])
  const [first, second] = rig.model.requests
  assert.deepEqual(
    first?.body.tools?.map((tool) => tool.function.name),
    ['web_repeat_text', 'web_fail', 'web_show_picture', 'web_hang', 'web_look'],
  )
  assert.match(first?.systemText ?? '', /You have tools.*\n\n## Tools of web\n\nPrefer/s)
  assert.deepEqual(results(second?.body.messages), ['42'])
  assert.deepEqual(rig.model.refusals, [])
})

test('calls of one step run at once, and each result goes to its call', async () => {
  await using rig = await makeRig({ others: [child] })
  const calls = [
    repeat('a'),
    { name: 'own_repeat_text', arguments: { text: 'b' } },
    { name: 'web_fail', arguments: {} },
    { name: 'web_show_picture', arguments: {} },
    { name: 'nowhere', arguments: {} },
    { name: 'web_repeat_text', arguments: '{"text": oops' },
  ]
  rig.model.next({ type: 'tools', calls }, { type: 'text', text: 'Done.' })
  const events = await runTurn(rig.runtime, makeTurn())
  assert.equal(reply(events), 'Done.')
  assert.deepEqual(results(rig.model.requests[1]?.body.messages), [
    'a',
    'b',
    'The disk is full.',
    'Here it is:\n\n[image/png: you cannot see it]',
    'There is no such tool.',
    'The arguments are not valid JSON for this tool. Nothing was done.',
  ])
  const failed = toolEvents(events).filter((line) => line.startsWith('failed'))
  assert.deepEqual(failed.sort(), [
    'failed Fail (The disk is full.)',
    'failed Repeat a text (The arguments are not valid JSON for this tool. Nothing was done.)',
    'failed nowhere (There is no such tool.)',
  ])
})

test('a tool server that is absent is told, and the turn goes on without it', async () => {
  const absent = { name: 'gone', command: ['/nowhere/tool'], cwd: tmpdir(), env: {} }
  await using rig = await makeRig({ others: [absent] })
  const events = await runTurn(rig.runtime, makeTurn({ messages: ['Hello'] }))
  assert.match(reply(events), /Hello$/)
  assert.deepEqual(toolEvents(events), [
    'failed The tool server gone is not complete: It cannot be started (ENOENT).',
  ])
})

test('a server that dies in a call is the result of that call', async () => {
  await using rig = await makeRig({ others: [child] })
  rig.model.next(
    { type: 'tool', name: 'own_die', arguments: {} },
    { type: 'tool', name: 'own_repeat_text', arguments: { text: 'alive' } },
    { type: 'text', text: 'It is back.' },
  )
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'It is back.')
  const [died, alive] = results(rig.model.requests[2]?.body.messages)
  assert.match(String(died), /^It has ended/)
  assert.equal(alive, 'alive')
})

test('the last step allowed is asked for an answer and can use no tools', async () => {
  await using rig = await makeRig({ maxSteps: 3 })
  const call = { type: 'tools', calls: [repeat('again')] } as const
  rig.model.next(call, call, { type: 'text', text: 'That is all I have.' })
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'That is all I have.')
  assert.deepEqual(
    rig.model.requests.map(({ body }) => body.tool_choice),
    ['auto', 'auto', 'none'],
  )
  assert.match(rig.model.requests[2]?.lastUserText ?? '', /^\[This is your last step/)
})

test('a model that goes on calling at its limit is stopped there, and the answer says so', async () => {
  await using rig = await makeRig({ maxSteps: 3 })
  rig.model.when('', { type: 'tools', calls: [repeat('again')] })
  const events = await runTurn(rig.runtime, makeTurn())
  assert.equal(reply(events), '[The agent stopped here: it reached its limit of 3 steps.]')
  assert.equal(rig.model.requests.length, 3)
  assert.equal(rig.mcp.world.calls, 2)
  assert.equal(events.filter(({ type }) => type === 'usage').length, 3)
})

test('a turn of one step has no tools', async () => {
  await using rig = await makeRig({ maxSteps: 1 })
  assert.match(reply(await runTurn(rig.runtime, makeTurn())), /Hello$/)
  assert.equal(rig.model.requests[0]?.body.tools, undefined)
  assert.equal(rig.mcp.requests.length, 0)
})

test('text that a later step repeats is shown once, and thoughts are not shown', async () => {
  await using rig = await makeRig()
  rig.model.next(
    { type: 'tools', text: 'I look it up.', calls: [repeat('x')] },
    { type: 'tools', text: 'I look it up.', calls: [repeat('y')] },
    { type: 'tools', text: ' \n', calls: [repeat('z')] },
    { type: 'text', text: '<think>So x, y and z.</think>\n\nI look it up twice.', pieceLength: 3 },
  )
  const events = await runTurn(rig.runtime, makeTurn())
  assert.equal(reply(events), 'I look it up.\n\nI look it up twice.')
})

test('calls are carried out only when their step has come whole', async () => {
  await using rig = await makeRig()
  rig.model.next({ type: 'tools', calls: [repeat('x')], isCut: true })
  await assert.rejects(runTurn(rig.runtime, makeTurn()), isFailure('cut', true))
  assert.equal(rig.mcp.world.calls, 0)
})

test('after tools a failed step is asked again, and no failure repeats the whole turn', async () => {
  await using rig = await makeRig()
  const busy = { type: 'error', status: 503 } as const
  const call = { type: 'tools', calls: [repeat('x')] } as const
  rig.model.next(call, busy, { type: 'text', text: 'There you are.' })
  const events = runTurn(rig.runtime, makeTurn())
  await rig.model.request(2)
  await passed(rig.clock, events)
  assert.equal(reply(await events), 'There you are.')

  rig.model.next(call, busy, busy, busy)
  const failing = runTurn(rig.runtime, makeTurn())
  void passed(rig.clock, failing)
  await assert.rejects(failing, isFailure('unavailable', false))
  assert.equal(rig.mcp.world.calls, 2)
})

test('results that are too much for the model are cut, and older ones make room', async () => {
  await using rig = await makeRig({ contextTokens: 8_000, maxSteps: 12 })
  const calls = Array.from({ length: 8 }, () => ({
    type: 'tools' as const,
    calls: [repeat('long ', 20_000), repeat('long ', 20_000)],
  }))
  rig.model.next(...calls, { type: 'text', text: 'Enough.' })
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'Enough.')
  const sizes = rig.model.requests.map(({ body }) => JSON.stringify(body).length)
  assert.ok(Math.max(...sizes) < 24_000, `${sizes}`)
  const last = results(rig.model.requests.at(-1)?.body.messages).map(String)
  assert.match(last[0] ?? '', /^\[left out to make room/)
  assert.match(last.at(-1) ?? '', /^long long .*cut here/s)
})

test('a refusal of the length after tools leaves older results out and goes on', async () => {
  await using rig = await makeRig()
  const call = (text: string) => ({ type: 'tools' as const, calls: [repeat(text, 1_000)] })
  const tooLong = { type: 'error', status: 400, code: 'context_length_exceeded' } as const
  rig.model.next(call('a'), call('b'), tooLong, { type: 'text', text: 'Fits.' })
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'Fits.')
  const [older, newer] = results(rig.model.requests.at(-1)?.body.messages)
  assert.match(String(older), /^\[left out/)
  assert.equal(newer, 'b'.repeat(1_000))
})

test('a model that takes no tools is asked without them', async () => {
  await using rig = await makeRig()
  rig.model.next(
    { type: 'error', status: 400, message: 'scripted-1 does not support tools' },
    { type: 'text', text: 'Without, then.' },
  )
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'Without, then.')
  const [, second] = rig.model.requests
  assert.equal(second?.body.tools, undefined)
  assert.ok(!second?.systemText.includes('You have tools'))
})

test('a model that works and then says nothing has done its turn', async () => {
  await using rig = await makeRig()
  rig.model.next({ type: 'tools', calls: [repeat('x')] }, { type: 'text', text: '' })
  const events = await runTurn(rig.runtime, makeTurn())
  assert.equal(reply(events), '[The agent used its tools and said nothing.]')
})

test('an abort cancels the calls under way', async () => {
  await using rig = await makeRig({ others: [child] })
  rig.model.next({ type: 'tool', name: 'own_hang', arguments: {} })
  const stop = new AbortController()
  const events: RuntimeEvent[] = []
  for await (const event of rig.runtime.execute(makeTurn(), stop.signal)) {
    events.push(event)
    if (event.type === 'tool') stop.abort()
  }
  assert.ok(!events.some(({ type }) => type === 'done'))
  rig.model.next({ type: 'text', text: 'Next.' })
  assert.equal(reply(await runTurn(rig.runtime, makeTurn())), 'Next.')
})

/** Lets time pass until `work` is over. */
async function passed(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = work.then(
    () => undefined,
    () => undefined,
  )
  void over.then(() => {
    isOver = true
  })
  while (!isOver) {
    await clock.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
