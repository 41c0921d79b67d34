import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { startToolsRig } from '../../test/rigs/tools-rig.ts'
import { ToolTokens, tokenMs } from './tokens.ts'

const call = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'session_info', arguments: {} },
})

test('whoever has no token of a session learns nothing', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const other = new ToolTokens(randomBytes(32), new ManualClock()).mint({
    agent: 'main',
    sessionId: 's1',
  })
  const [start, body, mac] = token.split('.')
  const forged = Buffer.from(JSON.stringify(['main', 's2', Date.now(), 'x'])).toString('base64url')
  for (const bearer of [
    '',
    'garbage',
    'test-token-of-thirty-two-characters',
    other,
    `${start}.${forged}.${mac}`,
    `${start}.${body}.${mac}x`,
    `${start}.${body}`,
  ]) {
    const response = await tools.post(call, { authorization: `Bearer ${bearer}` })
    assert.equal(response.status, 401, bearer)
  }
  assert.equal((await tools.post(call, { authorization: `Bearer ${token}` })).status, 200)
  tools.agent.finish('work', 'done')
})

test('a token for the tools opens nothing else', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const response = await tools.gateway.raw('/api/v1/runs', {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(response.status, 401)
  tools.agent.finish('work', 'done')
})

test('web pages and foreign names are refused', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const authorization = `Bearer ${token}`
  const own = tools.url.origin
  for (const headers of [{ origin: 'https://evil.example' }, { origin: own }]) {
    assert.equal((await tools.post(call, { authorization, ...headers })).status, 403)
  }
  tools.agent.finish('work', 'done')
})

test('garbage and bodies without end are answered, and the next call works', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const authorization = `Bearer ${token}`
  for (const body of ['', '{', 'null', '[]', '{"jsonrpc":"1.0"}', '[[[[', '\u0000\ufffd']) {
    const { status } = await tools.post(body, { authorization })
    assert.ok(status >= 400 && status < 500, `${JSON.stringify(body)}: ${status}`)
  }
  assert.equal((await tools.post('x'.repeat(2_000_000), { authorization })).status, 413)
  for (const [name, input] of [
    ['no_such_tool', {}],
    ['send_message', {}],
    ['send_message', { text: 5 }],
    ['send_message', { text: 'x'.repeat(20_000) }],
    ['chat_history', { limit: 1e9 }],
  ] as const) {
    const client = await tools.connect(token)
    const outcome = await client
      .callTool({ name, arguments: input })
      .catch(() => ({ isError: true }))
    assert.equal(outcome.isError, true, name)
  }
  const { isError } = await tools.call(token, 'session_info')
  assert.equal(isError, false)
  tools.agent.finish('work', 'done')
})

test('without a turn that executes there is nobody to act for', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  tools.agent.finish('work', 'done')
  await tools.rig.settle()
  const { text, isError } = await tools.call(token, 'send_message', { text: 'still here' })
  assert.ok(isError)
  assert.match(text, /No turn of this session is executing/)
})

test('an agent’s token needs the name of a session that is its own', async () => {
  await using tools = await startToolsRig(['work', 'else'])
  const { agent, rig } = tools
  agent.script = (words) =>
    words === 'work'
      ? async function* (turn, signal) {
          yield { type: 'session', runtimeSession: 'ses_ana' }
          yield* typeof agent.holds === 'function' ? agent.holds(turn, signal) : []
        }
      : agent.holds
  await tools.begin(tools.direct({ id: '1', name: 'Ana' }), 'work')
  await rig.settle()
  const token = tools.tokens.mint({ agent: 'main' })
  const ask = async (bearer: string, session?: string) => {
    const headers = session === undefined ? {} : { 'x-jackdaw-session': session }
    const response = await tools.post(call, { authorization: `Bearer ${bearer}`, ...headers })
    return await response.text()
  }
  assert.match(await ask(token, 'ses_ana'), /You act for: Ana/)
  assert.match(await ask(token, 'ses_other'), /No turn of this session/)
  assert.match(await ask(token), /No turn of this session/)
  assert.match(await ask(tools.tokens.mint({ agent: 'ops' }), 'ses_ana'), /No turn of this session/)
  agent.finish('work', 'done')
})

test('a token is replaced by the next, and outlives the gateway by a day at most', () => {
  const key = randomBytes(32)
  const clock = new ManualClock()
  const before = new ToolTokens(key, clock)
  const subject = { agent: 'main', sessionId: 's1' }
  const first = before.mint(subject)
  const second = before.mint(subject)
  assert.equal(before.verify(first), undefined)
  assert.deepEqual(before.verify(second), subject)
  const after = new ToolTokens(key, clock)
  assert.deepEqual(after.verify(second), subject)
  const late = new ToolTokens(key, new ManualClock(clock.now() + tokenMs))
  assert.equal(late.verify(second), undefined)
  after.mint(subject)
  assert.equal(after.verify(second), undefined)
})

test('a token that is used stays good for a session that goes on for days among many others', async () => {
  const clock = new ManualClock()
  const tokens = new ToolTokens(randomBytes(32), clock)
  const subject = { agent: 'main', sessionId: 's1' }
  const token = tokens.mint(subject)
  for (let other = 0; other < 15_000; other += 1) {
    tokens.mint({ agent: 'main', sessionId: `job-${other}` })
    if (other % 5_000 === 0) assert.deepEqual(tokens.verify(token), subject)
  }
  await clock.advance(2 * tokenMs)
  assert.deepEqual(tokens.verify(token), subject)
})
