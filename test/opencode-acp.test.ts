import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RuntimeError } from '../core/errors.ts'
import type { RequestAnswer, RuntimeEvent, Turn } from '../core/runtime-port.ts'
import { runTurn } from './fakes/run-turn.ts'
import { makeTurn } from './fakes/turn.ts'
import { findOpenCode } from './opencode.ts'
import { RealOpenCodeAcp } from './rigs/real-opencode-acp.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false
const path = 'path' in found ? found.path : ''

let shared: Promise<RealOpenCodeAcp> | undefined
const real = () => {
  shared ??= RealOpenCodeAcp.start(path)
  return shared
}
after(async () => await (await shared)?.close())

let turns = 0
function nextTurn(words = `turn-${turns + 1}.`, more: Partial<Turn> = {}): Turn {
  turns += 1
  const session = { id: `s${turns}`, key: `k${turns}`, generation: 1 }
  return makeTurn({ runId: `r${turns}`, session, ...more, messages: [words] })
}

function reply(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

/** Runs a turn whose permissions are all answered so. */
async function answering(turn: Turn, answer: RequestAnswer): Promise<RuntimeEvent[]> {
  const { runtime } = await real()
  const seen: RuntimeEvent[] = []
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    seen.push(event)
    if (event.type === 'request') {
      assert.equal(await runtime.respond(turn.runId, event.request.id, answer), true)
      assert.equal(await runtime.respond(turn.runId, event.request.id, answer), false)
    }
  }
  return seen
}

test('the real opencode answers over the protocol, and remembers', { skip }, async () => {
  const { model, runtime } = await real()
  model.when('first', { type: 'text', text: 'One and **two**.' })
  const turn = nextTurn('first')
  const seen = await runTurn(runtime, turn)
  assert.equal(reply(seen), 'One and **two**.')
  const usage = seen.find((event) => event.type === 'usage')
  assert.ok((usage?.usage.inputTokens ?? 0) > 0)
  assert.equal(usage?.usage.model, 'scripted/scripted-1')
  assert.deepEqual(
    runtime.catalog()?.modes.map(({ id }) => id),
    ['build', 'plan'],
  )
  const before = model.requests.length
  await runTurn(runtime, { ...nextTurn('second'), session: turn.session })
  assert.match(JSON.stringify(model.requests[before]?.body.messages), /One and \*\*two\*\*/)
  assert.ok((await runtime.health(new AbortController().signal)).isHealthy)
})

test('the real opencode runs what was allowed', { skip }, async () => {
  const { model, directory } = await real()
  const command = { command: 'echo hi > allowed.txt', description: 'Write' }
  model.next({ type: 'tool', name: 'bash', arguments: command }, { type: 'text', text: 'Done.' })
  const seen = await answering(nextTurn(), { option: 'once' })
  assert.equal(reply(seen), 'Done.')
  assert.equal(await readFile(join(directory, 'allowed.txt'), 'utf8'), 'hi\n')
  const asked = seen.find((event) => event.type === 'request')?.request
  assert.equal(asked?.title, 'execute: echo hi > allowed.txt')
  assert.equal(asked?.grant, 'execute: echo hi > allowed.txt')
  assert.deepEqual(
    asked?.options.map(({ id }) => id),
    ['once', 'deny', 'always'],
  )
  const tools = seen.flatMap((event) => (event.type === 'tool' ? [event.state] : []))
  assert.deepEqual(tools, ['running', 'completed'])
})

test('the real opencode goes on after a permission that was refused', { skip }, async () => {
  const { model, directory } = await real()
  const command = { command: 'echo hi > made.txt', description: 'Write' }
  model.next(
    { type: 'tool', name: 'bash', arguments: command },
    { type: 'text', text: 'Not done.' },
  )
  const seen = await answering(nextTurn(), { option: 'deny' })
  assert.ok(seen.some((event) => event.type === 'tool' && event.state === 'failed'))
  assert.equal(seen.at(-1)?.type, 'done')
  assert.ok(!existsSync(join(directory, 'made.txt')))
})

test('a turn of the real opencode that is stopped is stopped there, too', { skip }, async () => {
  const { model, runtime } = await real()
  const turn = nextTurn()
  model.when(turn.messages[0]?.text ?? '', { type: 'silent', text: 'Hm' })
  const arrived = model.request(model.requests.length + 1)
  const stop = new AbortController()
  const running = (async () => {
    for await (const event of runtime.execute(turn, stop.signal)) {
      assert.notEqual(event.type, 'done')
    }
  })()
  const { abandoned } = await arrived
  stop.abort()
  await running
  await abandoned
  model.when('and now', { type: 'text', text: 'Here.' })
  const next = { ...nextTurn('and now'), session: turn.session }
  assert.equal(reply(await runTurn(runtime, next)), 'Here.')
})

test('a turn of a real opencode that is killed is lost, and its session is found again', {
  skip,
}, async () => {
  const { model, runtime, folder } = await real()
  const turn = nextTurn('remember-me')
  model.when('remember-me', { type: 'text', text: 'I do.' })
  let runtimeSession = ''
  for (const event of await runTurn(runtime, turn)) {
    if (event.type === 'session') runtimeSession = event.runtimeSession
  }
  const session = { ...turn.session, runtimeSession }
  model.when('never-ends', { type: 'silent', text: 'Hm' })
  const arrived = model.request(model.requests.length + 1)
  const isLost = assert.rejects(
    runTurn(runtime, { ...nextTurn('never-ends'), session }),
    (error) => error instanceof RuntimeError && error.code === 'lost',
  )
  await arrived
  const record = await readFile(join(folder, 'runtime', 'agent.json'), 'utf8')
  process.kill((JSON.parse(record) as { pid: number }).pid, 'SIGKILL')
  await isLost
  model.when('again', { type: 'text', text: 'Back.' })
  const seen = await runTurn(runtime, { ...nextTurn('again', { isInterrupted: true }), session })
  assert.equal(reply(seen), 'Back.')
  assert.match(JSON.stringify(model.requests.at(-1)?.body.messages), /remember-me.*I do\./s)
})
