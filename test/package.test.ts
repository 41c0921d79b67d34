import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '../core/clock.ts'
import type { runConditionModule } from '../core/scheduler/condition-module.ts'
import { quickCheck } from '../storage/sqlite/quick-check.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const exec = promisify(execFile)

type Manifest = { version: string; bin: { jackdaw: string }; dependencies: Record<string, string> }
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest

let folder = ''
let program = ''

// The package as npm would install it, with links to what it depends on and to nothing else.
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jackdaw-package-'))
  const installed = join(folder, 'node_modules/jackdaw')
  program = join(installed, manifest.bin.jackdaw)
  await exec(process.execPath, [join(root, 'gateway/prepack.mjs'), join(installed, 'dist')])
  await copyFile(join(root, 'package.json'), join(installed, 'package.json'))
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', name), link)
  }
})

after(() => rm(folder, { recursive: true, force: true }))

test('the packaged program tells its version', async () => {
  const { stdout } = await exec(process.execPath, [program, 'version'], { cwd: folder })
  assert.equal(stdout, `${manifest.version}\n`)
})

test('the packaged program starts, serves its page and stops', async () => {
  const config = join(folder, 'jackdaw.yaml')
  await writeFile(config, 'http: { port: 0 }\nagents: { main: { runtime: { type: echo } } }\n')
  const child = spawn(process.execPath, [program, 'start', '--config', config], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (part: Buffer) => {
    log += part.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve)
  })
  try {
    const line = await Promise.race([ready, ended.then((code) => `exit code ${code}\n${log}`)])
    const [, url] = /^Jackdaw is ready: (\S+)$/.exec(line) ?? []
    assert.ok(url, line)
    const page = await fetch(url)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<script type="module"/)
  } finally {
    child.kill('SIGTERM')
  }
  assert.equal(await ended, 0, log)
})

test('the packaged check of a database finds its worker', async () => {
  const file = join(folder, 'data/jackdaw.db')
  const packaged = join(dirname(program), '../storage/sqlite/quick-check.js')
  const packagedModule = (await import(packaged)) as { quickCheck: typeof quickCheck }
  assert.deepEqual(await packagedModule.quickCheck(file), await quickCheck(file))
})

test('the packaged program runs condition modules, in TypeScript too', async () => {
  const workspace = join(folder, 'data/workspaces/main')
  await mkdir(workspace, { recursive: true })
  await writeFile(
    join(workspace, 'check.ts'),
    `export default (context: { now: number }) => ({ status: 'ok', data: context.now })`,
  )
  const packaged = join(dirname(program), '../core/scheduler/condition-module.js')
  const packagedModule = (await import(packaged)) as {
    runConditionModule: typeof runConditionModule
  }
  const result = await packagedModule.runConditionModule({
    workspace,
    path: 'check.ts',
    context: {
      now: 7,
      job: { id: 'j1', name: 'check', agent: 'main' },
      occurrence: { id: 'o1', scheduledFor: 7, attempt: 1 },
      payload: '',
    },
    signal: new AbortController().signal,
    clock: systemClock,
  })
  assert.deepEqual(result, { status: 'ok', data: 7 })
})
