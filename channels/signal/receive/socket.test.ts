import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { type SignalServer, startSignalServer } from '../../../test/servers/signal.ts'
import { textsOf } from '../../../test/servers/signal-spool.ts'
import { SocketSource, type SocketTiming } from './socket.ts'
import type { Take } from './source.ts'

const quick: Partial<SocketTiming> = { minBackoffMs: 1, maxBackoffMs: 5, closeMs: 200 }

/** A source at work, with what it brought. */
function receive(
  server: SignalServer,
  { clock = systemClock, take }: { clock?: typeof systemClock; take?: Take } = {},
  timing = quick,
) {
  const stop = new AbortController()
  const frames: unknown[] = []
  const states: string[] = []
  let signs = 0
  const source = new SocketSource(
    {
      url: server.url,
      account: server.account,
      clock,
      report: (state, detail) => states.push(`${state} ${detail ?? ''}`.trim()),
      alive: () => {
        signs += 1
      },
    },
    timing,
  )
  const done = source.run(take ?? (async (some) => void frames.push(...some)), stop.signal)
  return {
    states,
    texts: () => textsOf(frames),
    signs: () => signs,
    /** Resolves when so many messages are there. */
    has: (count: number) => until(() => frames.length >= count),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let round = 0; !isTrue(); round += 1) {
    assert.ok(round < 5_000, 'it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const connected = (server: SignalServer) => server.waitFor(() => server.reader.connections() === 1)

test('frames come in order, and nothing is ever sent', async () => {
  await using server = await startSignalServer()
  await using source = receive(server)
  await connected(server)
  for (let index = 0; index < 500; index += 1) server.self.says(String(index))
  await source.has(500)
  assert.deepEqual(
    source.texts(),
    Array.from({ length: 500 }, (_, index) => String(index)),
  )
  assert.deepEqual([source.states, server.breaches], [['up'], []])
})

test('a connection that is cut is put back, and garbage changes nothing', async () => {
  await using server = await startSignalServer()
  await using source = receive(server)
  await connected(server)
  for (const text of ['', '{', 'null', '[]', '{"error":"x"}']) server.reader.raw(text)
  server.self.says('before')
  await until(() => source.texts().includes('before'))
  server.reader.cut()
  await connected(server)
  server.self.says('after')
  await until(() => source.texts().includes('after'))
  assert.equal(source.states.at(-1), 'up')
})

test('a server that was away is found again at its place', async () => {
  await using server = await startSignalServer()
  await using source = receive(server)
  await connected(server)
  const port = await server.goDown()
  await until(() => source.states.at(-1)?.includes('nothing answers there') ?? false)
  await server.listen(port)
  await connected(server)
  server.self.says('again')
  await source.has(1)
  await until(() => source.states.at(-1) === 'up')
})

test('without a ping for two minutes a connection is given up for a new one', async () => {
  await using server = await startSignalServer()
  const clock = new ManualClock()
  await using source = receive(server, { clock })
  await connected(server)
  await until(() => source.states[0] === 'up')
  await clock.advance(119_000)
  server.reader.ping()
  await until(() => source.signs() >= 2)
  await clock.advance(119_000)
  assert.deepEqual(source.states, ['up'])
  server.reader.freeze()
  await clock.advance(2_000)
  await until(() => source.states.length >= 2)
  assert.match(source.states[1] ?? '', /nothing was heard for 120 s/)
  await clock.advance(1_000)
  await until(() => source.states.length >= 3)
  server.self.says('heard')
  await source.has(1)
})

test('a server in another mode is a state, not a crash', async () => {
  await using server = await startSignalServer({ mode: 'normal' })
  await using source = receive(server)
  await until(() => source.states.length > 0)
  assert.match(source.states[0] ?? '', /^retrying .* it answers with status 404\.$/)
})

test('frames that are not stored are offered again, those behind them later', async () => {
  await using server = await startSignalServer()
  const stored: unknown[] = []
  let refusals = 2
  const take: Take = async (frames) => {
    if (refusals-- > 0) throw new Error('disk full')
    stored.push(...frames)
  }
  const clock = new ManualClock()
  await using source = receive(server, { clock, take })
  await connected(server)
  server.self.says('a')
  await until(() => refusals === 1)
  server.self.says('b')
  await until(() => source.states.some((one) => one.includes('could not be stored')))
  for (let round = 0; round < 10; round += 1) await clock.advance(1_000)
  await until(() => stored.length === 2)
  assert.deepEqual(textsOf(stored), ['a', 'b'])
})

test('what arrived before the end is stored before it', async () => {
  await using server = await startSignalServer()
  const source = receive(server)
  await connected(server)
  await until(() => source.states[0] === 'up')
  for (let index = 0; index < 50; index += 1) server.self.says(String(index))
  await source[Symbol.asyncDispose]()
  assert.equal(source.texts().length, 50)
  await server.waitFor(() => server.reader.connections() === 0)
})
