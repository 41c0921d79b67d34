import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { AcpRig } from '../../../test/fakes/acp-rig.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import type { RuntimeEvent, Turn } from '../../runtime-port.ts'
import { isAlive } from '../processes.ts'

function saying(text: string, runtimeSession?: string): Turn {
  const known = runtimeSession === undefined ? {} : { runtimeSession }
  const session = { id: 's1', key: 's1', generation: 1, ...known }
  return makeTurn({ runId: `r-${text}`, session, messages: [text] })
}

/** Aborts a turn at its first word, after `strike`; resolves with what was seen once it has ended. */
async function stopped(rig: AcpRig, turn: Turn, strike: () => void = () => undefined) {
  const stop = new AbortController()
  const seen: RuntimeEvent[] = []
  for await (const event of rig.runtime.execute(turn, stop.signal)) {
    seen.push(event)
    if (event.type !== 'text') continue
    strike()
    stop.abort()
  }
  return seen
}

test('the next process is there, with the session open in it, before anybody asks', async () => {
  await using rig = await AcpRig.start({ canResume: true })
  rig.when('hang', { do: 'text', text: 'Hm' }, { do: 'hang' })
  const { pid } = await startedBy(rig, saying('hello'))
  const seen = await stopped(rig, saying('hang'), () => process.kill(pid, 'SIGSTOP'))
  assert.ok(!seen.some(({ type }) => type === 'done'))
  await rig.gone(pid)
  const resumed = await rig.note('resume')
  assert.notEqual(resumed.pid, pid)
  const { sessionId } = resumed.detail as { sessionId: string }
  const events = await runTurn(rig.runtime, saying('next', sessionId))
  assert.equal(events.at(-1)?.type, 'done')
  assert.deepEqual([rig.notes('start').length, rig.notes('resume').length], [2, 1])
  assert.deepEqual(rig.notes('new').length, 1)
})

test('a fresh start closes the session that was being opened ahead', async () => {
  await using rig = await AcpRig.start({ canResume: true, canClose: true })
  rig.when('hang', { do: 'text', text: 'Hm' }, { do: 'hang' })
  const { pid } = await startedBy(rig, saying('hello'))
  await stopped(rig, saying('hang'), () => process.kill(pid, 'SIGSTOP'))
  const session = { id: 's1', key: 's1', generation: 2 }
  const afresh = makeTurn({ runId: 'r-afresh', session, messages: ['afresh'] })
  const events = await runTurn(rig.runtime, afresh)
  assert.ok(events.some(({ type }) => type === 'session'))
  await rig.note('close')
  await runTurn(rig.runtime, { ...afresh, runId: 'r-again' })
  assert.equal(rig.notes('new').length, 2)
})

test('an agent that is slow to confirm a cancel is kept, and what was made ready for it is ended', async () => {
  const rig = await AcpRig.start({}, { limits: { spareMs: 0, cancelMs: 60_000 } })
  rig.when('hang', { do: 'text', text: 'Hm' }, { do: 'hang', until: 'confirm' })
  const { pid } = await startedBy(rig, saying('hello'))
  const ended = stopped(rig, saying('hang'))
  const spare = await rig.note('initialize', 2)
  await writeFile(join(rig.folder, 'confirm'), '')
  await ended
  // Both are in the record, in case this gateway is killed now.
  const record = await recordWith(rig, spare.pid)
  assert.deepEqual([record.pid, record.others.map((other) => other.pid)], [spare.pid, [pid]])
  await stopped(rig, saying('hang'))
  await runTurn(rig.runtime, saying('next'))
  assert.deepEqual(
    rig.notes('prompt').map((prompt) => prompt.pid),
    [pid, pid, pid, pid],
  )
  assert.equal(rig.notes('start').length, 2)
  assert.ok(isAlive(spare.pid))
  await rig[Symbol.asyncDispose]()
  for (const one of [pid, spare.pid]) await rig.gone(one)
})

test('what was made ready takes over from an agent that never confirms', async () => {
  await using rig = await AcpRig.start(
    { isStubborn: true },
    { limits: { spareMs: 0, cancelMs: 1_000 } },
  )
  rig.when('ignore', { do: 'text', text: 'Hm' }, { do: 'ignore' })
  const { pid } = await startedBy(rig, saying('hello'))
  await stopped(rig, saying('ignore'))
  await rig.gone(pid)
  await runTurn(rig.runtime, saying('next'))
  const [, spare] = rig.notes('start')
  assert.equal(rig.notes('prompt').at(-1)?.pid, spare?.pid)
  assert.equal(rig.notes('start').length, 2)
})

async function startedBy(rig: AcpRig, turn: Turn) {
  await runTurn(rig.runtime, turn)
  return await rig.note('start')
}

/** The record of the agent's processes, once `pid` is the newest in it. */
async function recordWith(rig: AcpRig, pid: number) {
  for (;;) {
    const text = await readFile(join(rig.folder, 'runtime', 'agent.json'), 'utf8')
    if (text.startsWith(`{"pid":${pid},`)) {
      return JSON.parse(text) as { pid: number; others: readonly { pid: number }[] }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
