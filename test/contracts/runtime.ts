import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { RuntimeError } from '../../core/errors.ts'
import type { AgentRuntime, RuntimeEvent, Turn } from '../../core/runtime-port.ts'

/** A runtime with a backend the suite can steer, made anew for every case. */
export type RuntimeRig = AsyncDisposable & {
  readonly runtime: AgentRuntime
  /** What must never show up in an error. */
  readonly secret?: string
  /** A turn that is answered with exactly `answer`. Several may be under way at once. */
  answering(answer: string, turn?: Partial<Turn>): Turn
  /** A turn that is never answered. `started` resolves when the backend works on it, `ended` when it has stopped. */
  hanging(): {
    readonly turn: Turn
    readonly started: Promise<void>
    readonly ended?: Promise<void>
  }
  /** A turn the backend fails, for each kind of failure, with what must be thrown. */
  failing(): readonly {
    readonly turn: Turn
    readonly code: string
    readonly isRetryable: boolean
  }[]
}

export type RuntimeCase =
  | 'done'
  | 'text'
  | 'concurrent'
  | 'big'
  | 'hostile'
  | 'interrupted'
  | 'abort'
  | 'aborted before'
  | 'left early'
  | 'failure'
  | 'secret'

/** Runs the cases every runtime must pass. A case may only be skipped for a written reason. */
export function runtimeContract(
  name: string,
  make: () => Promise<RuntimeRig>,
  options: { readonly skip?: Partial<Record<RuntimeCase, string>> } = {},
): void {
  const contract = (id: RuntimeCase, sentence: string, run: (rig: RuntimeRig) => Promise<void>) => {
    const skip = options.skip?.[id] ?? false
    // The time limit only ends a test that hangs; nothing is measured by it.
    test(`${name}: ${sentence}`, { skip, timeout: 60_000 }, async () => {
      await using rig = await make()
      await run(rig)
    })
  }

  contract(
    'done',
    'a turn ends with exactly one done and nothing after it',
    async ({ runtime, answering }) => {
      const events = await collect(runtime, answering('Hello there'))
      assert.equal(events.filter(({ type }) => type === 'done').length, 1)
      assert.equal(replyOf(events), 'Hello there')
    },
  )

  contract('text', 'the pieces of text together are the reply', async ({ runtime, answering }) => {
    const answer = 'One two three.\n\n- four 🙂\n- fünf\n'.repeat(20)
    const events = await collect(runtime, answering(answer))
    assert.equal(replyOf(events), answer)
    const text = textOf(events)
    assert.equal(text, answer)
  })

  contract('concurrent', 'turns under way at once do not mix', async ({ runtime, answering }) => {
    const answers = Array.from({ length: 8 }, (_, index) => `answer number ${index}, `.repeat(50))
    const turns = answers.map((answer, index) => answering(answer, { runId: `r${index}` }))
    const all = await Promise.all(turns.map((turn) => collect(runtime, turn)))
    assert.deepEqual(all.map(replyOf), answers)
  })

  contract('big', 'a large answer arrives whole', async ({ runtime, answering }) => {
    const answer = 'A sentence of some length, with ümläuts. '.repeat(5000)
    const events = await collect(runtime, answering(answer))
    assert.ok(replyOf(events) === answer, 'the reply differs from the answer')
  })

  contract('hostile', 'hostile text passes through unharmed', async ({ runtime, answering }) => {
    const answer =
      'nul \0, half \ud83d, reversed \u202Eabc\u202C, `x`, </done>, data: [DONE]\n\n, \u2028.'
    const events = await collect(runtime, answering(answer))
    const reply = replyOf(events)
    assert.ok([answer, answer.toWellFormed()].includes(reply), inspect(reply))
  })

  contract(
    'interrupted',
    'a turn that was interrupted before is answered',
    async ({ runtime, answering }) => {
      const turn = answering('Where was I', { isInterrupted: true, attempt: 2 })
      assert.equal(replyOf(await collect(runtime, turn)), 'Where was I')
    },
  )

  contract(
    'abort',
    'an abort ends a turn promptly and its backend work too',
    async ({ runtime, hanging }) => {
      const { turn, started, ended } = hanging()
      const stop = new AbortController()
      const events = collectUntilStopped(runtime, turn, stop.signal)
      await started
      stop.abort()
      assert.ok(!(await events).some(({ type }) => type === 'done'))
      await ended
    },
  )

  contract(
    'aborted before',
    'a turn aborted before it began has no answer',
    async ({ runtime, answering }) => {
      const events = await collectUntilStopped(runtime, answering('No'), AbortSignal.abort())
      assert.ok(!events.some(({ type }) => type === 'done'))
    },
  )

  contract(
    'left early',
    'a reader that leaves early gets away, and the next turn is answered',
    async ({ runtime, answering }) => {
      const turn = answering('Much to say. '.repeat(10_000))
      for await (const _ of runtime.execute(turn, new AbortController().signal)) break
      assert.equal(replyOf(await collect(runtime, answering('Next'))), 'Next')
    },
  )

  contract('failure', 'a backend that fails is classified', async ({ runtime, failing }) => {
    for (const { turn, code, isRetryable } of failing()) {
      const error = await failureOf(runtime, turn)
      assert.deepEqual([error.code, error.isRetryable], [code, isRetryable], error.message)
    }
  })

  contract('secret', 'no error carries the key', async ({ runtime, failing, secret }) => {
    assert.ok(secret, 'the rig names no secret')
    for (const { turn } of failing()) {
      const error = await failureOf(runtime, turn)
      const everything = inspect(error, { depth: 10, showHidden: true }) + (error.stack ?? '')
      assert.ok(!everything.includes(secret), `the key is in ${error.message}`)
    }
  })
}

async function collect(runtime: AgentRuntime, turn: Turn): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    assert.notEqual(events.at(-1)?.type, 'done', 'an event came after done')
    events.push(event)
  }
  assert.equal(events.at(-1)?.type, 'done', 'the turn ended without done')
  return events
}

async function collectUntilStopped(
  runtime: AgentRuntime,
  turn: Turn,
  signal: AbortSignal,
): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  try {
    for await (const event of runtime.execute(turn, signal)) events.push(event)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return events
}

async function failureOf(runtime: AgentRuntime, turn: Turn): Promise<RuntimeError> {
  try {
    await collect(runtime, turn)
  } catch (error) {
    assert.ok(error instanceof RuntimeError, inspect(error))
    return error
  }
  assert.fail('the turn did not fail')
}

function replyOf(events: readonly RuntimeEvent[]): string {
  const last = events.at(-1)
  assert.equal(last?.type, 'done')
  return last.reply.text
}

function textOf(events: readonly RuntimeEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.delta : '')).join('')
}
