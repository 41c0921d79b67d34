import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findSpool } from '../../channels/signal/spool/launch.ts'
import { startSignalServer } from '../../test/servers/signal.ts'
import { makeSpoolFolder, type SpoolFolder } from '../../test/servers/signal-spool.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

function run(folder: SpoolFolder, ...args: string[]): ChildProcess & { ended: Promise<string> } {
  const config = join(folder.dir, 'jackdaw.yaml')
  const child = spawn(process.execPath, [main, ...args, '--config', config], {
    cwd: folder.dir,
    env: { HOME: folder.dir },
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return Object.assign(child, {
    ended: ended.then(([out, err]) => `${child.exitCode} ${out}${err}`.trim()),
  })
}

async function configure(folder: SpoolFolder, url: string): Promise<void> {
  const yaml = `
dataDir: ${folder.dir}
agents: { main: { runtime: { type: echo } } }
channels:
  signal: { type: signal, url: '${url}/', account: '+4915112345678', spool: external }
`
  await writeFile(join(folder.dir, 'jackdaw.yaml'), yaml)
}

test('the command becomes the spool of the configured accounts, and ends when it is told to', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  await configure(folder, server.url)
  const spool = run(folder, 'signal-spool')
  await server.waitFor(() => server.reader.connections() === 1)
  const found = await findSpool(folder.dir, AbortSignal.timeout(5_000))
  // The very process that was started, so that what supervises it sees the spool itself.
  assert.equal(found?.health.pid, spool.pid)
  assert.deepEqual(
    found?.health.accounts.map(({ account, url }) => ({ account, url })),
    [{ account: server.account, url: server.url }],
  )
  assert.match(await run(folder, 'signal-spool').ended, /^78 A spool is running .* already/)
  assert.equal(await run(folder, 'signal-spool', 'stop').ended, '0 The spool has stopped.')
  assert.match(await spool.ended, /^0 .*ready at/)
  assert.equal(await run(folder, 'signal-spool', 'stop').ended, '0 No spool is running.')
})

test('a signal ends the spool in the foreground', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  await configure(folder, server.url)
  const spool = run(folder, 'signal-spool', '--port', '0', '--host', '127.0.0.1')
  await server.waitFor(() => server.reader.connections() === 1)
  spool.kill('SIGTERM')
  assert.match(await spool.ended, /^0 /)
  assert.equal(await findSpool(folder.dir, AbortSignal.timeout(5_000)), undefined)
})

test('wrong use is said in a sentence', async () => {
  await using folder = await makeSpoolFolder()
  await configure(folder, 'http://127.0.0.1:1')
  assert.match(await run(folder, 'signal-spool', '--port', 'x').ended, /^2 --port x is no port/)
  await writeFile(join(folder.dir, 'jackdaw.yaml'), `dataDir: ${folder.dir}\n`)
  assert.match(await run(folder, 'signal-spool').ended, /^78 .* no Signal channel/)
})
