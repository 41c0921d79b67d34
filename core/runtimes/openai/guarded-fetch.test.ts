import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import type { ModelReply } from '../../../test/servers/model-reply.ts'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent } from '../../runtime-port.ts'

/** Pieces a test hands over one by one. */
class Hand implements AsyncIterable<string> {
  readonly #pieces: string[] = []
  #wake: () => void = () => undefined
  #isOver = false

  give(piece: string): void {
    this.#pieces.push(piece)
    this.#wake()
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) yield piece
      else if (this.#isOver) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

async function start(server: ModelServer, reply: ModelReply) {
  const clock = new ManualClock()
  server.next(reply)
  const runtime = makeOpenAiRuntime(server.url, { clock, firstByteMs: 60_000, idleMs: 10_000 })
  const events = runtime.execute(makeTurn(), new AbortController().signal)
  return { clock, events }
}

const isStalled = (error: unknown) =>
  error instanceof RuntimeError && error.code === 'stalled' && error.isRetryable

test('a server that never answers is given up after the first-byte limit', async () => {
  await using server = await ModelServer.start()
  const { clock, events } = await start(server, { type: 'silent' })
  const next = events.next()
  const refused = assert.rejects(next, isStalled)
  const request = await server.request()
  await clock.untilSleeping()
  await clock.advance(59_999)
  assert.equal(clock.sleeping, 1)
  await clock.advance(1)
  await refused
  await request.abandoned
})

test('a stream that falls silent is given up after the idle limit', async () => {
  await using server = await ModelServer.start()
  const { clock, events } = await start(server, { type: 'silent', text: 'Well' })
  assert.deepEqual((await events.next()).value, { type: 'text', delta: 'Well' })
  const refused = assert.rejects(events.next(), isStalled)
  await clock.untilSleeping()
  await clock.advance(10_000)
  await refused
  await (await server.request()).abandoned
})

test('keep-alive comments count as life', async () => {
  await using server = await ModelServer.start()
  const keepAlive = new Hand()
  const { clock, events } = await start(server, { type: 'silent', text: 'Well', keepAlive })
  await events.next()
  const refused = assert.rejects(events.next(), isStalled)
  for (let round = 0; round < 3; round++) {
    await clock.untilSleeping()
    const due = clock.nextAt
    await clock.advance(9_000)
    keepAlive.give('still thinking')
    // The sleep for the next byte begins anew once the comment has arrived.
    while (clock.nextAt === due || clock.nextAt === undefined) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await clock.advance(10_000)
  await refused
  keepAlive.end()
})

test('a reader that takes its time is not taken for a server that stalls', async () => {
  await using server = await ModelServer.start()
  const hand = new Hand()
  const { clock, events } = await start(server, { type: 'paced', pieces: hand })
  hand.give('One. ')
  const first = await events.next()
  hand.give('Two.')
  hand.end()
  const rest: (RuntimeEvent | undefined)[] = [first.value]
  for await (const event of events) {
    // Below the limit each time, far above it together.
    await clock.advance(9_999)
    rest.push(event)
  }
  assert.deepEqual(rest.at(-1), { type: 'done', reply: { text: 'One. Two.', format: 'markdown' } })
  assert.equal(clock.sleeping, 0)
})
