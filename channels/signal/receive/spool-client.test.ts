import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { type SignalServer, startSignalServer } from '../../../test/servers/signal.ts'
import { makeSpoolFolder, type SpoolFolder, textsOf } from '../../../test/servers/signal-spool.ts'
import { findSpool, launchSpool } from '../spool/launch.ts'
import type { Take } from './source.ts'
import { SpoolSource } from './spool-client.ts'

/** A gateway that receives from the folder's spool, launching it when it is not there. */
function receive(folder: SpoolFolder, { account, url }: SignalServer, take: Take) {
  const stop = new AbortController()
  const states: string[] = []
  const source = new SpoolSource({
    account,
    url,
    clock: systemClock,
    waitMs: 1_000,
    open: (signal) => launchSpool({ dataDir: folder.dir, port: 0 }, systemClock, signal),
    report: (state, detail) => states.push(`${state} ${detail ?? ''}`.trim()),
    alive: () => undefined,
  })
  const done = source.run(take, stop.signal)
  return {
    states,
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let round = 0; !isTrue(); round += 1) {
    assert.ok(round < 10_000, 'it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const connected = (server: SignalServer) => server.waitFor(() => server.reader.connections() === 1)

async function waiting(folder: SpoolFolder): Promise<number> {
  const found = await findSpool(folder.dir, AbortSignal.timeout(5_000))
  return found?.health.accounts[0]?.waiting ?? -1
}

test('a gateway that was away finds what came meanwhile, once and in order', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  const stored: unknown[] = []
  const take: Take = async (frames) => void stored.push(...frames)
  const first = receive(folder, server, take)
  await connected(server)
  server.self.says('a')
  await until(() => stored.length === 1)
  assert.deepEqual(first.states.at(-1), 'up')
  await first.stop()
  for (const text of ['b', 'c']) server.self.says(text)
  const second = receive(folder, server, take)
  await until(() => stored.length === 3)
  server.self.says('d')
  await until(() => stored.length === 4)
  await second.stop()
  assert.deepEqual(textsOf(stored), ['a', 'b', 'c', 'd'])
  assert.equal(await waiting(folder), 0)
})

test('what a gateway stored and did not acknowledge comes again; what it refused comes until it is stored', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  const offered: string[][] = []
  const dying = Promise.withResolvers<void>()
  const first = receive(folder, server, async (frames) => {
    offered.push(textsOf(frames))
    await dying.promise
    throw new Error('the gateway is gone')
  })
  await connected(server)
  server.self.says('a')
  await until(() => offered.length === 1)
  const ended = first.stop()
  dying.resolve()
  await ended
  let refusals = 2
  const stored: unknown[] = []
  const second = receive(folder, server, async (frames) => {
    if (refusals-- > 0) throw new Error('disk full')
    stored.push(...frames)
  })
  await until(() => stored.length === 1)
  await second.stop()
  assert.ok(second.states.some((one) => one.includes('the spool keeps them')))
  assert.deepEqual([offered, textsOf(stored), await waiting(folder)], [[['a']], ['a'], 0])
})

test('a spool that is killed is started anew, and nothing that it had is lost', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  const texts = new Set<string>()
  const gateway = receive(folder, server, async (frames) => {
    for (const text of textsOf(frames)) texts.add(text)
  })
  await connected(server)
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 20; index += 1) server.self.says(`${round}/${index}`)
    await until(() => texts.size === (round + 1) * 20)
    const found = await findSpool(folder.dir, AbortSignal.timeout(5_000))
    if (found) process.kill(found.health.pid, 'SIGKILL')
    await server.waitFor(() => server.reader.connections() === 0)
    await connected(server)
  }
  await gateway.stop()
  assert.ok(gateway.states.some((one) => one.startsWith('retrying')))
})
