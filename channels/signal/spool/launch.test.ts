import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { makeSpoolFolder, type SpoolFolder } from '../../../test/servers/signal-spool.ts'
import { findSpool, launchSpool, requireSpool, spoolCommand, stopSpool } from './launch.ts'
import { spoolProtocol } from './protocol.ts'
import { readSpoolFile, spoolFilePath, writeSpoolFile } from './spool-file.ts'

const soon = () => AbortSignal.timeout(20_000)
const launch = ({ dir }: SpoolFolder, port = 0) =>
  launchSpool({ dataDir: dir, port }, systemClock, soon())

test('a spool that runs is found, and only its owner can read how to reach it', async () => {
  await using folder = await makeSpoolFolder()
  assert.equal(await findSpool(folder.dir, soon()), undefined)
  await assert.rejects(requireSpool(folder.dir, soon()), /jackdaw signal-spool/)
  const first = await (await launch(folder)).health(soon())
  const second = await (await launch(folder)).health(soon())
  const third = await (await requireSpool(folder.dir, soon())).health(soon())
  assert.deepEqual([second.pid, third.pid], [first.pid, first.pid])
  assert.equal(statSync(spoolFilePath(folder.dir)).mode & 0o777, 0o600)
  assert.equal(await stopSpool(folder.dir, systemClock, soon()), true)
  assert.equal(await stopSpool(folder.dir, systemClock, soon()), false)
  assert.equal(readSpoolFile(folder.dir), undefined)
})

test('many that launch at once come to one spool', async () => {
  await using folder = await makeSpoolFolder()
  const clients = await Promise.all([launch(folder), launch(folder), launch(folder)])
  const pids = await Promise.all(clients.map(async (one) => (await one.health(soon())).pid))
  assert.equal(new Set(pids).size, 1)
})

test('the spool outlives a gateway that is killed, with all it started', async () => {
  await using folder = await makeSpoolFolder()
  const script = `
    const { launchSpool } = await import(${JSON.stringify(new URL('./launch.ts', import.meta.url).href)})
    const { systemClock } = await import(${JSON.stringify(new URL('../../../core/clock.ts', import.meta.url).href)})
    await launchSpool({ dataDir: process.argv[1], port: 0 }, systemClock, new AbortController().signal)
    console.log('launched')
    setTimeout(() => undefined, 60_000)`
  const args = ['--input-type=module', '--eval', script, folder.dir]
  const gateway = spawn(process.execPath, args, { detached: true })
  await once(gateway.stdout, 'data')
  // The whole group, as a terminal or a supervisor would.
  process.kill(-(gateway.pid ?? 0), 'SIGKILL')
  await once(gateway, 'exit')
  const found = await findSpool(folder.dir, soon())
  assert.equal(found?.health.protocol, spoolProtocol)
})

test('a file left by a spool that was killed does not stop the next', async () => {
  await using folder = await makeSpoolFolder()
  const spool = await folder.start()
  await spool.kill('SIGKILL')
  assert.equal(readSpoolFile(folder.dir)?.pid, spool.pid)
  const { pid } = await (await launch(folder)).health(soon())
  assert.notEqual(pid, spool.pid)
})

test('a spool of another version is stopped and replaced', async () => {
  await using folder = await makeSpoolFolder()
  const calls: string[] = []
  const gone = 2 ** 30
  const old = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    // As the real one: its name goes before its answer does.
    if (request.url === '/stop') rmSync(spoolFilePath(folder.dir))
    response.end(JSON.stringify({ protocol: 0, pid: gone, accounts: [], port: 1, startedAt: 1 }))
  }).listen(0, '127.0.0.1')
  await once(old, 'listening')
  const address = old.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  writeSpoolFile(folder.dir, { pid: gone, url, token: 'x', version: 0 })
  await assert.rejects(requireSpool(folder.dir, soon()), /another version/)
  const { protocol } = await (await launch(folder)).health(soon())
  assert.equal(protocol, spoolProtocol)
  assert.ok(calls.includes('POST /stop'))
  old.close()
  old.closeAllConnections()
})

test('a spool at another port than is wanted moves there', async () => {
  await using folder = await makeSpoolFolder()
  const first = await (await launch(folder)).health(soon())
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const address = free.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await new Promise((resolve) => free.close(resolve))
  const second = await (await launch(folder, port)).health(soon())
  assert.deepEqual([second.port, second.pid === first.pid], [port, false])
})

test('why a spool does not start is said, and stands in its log', async () => {
  await using folder = await makeSpoolFolder()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await assert.rejects(launch(folder, port), /cannot listen at 127\.0\.0\.1:\d+.*EADDRINUSE/)
  assert.match(readFileSync(join(folder.dir, 'signal-spool.log'), 'utf8'), /EADDRINUSE/)
  taken.close()
})

test('the command names files that exist', () => {
  const [, boot = '', program = ''] = spoolCommand({ dataDir: '/data', port: 0 })
  for (const file of [boot, program]) assert.ok(statSync(file).isFile())
})
