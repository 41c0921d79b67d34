import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fakeProgram } from '../../../test/fakes/opencode-program.ts'
import { systemClock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import { ManagedServer } from './managed-server.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jackdaw-opencode-'))
})
after(async () => await rm(folder, { recursive: true }))

let made = 0

/** A managed server whose program does what `script` says, in a folder of its own. */
async function make(script: string, env: Record<string, string> = {}) {
  made += 1
  const place = join(folder, `${made}`)
  const path = await fakeProgram(join(place, 'bin'), script)
  const options = {
    clock: systemClock,
    directory: join(place, 'work'),
    folder: join(place, 'runtime'),
    env: { PATH: path, ...env },
  }
  return { place, options, server: new ManagedServer(options) }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function pidIn(place: string): Promise<number> {
  const record = await readFile(join(place, 'runtime', 'server.json'), 'utf8')
  return (JSON.parse(record) as { pid: number }).pid
}

test('it starts with the first call, once, and ends with the gateway', async () => {
  const { server, place } = await make('serve')
  const [first, second] = await Promise.all([server.endpoint(), server.endpoint()])
  assert.deepEqual(first, second)
  assert.match(first.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  const pid = await pidIn(place)
  const { mode } = await stat(join(place, 'runtime', 'server.json'))
  assert.equal(mode & 0o077, 0)
  await server.close()
  assert.ok(!isAlive(pid))
  await assert.rejects(stat(join(place, 'runtime', 'server.json')))
  await assert.rejects(server.endpoint(), RuntimeError)
})

test('it gets what it needs of the environment, and no secret of the gateway', async () => {
  const { server } = await make('serve', { TELEGRAM_TOKEN: 'secret', GROQ_API_KEY: 'key' })
  const { url } = await server.endpoint()
  const env = (await (await fetch(url)).json()) as Record<string, string>
  assert.equal(env['GROQ_API_KEY'], 'key')
  assert.equal(env['TELEGRAM_TOKEN'], undefined)
  assert.match(env['HOME'] ?? '', /home$/)
  assert.ok((env['OPENCODE_SERVER_PASSWORD'] ?? '').length >= 32)
  await server.close()
})

test('one that was left by a gateway that was killed is taken over', async () => {
  const { server, place, options } = await make('serve')
  const before = await server.endpoint()
  const pid = await pidIn(place)
  const next = new ManagedServer(options)
  const { url, password } = await next.endpoint()
  assert.deepEqual([url, password], [before.url, before.password])
  await next.close()
  assert.ok(!isAlive(pid))
})

test('one that dies is started again, and one that ignores to be asked is killed', async () => {
  const { server, place } = await make('stubborn')
  await server.endpoint()
  const first = await pidIn(place)
  await server.kill()
  await server.endpoint()
  const second = await pidIn(place)
  assert.notEqual(second, first)
  await server.close()
  assert.ok(!isAlive(first) && !isAlive(second))
})

test('one that does not start says its last words', async () => {
  const { server } = await make('fail')
  await assert.rejects(
    server.endpoint(),
    (error) => error instanceof RuntimeError && error.message.endsWith('No model is configured'),
  )
  await server.close()
})
