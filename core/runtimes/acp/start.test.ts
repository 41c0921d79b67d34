import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { AcpRig, acpSecret } from '../../../test/fakes/acp-rig.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import type { AcpAgentOptions } from '../../../test/servers/acp-script.ts'
import { RuntimeError } from '../../errors.ts'
import { isAlive } from '../processes.ts'
import type { AcpOptions } from './runtime.ts'

/** What a turn says of an agent that does not start. */
async function failure(
  agent: Omit<AcpAgentOptions, 'folder'>,
  options: Partial<AcpOptions> = {},
): Promise<string> {
  await using rig = await AcpRig.start(agent, options)
  const health = await rig.runtime.health(new AbortController().signal)
  try {
    await runTurn(rig.runtime, makeTurn())
  } catch (error) {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.ok(!error.message.includes(acpSecret), error.message)
    // A log-in is asked for by sessions, not by the program itself.
    assert.equal(health.isHealthy, agent.wantsLogin === true)
    for (const { pid } of rig.notes('start')) await (agent.wantsLogin ? undefined : rig.gone(pid))
    return `${error.code}${error.isRetryable ? ' (again)' : ''}: ${error.message}`
  }
  assert.fail('the turn did not fail')
}

test('a program that is not there is named', async () => {
  assert.equal(
    await failure({}, { command: ['no-such-agent', 'acp'] }),
    'not-installed: The program no-such-agent of the agent was not found in PATH: install it, or give its whole path in command.',
  )
  assert.match(
    await failure({}, { command: ['./no-such-agent'] }),
    /^not-installed: .* not found: /,
  )
})

test('a program that ends at once says its last words, without what is secret', async () => {
  assert.equal(
    await failure({ begin: 'exit' }),
    'unreachable (again): node ended with code 3: No model is configured ((redacted)).',
  )
})

test('a program that speaks something else is recognised by what it wrote', async () => {
  const sentence = await failure({ begin: 'garbage' }, { limits: { startMs: 2_000 } })
  assert.match(sentence, /^bad-response: node does not speak .* wrote "Welcome! What shall we do/)
})

test('a program that says nothing is given up', async () => {
  const sentence = await failure({ begin: 'silent' }, { limits: { startMs: 1_500 } })
  assert.match(sentence, /^stalled \(again\): node does not answer \(initialize\) within 1\.5 s/)
})

test('another version of the protocol is refused', async () => {
  assert.match(await failure({ version: 2 }), /^version: The scripted agent 1\.2 speaks version 2 /)
})

test('an agent that wants a log-in says how it is done', async () => {
  assert.match(
    await failure({ wantsLogin: true }),
    /^unauthorized: The scripted agent 1\.2 wants a log-in: log in .* authMethod: login \(Run `scripted login`\); browser \(Browser, at a terminal\)\.$/,
  )
})

test('the log-in that is configured is asked for with every start, before any session', async () => {
  await using rig = await AcpRig.start({ wantsLogin: true }, { authMethod: 'login' })
  assert.equal((await runTurn(rig.runtime, makeTurn())).at(-1)?.type, 'done')
  assert.deepEqual((await rig.note('authenticate')).detail, { methodId: 'login' })
  const { pid } = await rig.note('start')
  process.kill(pid, 'SIGKILL')
  await rig.gone(pid)
  await runTurn(rig.runtime, makeTurn())
  assert.equal(rig.notes('authenticate').length, 2)
})

test('a log-in that is not offered, wants a terminal or is refused is told in a sentence', async () => {
  const says = async (authMethod: string, agent: Omit<AcpAgentOptions, 'folder'> = {}) => {
    await using rig = await AcpRig.start(agent, { authMethod })
    const { isHealthy, detail } = await rig.runtime.health(new AbortController().signal)
    assert.ok(!isHealthy)
    await rig.gone((await rig.note('start')).pid)
    return detail
  }
  assert.match(
    await says('key'),
    /^The scripted agent 1\.2 does not offer the log-in key \(authMethod\): it offers login \(Run /,
  )
  assert.match(await says('browser'), /wants a person at a terminal for the log-in browser/)
  assert.equal(
    await says('login', { loginNeeds: 'NO_SUCH_KEY' }),
    'The scripted agent 1.2 refuses the log-in login (authMethod): NO_SUCH_KEY is not set.',
  )
})

test('words before the first message do no harm', async () => {
  await using rig = await AcpRig.start({ begin: 'banner' })
  const events = await runTurn(rig.runtime, makeTurn())
  assert.deepEqual(events.at(-1), { type: 'done', reply: { text: 'Hello!', format: 'markdown' } })
  assert.match(await readFile(join(rig.folder, 'runtime', 'agent.log'), 'utf8'), /Loaded cached/)
})

test('it gets what it needs of the environment, and no secret of the gateway', async () => {
  await using rig = await AcpRig.start()
  await runTurn(rig.runtime, makeTurn())
  const { env, cwd } = (await rig.note('start')).detail as {
    env: Record<string, string>
    cwd: string
  }
  assert.equal(env['ACP_SECRET'], acpSecret)
  assert.equal(env['TELEGRAM_TOKEN'], undefined)
  assert.equal(env['HOME'], rig.folder)
  assert.ok(cwd.endsWith('/work'))
})

test('it starts with the first turn, once, and one that has died is started again', async () => {
  await using rig = await AcpRig.start()
  const session = (id: string) => ({ id, key: id, generation: 1 })
  const turns = ['a', 'b'].map((id) => makeTurn({ runId: id, session: session(id) }))
  await Promise.all(turns.map((turn) => runTurn(rig.runtime, turn)))
  const first = await rig.note('start')
  assert.equal(rig.notes('start').length, 1)
  assert.equal(rig.notes('new').length, 2)
  process.kill(first.pid, 'SIGKILL')
  await rig.gone(first.pid)
  await runTurn(rig.runtime, makeTurn())
  assert.equal(rig.notes('start').length, 2)
})

test('what it has forked ends with it, also in a group of its own', async () => {
  const rig = await AcpRig.start({ isStubborn: true })
  rig.when('fork', { do: 'fork', isDetached: false }, { do: 'fork', isDetached: true })
  await runTurn(rig.runtime, makeTurn({ messages: ['fork'] }))
  const pids = [
    ...rig.notes('fork').map(({ detail }) => Number(detail)),
    (await rig.note('start')).pid,
  ]
  assert.equal(pids.filter(isAlive).length, 3)
  await rig[Symbol.asyncDispose]()
  for (const pid of pids) await rig.gone(pid)
})

test('one that outlived its gateway is ended by the next', async () => {
  await using rig = await AcpRig.start({ isStubborn: true })
  await runTurn(rig.runtime, makeTurn())
  const { pid } = await rig.note('start')
  // The first gateway does nothing more, as after kill -9.
  const next = rig.make()
  await runTurn(next, makeTurn())
  await rig.gone(pid)
  await next.close()
})

test('a gateway that stops does not wait for an agent that never starts', async () => {
  const rig = await AcpRig.start({ begin: 'silent' })
  const refused = assert.rejects(runTurn(rig.runtime, makeTurn()), RuntimeError)
  const { pid } = await rig.note('start')
  await rig[Symbol.asyncDispose]()
  await refused
  await rig.gone(pid)
})
