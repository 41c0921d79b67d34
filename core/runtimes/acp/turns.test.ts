import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcpRig } from '../../../test/fakes/acp-rig.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import type { AcpAct } from '../../../test/servers/acp-script.ts'
import { RuntimeError } from '../../errors.ts'
import type { RequestAnswer, RuntimeEvent, Turn } from '../../runtime-port.ts'

const fails = (code: string, isRetryable: boolean) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && error.isRetryable === isRetryable

function replyOf(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

function inSession(id: string, words: string, more: Partial<Turn> = {}): Turn {
  const session = { id, key: id, generation: 1 }
  return makeTurn({ runId: `${id}-${words}`, session, ...more, messages: [words] })
}

/** Streams a turn until `until` holds, then aborts it; resolves with what was seen once it has ended. */
async function aborted(
  rig: AcpRig,
  turn: Turn,
  until: (event: RuntimeEvent) => boolean,
): Promise<RuntimeEvent[]> {
  const stop = new AbortController()
  const seen: RuntimeEvent[] = []
  for await (const event of rig.runtime.execute(turn, stop.signal)) {
    seen.push(event)
    if (until(event)) stop.abort()
  }
  return seen
}

const chunk = (text: string, messageId: string): AcpAct => ({
  do: 'text',
  text,
  message: messageId,
})

test('thoughts and plans are hidden, tools are told, and paragraphs stay apart', async () => {
  await using rig = await AcpRig.start()
  const toolCallId = 't1'
  rig.when(
    'work',
    { do: 'thought', text: 'Hm.' },
    { do: 'update', update: { sessionUpdate: 'plan', entries: [] } },
    chunk('I look.', 'm1'),
    {
      do: 'update',
      update: {
        sessionUpdate: 'tool_call',
        toolCallId,
        title: 'bash',
        kind: 'execute',
        rawInput: {},
      },
    },
    {
      do: 'update',
      update: {
        sessionUpdate: 'tool_call_update',
        toolCallId,
        status: 'in_progress',
        title: 'ls -l',
        rawInput: { command: 'ls -l' },
      },
    },
    {
      do: 'update',
      update: { sessionUpdate: 'tool_call_update', toolCallId, status: 'completed' },
    },
    { do: 'update', update: { sessionUpdate: 'something_new', toolCallId: 7 } },
    chunk('Two ', 'm2'),
    chunk('files.', 'm2'),
  )
  const events = await runTurn(rig.runtime, makeTurn({ messages: ['work'] }))
  assert.equal(replyOf(events), 'I look.\n\nTwo files.')
  const tools = events.filter(({ type }) => type === 'tool')
  assert.deepEqual(tools, [
    { type: 'tool', name: 'execute', state: 'running', title: 'ls -l' },
    { type: 'tool', name: 'execute', state: 'completed', title: 'ls -l' },
  ])
})

test('usage is the tokens of the end and the growth of the cost', async () => {
  await using rig = await AcpRig.start()
  const cost = (amount: number): AcpAct => ({
    do: 'update',
    update: { sessionUpdate: 'usage_update', used: 5, size: 9, cost: { amount, currency: 'USD' } },
  })
  const usage = { inputTokens: 100, outputTokens: 20, totalTokens: 150, cachedReadTokens: 30 }
  const end: AcpAct = { do: 'stop', reason: 'end_turn', usage }
  rig.when('first', cost(0.25), cost(0.5), end)
  rig.when('second', cost(0.75), end)
  const sums: (readonly [number, number, number])[] = []
  for (const words of ['first', 'second']) {
    const events = await runTurn(rig.runtime, inSession('s1', words))
    const all = events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []))
    const sum = (key: 'inputTokens' | 'outputTokens' | 'costUsd') =>
      all.reduce((total, one) => total + (one[key] ?? 0), 0)
    sums.push([sum('inputTokens'), sum('outputTokens'), sum('costUsd')])
  }
  assert.deepEqual(sums, [
    [130, 20, 0.5],
    [130, 20, 0.25],
  ])
})

test('every reason to stop has its end', async () => {
  await using rig = await AcpRig.start()
  for (const reason of ['max_tokens', 'max_turn_requests', 'refusal', 'cancelled']) {
    rig.when(reason, { do: 'text', text: 'Well' }, { do: 'stop', reason })
  }
  rig.when('nothing', { do: 'stop', reason: 'end_turn' })
  const turn = (words: string) => runTurn(rig.runtime, inSession(words, words))
  assert.match(replyOf(await turn('max_tokens')) ?? '', /^Well\n\n\[The model stopped here: /)
  assert.match(
    replyOf(await turn('max_turn_requests')) ?? '',
    /^Well\n\n\[The agent stopped here: /,
  )
  assert.equal(replyOf(await turn('nothing')), '')
  await assert.rejects(turn('refusal'), fails('refused', false))
  await assert.rejects(turn('cancelled'), fails('aborted', false))
})

test('an agent that dies in a turn has lost it, and its session is reopened', async () => {
  await using rig = await AcpRig.start({ canResume: true })
  rig.when('die', { do: 'text', text: 'Hm' }, { do: 'die', code: 1 })
  const first = await runTurn(rig.runtime, inSession('s1', 'hello'))
  const opened = first.find((event) => event.type === 'session')
  const session = {
    id: 's1',
    key: 's1',
    generation: 1,
    runtimeSession: opened?.runtimeSession ?? '',
  }
  await assert.rejects(
    runTurn(rig.runtime, inSession('s1', 'die', { session })),
    fails('lost', true),
  )
  const again = await runTurn(rig.runtime, inSession('s1', 'again', { session }))
  assert.equal(replyOf(again), 'Hello!')
  assert.ok(!again.some(({ type }) => type === 'session'))
  assert.deepEqual([rig.notes('new').length, rig.notes('resume').length], [1, 1])
})

test('a session that is loaded says nothing of its past, and one that is unknown begins anew', async () => {
  await using rig = await AcpRig.start({ canLoad: true })
  const opened = await runTurn(rig.runtime, inSession('s1', 'hello'))
  const { runtimeSession = '' } = opened.find((event) => event.type === 'session') ?? {}
  const next = rig.make()
  const session = { id: 's1', key: 's1', generation: 1 }
  const known = inSession('s1', 'again', { session: { ...session, runtimeSession } })
  assert.equal(replyOf(await runTurn(next, known)), 'Hello!')
  assert.equal(rig.notes('load').length, 1)
  const unknown = inSession('s2', 'who', {
    session: { id: 's2', key: 's2', generation: 1, runtimeSession: 'nobody' },
    history: async () => [{ role: 'user', text: 'My name is Ana', at: 1 }],
  })
  assert.equal(replyOf(await runTurn(next, unknown)), 'Hello!')
  const told = JSON.stringify((await rig.note('prompt', 3)).detail)
  assert.match(told, /Be kind\..*They: My name is Ana/s)
  await next.close()
})

test('a turn that is stopped leaves nothing to the next one', async () => {
  await using rig = await AcpRig.start()
  const late = (messageId: string): AcpAct => chunk('LATE', messageId)
  rig.when('hang', chunk('Hm', 'm1'), { do: 'hang', late: 'LATE' })
  rig.when('next', late('m1'), chunk('Clean.', 'm2'))
  const seen = await aborted(rig, inSession('s1', 'hang'), ({ type }) => type === 'text')
  assert.ok(!seen.some(({ type }) => type === 'done'))
  assert.equal(replyOf(await runTurn(rig.runtime, inSession('s1', 'next'))), 'Clean.')
  assert.equal(rig.notes('start').length, 1)
})

test('an agent that ignores a cancel is replaced, and its other turns are lost', async () => {
  await using rig = await AcpRig.start({ isStubborn: true })
  rig.when('ignore', { do: 'text', text: 'Hm' }, { do: 'ignore' })
  const other = assert.rejects(runTurn(rig.runtime, inSession('s2', 'ignore')), fails('lost', true))
  await rig.note('prompt')
  await aborted(rig, inSession('s1', 'ignore'), ({ type }) => type === 'text')
  await other
  assert.equal(replyOf(await runTurn(rig.runtime, inSession('s1', 'next'))), 'Hello!')
  await rig.gone((await rig.note('start')).pid)
})

test('an agent that was stopped is killed, and the next turn has another', async () => {
  await using rig = await AcpRig.start()
  rig.when('hang', { do: 'text', text: 'Hm' }, { do: 'hang' })
  await aborted(rig, inSession('s1', 'hang'), ({ type }) => {
    if (type === 'text') process.kill(rig.notes('start')[0]?.pid ?? 0, 'SIGSTOP')
    return type === 'text'
  })
  await rig.gone((await rig.note('start')).pid)
  assert.equal(replyOf(await runTurn(rig.runtime, inSession('s1', 'next'))), 'Hello!')
})

test('a flood is cut, and what is no UTF-8 is shown as that', async () => {
  await using rig = await AcpRig.start()
  rig.when('flood', { do: 'flood', text: 'x'.repeat(10_000), times: 1_000 })
  const events = await runTurn(rig.runtime, inSession('s1', 'flood'))
  assert.equal(replyOf(events)?.length, 1_000_000)
  const line = (sessionId: string) =>
    Buffer.concat([
      Buffer.from(
        `{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"${sessionId}","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"a`,
      ),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('z"}}}}\nno message at all\n{"jsonrpc":"2.0","id":99,"result":{}}\n'),
    ]).toString('base64')
  const opened = events.find((event) => event.type === 'session')
  rig.when('raw', { do: 'raw', bytes: line(opened?.runtimeSession ?? '') })
  assert.equal(replyOf(await runTurn(rig.runtime, inSession('s1', 'raw'))), 'a\ufffd\ufffdz')
})

test('an agent that writes only garbage in a turn is given up', async () => {
  await using rig = await AcpRig.start()
  const bytes = Buffer.from('What is this?\n'.repeat(2_000)).toString('base64')
  rig.when('garbage', { do: 'raw', bytes }, { do: 'ignore' })
  await assert.rejects(runTurn(rig.runtime, inSession('s1', 'garbage')), (error) => {
    assert.ok(error instanceof RuntimeError)
    assert.match(error.message, /it began with "What is this\?"/)
    return fails('lost', true)(error)
  })
})

const permission: AcpAct = {
  do: 'permission',
  request: {
    toolCall: {
      toolCallId: 't1',
      title: 'Run it',
      kind: 'execute',
      rawInput: { command: 'git status' },
    },
    options: [
      { optionId: 'x1', name: 'Yes', kind: 'allow_once' },
      { optionId: 'x2', name: 'Yes, for ever', kind: 'allow_always' },
      { optionId: 'x3', name: 'No', kind: 'reject_once' },
    ],
  },
}

test('permissions are asked, and answered as the agent knows it', async () => {
  await using rig = await AcpRig.start()
  rig.when('may', permission)
  const answers: [RequestAnswer, string][] = [
    [{ option: 'once' }, 'x1'],
    [{ option: 'always' }, 'x1'],
    [{ option: 'deny', note: 'Not now.' }, 'x3'],
    [{ text: 'Rather not' }, 'x3'],
  ]
  for (const [index, [answer, chosen]] of answers.entries()) {
    const turn = inSession(`s${index}`, 'may')
    const events: RuntimeEvent[] = []
    for await (const event of rig.runtime.execute(turn, new AbortController().signal)) {
      events.push(event)
      if (event.type !== 'request') continue
      const { request } = event
      assert.deepEqual(
        [request.title, request.detail, request.grant, request.defaultOption],
        ['execute: Run it', 'git status', 'execute: git status', 'deny'],
      )
      assert.deepEqual(
        request.options.map(({ id, allows }) => `${id}=${allows}`),
        ['once=once', 'deny=nothing', 'always=always'],
      )
      assert.equal(await rig.runtime.respond(turn.runId, 'nobody', answer), false)
      assert.equal(await rig.runtime.respond(turn.runId, request.id, answer), true)
      assert.equal(await rig.runtime.respond(turn.runId, request.id, answer), false)
    }
    assert.equal(replyOf(events), chosen)
    assert.equal(events.filter(({ type }) => type === 'request-closed').length, 1)
  }
})

test('a stop takes back what was asked', async () => {
  await using rig = await AcpRig.start()
  rig.when('may', permission, { do: 'stop', reason: 'cancelled' })
  await aborted(rig, inSession('s1', 'may'), ({ type }) => type === 'request')
  assert.deepEqual((await rig.note('chosen')).detail, { outcome: 'cancelled' })
})

test('a form is asked question by question', async () => {
  await using rig = await AcpRig.start()
  rig.when('form', {
    do: 'question',
    schema: {
      type: 'object',
      properties: {
        colour: { type: 'string', title: 'Colour', enum: ['red', 'green'] },
        count: { type: 'integer', title: 'Count' },
        sure: { type: 'boolean', title: 'Sure' },
      },
      required: ['colour'],
    },
  })
  const turn = inSession('s1', 'form')
  const answers: RequestAnswer[] = [{ option: '1' }, { text: '7' }, { option: 'dismiss' }]
  const titles: string[] = []
  let reply = ''
  for await (const event of rig.runtime.execute(turn, new AbortController().signal)) {
    if (event.type === 'done') reply = event.reply.text
    if (event.type !== 'request') continue
    const answer = answers[titles.length] ?? { option: 'dismiss' }
    titles.push(event.request.title)
    assert.equal(await rig.runtime.respond(turn.runId, event.request.id, answer), true)
  }
  assert.deepEqual(titles, ['Tell me (Colour)', 'Tell me (Count)', 'Tell me (Sure)'])
  assert.deepEqual(JSON.parse(reply), { action: 'accept', content: { colour: 'green', count: 7 } })
})

test('models and modes are offered, set where they were chosen, and set back', async () => {
  const select = (id: string, current: string, ...values: string[]) => ({
    id,
    name: id,
    category: id,
    type: 'select',
    currentValue: current,
    options: values.map((value) => ({ value, name: value.toUpperCase() })),
  })
  await using rig = await AcpRig.start({
    options: [select('model', 'm1', 'm1', 'm2'), select('mode', 'build', 'build', 'plan')],
  })
  assert.equal(rig.runtime.catalog(), undefined)
  const turn = (choices: Turn['choices']) =>
    runTurn(rig.runtime, inSession('s1', 'hi', choices ? { choices } : {}))
  await turn({ mode: 'plan' })
  await turn({ mode: 'plan' })
  await turn(undefined)
  const set = rig.notes('set').map(({ detail }) => {
    const { configId, value } = detail as { configId: string; value: string }
    return `${configId}=${value}`
  })
  assert.deepEqual(set, ['mode=plan', 'mode=build'])
  assert.deepEqual(rig.runtime.catalog()?.models, [
    { id: 'm1', label: 'M1' },
    { id: 'm2', label: 'M2' },
  ])
  await assert.rejects(turn({ model: 'm9' }), fails('not-found', false))
})

test('tool servers go along with a session as the agent can use them', async () => {
  const servers = () => [
    { name: 'files', command: ['node', 'files.js'], cwd: '/tmp', env: { KEY: 'v' } },
    { name: 'gateway', url: 'http://127.0.0.1:1/mcp', headers: { authorization: 'Bearer t' } },
  ]
  for (const takesHttpTools of [true, false]) {
    await using rig = await AcpRig.start({ takesHttpTools }, { toolServers: servers })
    await runTurn(rig.runtime, makeTurn())
    const { mcpServers } = (await rig.note('new')).detail as { mcpServers: { name: string }[] }
    assert.deepEqual(
      mcpServers.map(({ name }) => name),
      takesHttpTools ? ['files', 'gateway'] : ['files'],
    )
  }
})
