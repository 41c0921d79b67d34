import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { systemClock } from '../clock.ts'
import { runConditionModule } from './condition-module.ts'

const folder = await mkdtemp(join(tmpdir(), 'jackdaw-modules-'))
after(() => rm(folder, { recursive: true, force: true }))
const workspace = join(folder, 'workspace')

const context = {
  now: 1000,
  job: { id: 'j1', name: 'disk', agent: 'main' },
  occurrence: { id: 'o2', scheduledFor: 900, attempt: 1 },
  payload: { limit: 5 },
}

async function write(path: string, code: string): Promise<void> {
  await mkdir(dirname(join(workspace, path)), { recursive: true })
  await writeFile(join(workspace, path), code)
}

function run(path: string, { signal = AbortSignal.abort, ...rest }: RunOptions = {}) {
  const never = new AbortController().signal
  const given = typeof signal === 'function' ? never : signal
  return runConditionModule({
    workspace,
    path,
    context,
    signal: given,
    clock: systemClock,
    ...rest,
  })
}
type RunOptions = Partial<Omit<Parameters<typeof runConditionModule>[0], 'signal'>> & {
  readonly signal?: AbortSignal | typeof AbortSignal.abort
}

/** How a module with this code fails: its code, then what it says of itself. */
async function failure(code: string, path = 'bad.mjs'): Promise<string> {
  await write(path, code)
  return await failureOf(path)
}

async function failureOf(path: string, options: RunOptions = {}): Promise<string> {
  const result = await run(path, options)
  assert.ok(result.status === 'failed', JSON.stringify(result))
  return `${result.code}: ${result.message.replace(/^The condition module \S+ failed\. /, '')}`
}

test('a module in TypeScript sees its context and decides that the agent is called', async () => {
  await write(
    'checks/disk.ts',
    `type Context = { payload: { limit: number }; job: { name: string } }
     export default async ({ payload, job, ...rest }: Context) => ({
       status: 'ok',
       summary: job.name + ' is full',
       data: { payload, rest },
       invokeAgent: { shouldInvoke: true, prompt: 'Clean up.', context: 'free: 1', severity: 'warn' },
     })`,
  )
  const { payload, job, ...rest } = context
  assert.deepEqual(await run('checks/disk.ts'), {
    status: 'ok',
    summary: `${job.name} is full`,
    data: { payload, rest },
    invoke: { prompt: 'Clean up.', context: 'free: 1', severity: 'warn' },
  })
})

test('modules in JavaScript of either kind may call nobody, or say something themselves', async () => {
  await write('quiet.js', 'module.exports = () => ({ status: "ok", data: null })')
  assert.deepEqual(await run('quiet.js'), { status: 'ok' })
  await write(
    'quiet.mjs',
    `import { hostname } from 'node:os'
     export default () => ({ status: 'ok', summary: typeof hostname(), invokeAgent: { shouldInvoke: false } })`,
  )
  assert.deepEqual(await run('quiet.mjs'), { status: 'ok', summary: 'string' })
  await write('says.mjs', 'export default () => ({ status: "ok", message: "Rain at 5." })')
  assert.deepEqual(await run('says.mjs'), { status: 'ok', message: 'Rain at 5.' })
})

test('a module sees nothing of the environment', async () => {
  await write('env.mjs', 'export default () => ({ status: "ok", data: { ...process.env } })')
  assert.deepEqual(await run('env.mjs'), { status: 'ok', data: {} })
})

test('a module is read anew each time', async () => {
  await write('change.mjs', 'export default () => ({ status: "ok", data: 1 })')
  assert.deepEqual(await run('change.mjs'), { status: 'ok', data: 1 })
  await write('change.mjs', 'export default () => ({ status: "ok", data: 2 })')
  assert.deepEqual(await run('change.mjs'), { status: 'ok', data: 2 })
})

test('a module is inside the workspace, with everything it links to', async () => {
  await write('real.mjs', 'export default () => ({ status: "ok" })')
  await writeFile(join(folder, 'outside.mjs'), 'export default () => ({ status: "ok" })')
  await symlink(join(folder, 'outside.mjs'), join(workspace, 'linked.mjs'))
  await symlink(folder, join(workspace, 'up'))
  await symlink(join(workspace, 'real.mjs'), join(workspace, 'inner.mjs'))
  await symlink('round.mjs', join(workspace, 'round.mjs'))
  await write('notes.txt', '')
  await mkdir(join(workspace, 'folder.mjs'))
  assert.deepEqual(await run('inner.mjs'), { status: 'ok' })
  assert.deepEqual(await run('checks/../real.mjs'), { status: 'ok' })
  assert.match(await failureOf('linked.mjs'), /^bad-path: "linked.mjs" leads out of the workspace/)
  assert.match(await failureOf('up/outside.mjs'), /^bad-path: "up\/outside.mjs" leads out of/)
  assert.match(await failureOf('../outside.mjs'), /^bad-path: "..\/outside.mjs" is outside of/)
  assert.match(await failureOf(join(workspace, 'real.mjs')), /^bad-path: .* is absolute\./)
  assert.match(await failureOf('folder.mjs'), /^bad-path: "folder.mjs" is not a plain file/)
  assert.match(await failureOf('notes.txt'), /^bad-path: "notes.txt" does not end in \.ts/)
  assert.match(await failureOf('gone.mjs'), /^no-module: There is no file "gone.mjs" in the/)
  assert.match(await failureOf('round.mjs'), /^no-module: There is no file "round.mjs"/)
  assert.match(await failureOf('.'), /^bad-path: "." is outside of/)
  assert.match(await failureOf(''), /^bad-path: "" is no path/)
  assert.match(await failureOf('a\0.mjs'), /^bad-path: "a\\u0000.mjs" is no path/)
  const nowhere = { workspace: join(folder, 'nowhere') }
  assert.match(await failureOf('a.mjs', nowhere), /^no-module: The workspace \S+ is not there/)
})

test('a module that loops is stopped in time, also before it is loaded', async () => {
  const late = 'timed-out: It took longer than 0.5 s and was stopped.'
  await write('loop.mjs', 'export default () => { for (;;); }')
  assert.equal(await failureOf('loop.mjs', { timeoutMs: 500 }), late)
  await write('loops.mjs', 'for (;;);')
  assert.equal(await failureOf('loops.mjs', { timeoutMs: 500 }), late)
})

test('a module that waits for ever is stopped in time', async () => {
  await write('wait.mjs', 'export default () => new Promise((resolve) => setTimeout(resolve, 1e9))')
  const clock = new ManualClock()
  const waiting = failureOf('wait.mjs', { clock })
  await clock.untilSleeping()
  await clock.advance(30_000)
  assert.equal(await waiting, 'timed-out: It took longer than 30 s and was stopped.')
})

test('a module is stopped with the gateway', async () => {
  await write(
    'started.mjs',
    `import { writeFileSync } from 'node:fs'
     export default () => { for (;;) writeFileSync(new URL('./started', import.meta.url), 'yes') }`,
  )
  const stop = new AbortController()
  const running = failureOf('started.mjs', { signal: stop.signal })
  while ((await readFile(join(workspace, 'started'), 'utf8').catch(() => '')) === '')
    await new Promise(setImmediate)
  stop.abort()
  assert.equal(await running, 'stopped: It was stopped before it ended.')
  assert.match(await failureOf('started.mjs', { signal: AbortSignal.abort() }), /^stopped: /)
})

test('a module that needs too much memory is stopped', async () => {
  const hungry =
    'export default () => { const all = []; for (;;) all.push([...Array(1000).keys()]) }'
  assert.equal(await failure(hungry), 'out-of-memory: It needed more than 128 MB.')
})

test('a module that throws, now or later, says what it threw', async () => {
  const thrower = 'export default () => { throw new Error("no disk") }'
  assert.equal(await failure(thrower), 'threw: Error: no disk')
  assert.equal(await failure('export default async () => { throw null }'), 'threw: null')
  const odd = 'export default () => { throw { toString() { throw 1 } } }'
  assert.match(await failure(odd), /^threw: something that cannot be shown/)
  const later = `export default () => new Promise(() => setTimeout(() => { throw new Error('late') }))`
  assert.equal(await failure(later), 'threw: Error: late')
  const rejects = `export default () => new Promise(() => { Promise.reject(new Error('lost')) })`
  assert.equal(await failure(rejects), 'threw: Error: lost')
})

test('a module that cannot be loaded says why', async () => {
  assert.match(await failure('import "no-such-package"'), /^cannot-load: .*no-such-package/)
  assert.match(await failure('export default ('), /^cannot-load: .*SyntaxError/)
  assert.match(await failure('throw new Error("early")'), /^cannot-load: .*Error: early/)
  assert.match(
    await failure('export const a = 1'),
    /^no-default-export: .*export default \(context/,
  )
  assert.match(await failure('export default 5'), /^no-default-export: /)
  assert.match(await failure('enum A { B }', 'bad.ts'), /^cannot-load: /)
})

test('a module that ends before it answers comes to nothing', async () => {
  const exits = 'export default () => process.exit(3)'
  assert.equal(await failure(exits), 'no-result: It ended without a result (exit code 3).')
  assert.match(await failure('process.exit(0)'), /^no-result: .*exit code 0/)
  assert.match(await failure('export default () => new Promise(() => {})'), /^no-result: /)
  const strays = `import { parentPort } from 'node:worker_threads'
    export default () => { parentPort.postMessage('hello'); parentPort.postMessage({ result: 1 }); process.exit(0) }`
  assert.match(await failure(strays), /^no-result: /)
})

test('a result that cannot be carried over is told', async () => {
  assert.match(
    await failure('export default () => ({ status: "ok", data: 1n })'),
    /^threw: .*BigInt/,
  )
  const circle = 'export default () => { const a = { status: "ok" }; a.data = a; return a }'
  assert.match(await failure(circle), /^threw: .*circular/)
  const trap = 'export default () => ({ get status() { throw new Error("trap") } })'
  assert.match(await failure(trap), /^threw: Error: trap/)
  assert.match(await failure('export default () => () => 1'), /^bad-result: .*returned nothing/)
  const huge = 'export default () => ({ status: "ok", data: "x".repeat(5e6) })'
  assert.match(await failure(huge), /^bad-result: It returned 5000\d+ characters of JSON/)
})

test('what a module prints, and what it leaves running, is of no consequence', async () => {
  await write(
    'noise.mjs',
    `setInterval(() => console.log('still here'), 1)
     export default async () => {
       for (let count = 0; count < 100; count++) {
         console.log('x'.repeat(100_000))
         console.error('x'.repeat(100_000))
         await new Promise(setImmediate)
       }
       return { status: 'ok', summary: 'done' }
     }`,
  )
  assert.deepEqual(await run('noise.mjs'), { status: 'ok', summary: 'done' })
})
