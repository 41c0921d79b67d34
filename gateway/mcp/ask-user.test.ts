import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buttonsOf, type Chat } from '../../test/fakes/chat.ts'
import { ScriptedRuntime } from '../../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../../test/fakes/settings.ts'
import { callTool, startToolsRig, type ToolsRig } from '../../test/rigs/tools-rig.ts'

const colours = { question: 'Which colour?', options: ['Red', 'Blue'] }
const withOwner = {
  settings: { policies: new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]]) },
}

async function press(chat: Chat, expected: RegExp, index: number): Promise<void> {
  const button = buttonsOf(await chat.hears(expected))[index]
  assert.ok(button)
  await chat.presses(button)
}

function stateOf(tools: ToolsRig, id: string): Promise<string | undefined> {
  return tools.rig.store.approvals.find(id).then((row) => row?.state)
}

test('a question waits for its button, and the answer is the result', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1', name: 'Ana' })
  const { token } = await tools.begin(ana, 'work')
  const said = tools.call(token, 'ask_user', colours)
  await ana.hears(/My agent asks:\n\nWhich colour\?[\s\S]*1\. Red\n2\. Blue/)
  assert.deepEqual(await tools.rig.states(), ['waiting'])
  await ana.says('1 2')
  assert.deepEqual(await said, { text: 'The answer: Blue', isError: false })
  await ana.sees('Answered by Ana: Blue')
  assert.deepEqual(await tools.rig.states(), ['running'])
  tools.agent.finish('work', 'done')
  await ana.hears('done')
})

test('two questions at once have an answer each, one of them in own words', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1', name: 'Ana' })
  const { token } = await tools.begin(ana, 'work')
  const client = await tools.connect(token)
  const colour = callTool(client, 'ask_user', colours)
  await ana.hears(/Which colour/)
  const sizes = { question: 'Which size?', options: ['Small', 'Large'], ownWords: false }
  const size = callTool(client, 'ask_user', sizes)
  const [small] = buttonsOf(await ana.hears(/Which size/))
  assert.ok(small)
  await ana.presses(small)
  assert.equal((await size).text, 'The answer: Small')
  assert.deepEqual(await tools.rig.states(), ['waiting'])
  await ana.says('1: something green')
  assert.equal((await colour).text, 'The answer in their own words: something green')
  assert.deepEqual(await tools.rig.states(), ['running'])
  tools.agent.finish('work', 'done')
})

test('a question that the runtime asks at the same time is answered to the runtime', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1', name: 'Ana' })
  const { token } = await tools.begin(ana, 'work')
  const said = tools.call(token, 'ask_user', colours)
  await ana.hears(/Which colour/)
  const [execution] = tools.rig.core.dispatcher.active().values()
  assert.ok(execution)
  const request = {
    id: 'que_1',
    kind: 'question' as const,
    title: 'Which shape?',
    options: [{ id: 'a', label: 'Round' }],
    defaultOption: 'none',
    takesText: true,
  }
  assert.ok(await tools.rig.core.asking.ask(execution.run, request, tools.agent))
  await ana.hears(/Which shape/)
  await ana.says('1 1')
  assert.equal((await said).text, 'The answer: Red')
  assert.equal(tools.agent.answers.size, 0)
  await ana.says('2 1')
  assert.deepEqual(await tools.agent.answered('que_1'), { option: 'a' })
  tools.agent.finish('work', 'done')
})

test('nobody answers in ten minutes: the tool says so, after signs of life', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const client = await tools.connect(token)
  let signs = 0
  const alive = Promise.withResolvers<void>()
  const call = client.callTool(
    { name: 'ask_user', arguments: colours },
    {
      onprogress: () => {
        signs += 1
        if (signs > 1) alive.resolve()
      },
    },
  )
  await ana.hears(/Which colour/)
  await tools.rig.pass(10_000)
  await alive.promise
  await tools.rig.pass(600_000)
  assert.match(JSON.stringify((await call).content), /Nobody answered in time/)
  await ana.sees(/Nobody answered/)
  assert.equal(await stateOf(tools, 'q1'), 'expired')
  tools.agent.finish('work', 'done')
})

test('/stop ends the wait and takes the buttons away', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const said = tools.call(token, 'ask_user', colours)
  await ana.hears(/Which colour/)
  await tools.rig.settle()
  await ana.says('/stop')
  const { text, isError } = await said
  assert.ok(isError)
  assert.match(text, /The question was withdrawn/)
  await ana.sees(/This is no longer needed/)
  assert.equal(await stateOf(tools, 'q1'), 'void')
})

test('a client that leaves takes its question with it', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const client = await tools.connect(token)
  const left = new AbortController()
  const call = client.callTool({ name: 'ask_user', arguments: colours }, { signal: left.signal })
  await ana.hears(/Which colour/)
  await tools.rig.settle()
  left.abort()
  await assert.rejects(call)
  await client.close()
  await ana.sees(/This is no longer needed/)
  assert.equal(await stateOf(tools, 'q1'), 'void')
  assert.deepEqual(await tools.rig.states(), ['running'])
  tools.agent.finish('work', 'done')
})

/** An agent whose turn lives on while the gateway is away. */
function outliving(): ScriptedRuntime {
  const agent = new ScriptedRuntime({}, { resume: 'done after all' })
  agent.script = () =>
    async function* (turn, signal) {
      yield { type: 'accepted', promptId: 'prompt-1' }
      if (typeof agent.holds === 'function') yield* agent.holds(turn, signal)
    }
  return agent
}

test('a gateway that stops ends the call in a sentence and voids the question', async () => {
  await using tools = await startToolsRig([], {}, outliving())
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const said = tools.call(token, 'ask_user', colours)
  await ana.hears(/Which colour/)
  await tools.rig.settle()
  await tools.rig.stop()
  const { text, isError } = await said
  assert.ok(isError)
  assert.match(text, /The question was withdrawn/)
  await tools.rig.start()
  await ana.sees(/This is no longer needed/)
  await ana.hears('done after all')
})

test('after a kill the question of a turn that goes on is void', async () => {
  await using tools = await startToolsRig([], {}, outliving())
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  // Whom a kill would cut off hangs here, because only core dies.
  void tools.call(token, 'ask_user', colours).catch(() => undefined)
  await ana.hears(/Which colour/)
  await tools.rig.settle()
  await tools.rig.dies()
  await tools.rig.start()
  await ana.sees(/This is no longer needed/)
  await ana.hears('done after all')
  assert.equal(await stateOf(tools, 'q1'), 'void')
})

test('OpenCode’s plugin waits for the answer, and says what became of it', async () => {
  await using tools = await startToolsRig(['work'])
  const { rig, agent } = tools
  agent.script = () =>
    async function* (turn, signal) {
      yield { type: 'session', runtimeSession: 'ses_1' }
      if (typeof agent.holds === 'function') yield* agent.holds(turn, signal)
    }
  const ana = tools.direct({ id: '1', name: 'Ana' })
  await tools.begin(ana, 'work')
  await rig.settle()
  const call = await tools.plugin('ses_1')
  const said = call('jackdaw_ask_user', colours)
  await ana.hears(/Which colour/)
  await ana.says('1 2')
  assert.equal(await said, 'The answer: Blue')

  const left = new AbortController()
  const aborted = call('jackdaw_ask_user', colours, left.signal)
  await ana.hears(/Which colour/)
  left.abort()
  await assert.rejects(aborted, /abort/i)
  await ana.sees(/This is no longer needed/)

  const cut = call('jackdaw_ask_user', colours)
  await ana.hears(/Which colour/)
  await tools.gateway.http.stop(0)
  await assert.rejects(cut, /The gateway was interrupted while the question was open/)
  agent.finish('work', 'done')
})

test('work of the API asks the owner, once there is one', async () => {
  await using tools = await startToolsRig(['work', 'hello'], withOwner)
  const { rig, agent } = tools
  const run = { source: 'api', text: 'work', agent: 'main', sessionKey: 'k' } as const
  await rig.store.runs.create({ ...run, attachments: [], maxAttempts: 1 }, rig.clock.now())
  rig.core.dispatcher.wake()
  const { session } = await agent.begun('work')
  const token = tools.tokens.mint({ agent: 'main', sessionId: session.id })
  const said = tools.call(token, 'ask_user', colours)
  await rig.hears('run.changed', ({ state }) => state === 'waiting')
  const owner = tools.direct({ id: '9', name: 'Eva' })
  await owner.says('hello')
  await agent.begun('hello')
  await rig.pass(10_000)
  await press(owner, /Which colour/, 0)
  assert.equal((await said).text, 'The answer: Red')
  agent.finish('work', 'done')
  agent.finish('hello', 'done')
})

test('options that are no choice are refused in a sentence', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  for (const options of [
    [],
    ['One'],
    ['One', 'one '],
    ['One', '  '],
    Array.from({ length: 9 }, (_, index) => `Option ${index}`),
    ['One', 'x'.repeat(61)],
  ]) {
    const said = await tools.call(token, 'ask_user', { ...colours, options })
    assert.ok(said.isError, JSON.stringify(options))
  }
  assert.deepEqual(await tools.rig.states(), ['running'])
  tools.agent.finish('work', 'done')
})
