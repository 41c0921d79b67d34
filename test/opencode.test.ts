import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RuntimeError } from '../core/errors.ts'
import type { RuntimeEvent, Turn } from '../core/runtime-port.ts'
import type { OpenCodeRuntime } from '../core/runtimes/opencode/runtime.ts'
import { runtimeContract } from './contracts/runtime.ts'
import { runTurn } from './fakes/run-turn.ts'
import { makeTurn } from './fakes/turn.ts'
import { findOpenCode } from './opencode.ts'
import { RealOpenCode } from './rigs/real-opencode.ts'

const found = findOpenCode()
const missing = 'missing' in found ? found.missing : undefined
const path = 'path' in found ? found.path : ''

let shared: Promise<RealOpenCode> | undefined
const real = () => {
  shared ??= RealOpenCode.start(path)
  return shared
}
after(async () => await (await shared)?.close())

let turns = 0
/** A session for every turn: the core keeps one run at a time in each. */
function nextTurn(words = `turn-${turns + 1}.`, more: Partial<Turn> = {}): Turn {
  turns += 1
  const session = { id: `s${turns}`, key: `k${turns}`, generation: 1 }
  return makeTurn({ runId: `r${turns}`, session, ...more, messages: [words] })
}

function reply(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

runtimeContract(
  'the real opencode',
  async () => {
    const { model, runtime } = await real()
    return {
      runtime,
      answering(answer, more) {
        const turn = nextTurn(undefined, more)
        const words = turn.messages[0]?.text ?? ''
        model.when(words, { type: 'text', text: answer })
        return turn
      },
      hanging() {
        const turn = nextTurn()
        model.when(turn.messages[0]?.text ?? '', { type: 'silent', text: 'Hm' })
        const started = model.request(model.requests.length + 1)
        return {
          turn,
          started: started.then(() => undefined),
          ended: started.then((request) => request.abandoned),
        }
      },
      failing: () =>
        [
          { status: 401, code: 'unauthorized' },
          { status: 400, code: 'rejected' },
        ].map(({ status, code }) => {
          const turn = nextTurn()
          model.when(turn.messages[0]?.text ?? '', { type: 'error', status })
          return { turn, code, isRetryable: false }
        }),
      // It serves the next case, too.
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
  {
    skip: {
      ...(missing === undefined
        ? {
            text: 'OpenCode trims the end of a text.',
            concurrent: 'OpenCode trims the end of a text.',
            big: 'OpenCode trims the end of a text.',
            secret: 'The password of a managed server is nobody’s to know.',
          }
        : all(missing)),
    },
  },
)

function all(reason: string) {
  return {
    done: reason,
    text: reason,
    concurrent: reason,
    big: reason,
    hostile: reason,
    interrupted: reason,
    abort: reason,
    'aborted before': reason,
    'left early': reason,
    failure: reason,
    secret: reason,
  }
}

const skip = missing ?? false

/** Runs a turn and refuses what it asks, with a word. */
async function refusing(runtime: OpenCodeRuntime, turn: Turn): Promise<RuntimeEvent[]> {
  const seen: RuntimeEvent[] = []
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    seen.push(event)
    if (event.type !== 'request') continue
    const refusal = { option: event.request.defaultOption, note: 'Go on without it.' }
    assert.equal(await runtime.respond(turn.runId, event.request.id, refusal), true)
  }
  return seen
}

test('the real opencode goes on after a permission that was refused', { skip }, async () => {
  const { model, runtime, directory } = await real()
  const command = { command: 'echo hi > made.txt', description: 'Write' }
  model.next(
    { type: 'tool', name: 'bash', arguments: command },
    { type: 'text', text: 'Not done.' },
  )
  const seen = await refusing(runtime, nextTurn())
  assert.equal(reply(seen), 'Not done.')
  assert.ok(seen.some((event) => event.type === 'tool' && event.state === 'failed'))
  assert.ok(!existsSync(join(directory, 'made.txt')))
})

test('the real opencode runs what was allowed', { skip }, async () => {
  const { model, runtime, directory } = await real()
  const command = { command: 'echo hi > allowed.txt', description: 'Write' }
  model.next({ type: 'tool', name: 'bash', arguments: command }, { type: 'text', text: 'Done.' })
  const turn = nextTurn()
  let text: string | undefined
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    if (event.type === 'request') {
      assert.equal(await runtime.respond(turn.runId, event.request.id, { option: 'once' }), true)
    }
    if (event.type === 'done') text = event.reply.text
  }
  assert.equal(text, 'Done.')
  assert.ok(existsSync(join(directory, 'allowed.txt')))
})

test('the real opencode says what can be chosen, and shortens a session', { skip }, async () => {
  const { model, runtime } = await real()
  const turn = nextTurn()
  const words = turn.messages[0]?.text ?? ''
  model.when(words, { type: 'text', text: 'A long story.' })
  const [first] = await runTurn(runtime, { ...turn, choices: { mode: 'plan' } })
  assert.ok(first?.type === 'session')
  const session = { ...turn.session, runtimeSession: first.runtimeSession }
  const before = model.requests.length
  const seen: RuntimeEvent[] = []
  const shortening = runtime.compact({ ...turn, session }, new AbortController().signal)
  for await (const event of shortening) seen.push(event)
  assert.deepEqual(
    seen.map(({ type }) => type),
    ['usage', 'done'],
  )
  assert.equal(model.requests.length, before + 1)
  assert.deepEqual(runtime.catalog(), {
    models: [{ id: 'scripted/scripted-1', label: 'scripted-1' }],
    modes: runtime.catalog()?.modes,
  })
  assert.deepEqual(
    runtime.catalog()?.modes.map(({ id }) => id),
    ['build', 'plan'],
  )
})

test('the real opencode goes on after a question that nobody answers', { skip }, async () => {
  const { model, runtime } = await real()
  const options = [{ label: 'Red', description: 'r' }]
  const questions = [{ question: 'Which?', header: 'Colour', options }]
  model.next(
    { type: 'tool', name: 'question', arguments: { questions } },
    { type: 'text', text: 'As you like.' },
  )
  assert.equal(reply(await refusing(runtime, nextTurn())), 'As you like.')
})

test('the real opencode answers what is said into its turn', {
  skip,
}, async () => {
  const { model, runtime } = await real()
  const gate = Promise.withResolvers<void>()
  const pieces = async function* () {
    yield 'It rains.'
    await gate.promise
  }
  const turn = nextTurn()
  model.when(turn.messages[0]?.text ?? '', { type: 'paced', pieces: pieces() })
  model.when('And tomorrow?', { type: 'text', text: 'Tomorrow too.' })
  const before = model.requests.length
  const [said] = makeTurn({ messages: [{ id: 'm99', text: 'And tomorrow?' }] }).messages
  assert.ok(said)
  const seen: RuntimeEvent[] = []
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    seen.push(event)
    if (event.type !== 'text' || event.delta !== 'It rains.') continue
    assert.equal(await runtime.steer(turn.runId, said), true)
    gate.resolve()
  }
  assert.equal(reply(seen), 'It rains.\n\nTomorrow too.')
  assert.deepEqual(
    seen.flatMap((event) => (event.type === 'steered' ? [event.messageId] : [])),
    ['m99'],
  )
  assert.equal(model.requests.length, before + 2)
})

test('a turn of the real opencode is taken over by the next gateway', { skip }, async () => {
  const rig = await real()
  const gate = Promise.withResolvers<void>()
  const pieces = async function* () {
    yield 'Half, '
    await gate.promise
    yield 'and the rest.'
  }
  const turn = nextTurn()
  rig.model.when(turn.messages[0]?.text ?? '', { type: 'paced', pieces: pieces() })
  const before = rig.model.requests.length
  const running = rig.runtime.execute(turn, new AbortController().signal)
  let [runtimeSession, promptId] = ['', '']
  for (let isHalf = false; !isHalf; ) {
    const { value } = await running.next()
    if (value?.type === 'session') runtimeSession = value.runtimeSession
    if (value?.type === 'accepted') promptId = value.promptId
    isHalf = value?.type === 'text'
  }
  // The first gateway does nothing more, as after kill -9; the second finds the server and the turn.
  const next = rig.makeRuntime(rig.makeServer())
  const session = { ...turn.session, runtimeSession }
  const resumed = next.resume({ ...turn, session, promptId }, new AbortController().signal)
  gate.resolve()
  const seen: RuntimeEvent[] = []
  for await (const event of resumed) seen.push(event)
  assert.equal(reply(seen), 'Half, and the rest.')
  assert.equal(rig.model.requests.length, before + 1)
  for await (const _ of running);
})

test('a turn of a real opencode that is killed is lost, and the next one runs', {
  skip,
}, async () => {
  const { model, runtime, server } = await real()
  const turn = nextTurn()
  model.when(turn.messages[0]?.text ?? '', { type: 'silent', text: 'Hm' })
  const arrived = model.request(model.requests.length + 1)
  const running = runTurn(runtime, turn)
  const isLost = assert.rejects(
    running,
    (error) => error instanceof RuntimeError && error.code === 'lost',
  )
  await arrived
  await server.kill()
  await isLost
  model.when('Again', { type: 'text', text: 'Here.' })
  assert.equal(reply(await runTurn(runtime, nextTurn('Again'))), 'Here.')
})
