import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { StoreError } from '../core/errors.ts'
import { lockDataDir } from './lock.ts'

async function freshDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-lock-'))
  t.after(async () => await rm(dir, { recursive: true, force: true }))
  return dir
}

/** A process of its own that takes the lock and keeps it until it is killed. */
async function holder(t: TestContext, dir: string): Promise<ChildProcess> {
  const lockModule = fileURLToPath(new URL('./lock.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { lockDataDir } = await import(${JSON.stringify(lockModule)})
       globalThis.lock = await lockDataDir(${JSON.stringify(dir)})
       process.stdout.write('locked')
       setInterval(() => undefined, 60_000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout ?? child, 'data')
  return child
}

const isLocked = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError)
  assert.equal(error.code, 'locked')
  assert.match(error.message, pattern)
  return true
}

test('a data directory has one holder until it lets go', async (t) => {
  const dir = join(await freshDir(t), 'data')
  const lock = await lockDataDir(dir)
  assert.equal((await stat(dir)).mode & 0o777, 0o700)
  assert.equal((await stat(join(dir, 'lock.db'))).mode & 0o777, 0o600)
  assert.equal((await stat(join(dir, 'lock.pid'))).mode & 0o777, 0o600)
  await assert.rejects(lockDataDir(dir), isLocked(new RegExp(`process ${process.pid}\\)`)))
  await lock.release()
  await lock.release()
  assert.deepEqual(await readdir(dir), ['lock.db'])
  await (await lockDataDir(dir)).release()
})

test('another process is told who holds the directory and what to do', async (t) => {
  const dir = await freshDir(t)
  const child = await holder(t, dir)
  await assert.rejects(
    lockDataDir(dir),
    isLocked(
      new RegExp(
        `^${dir} is in use by another gateway \\(process ${child.pid}\\)\\. Stop that one first`,
      ),
    ),
  )
})

test('the lock of a killed process is free at once', async (t) => {
  const dir = await freshDir(t)
  const child = await holder(t, dir)
  await assert.rejects(lockDataDir(dir), { code: 'locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockDataDir(dir)
  assert.match(await readFile(join(dir, 'lock.pid'), 'utf8'), new RegExp(`^${process.pid} `))
  await lock.release()
})

test('a number left by a dead process is not shown as the holder', async (t) => {
  const dir = await freshDir(t)
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  const child = await holder(t, dir)
  const written = await readFile(join(dir, 'lock.pid'), 'utf8')
  await writeFile(join(dir, 'lock.pid'), written.replace(`${child.pid}`, `${dead.pid}`))
  await assert.rejects(lockDataDir(dir), isLocked(/in use by another gateway\. Stop/))
  await rm(join(dir, 'lock.pid'))
  await assert.rejects(lockDataDir(dir), isLocked(/in use by another gateway\. Stop/))
  await writeFile(join(dir, 'lock.pid'), '7 elsewhere\n')
  await assert.rejects(lockDataDir(dir), isLocked(/\(process 7 on elsewhere\)/))
})

test('a damaged lock file is named and may be deleted', async (t) => {
  const dir = await freshDir(t)
  await writeFile(join(dir, 'lock.db'), 'no database at all '.repeat(100))
  await assert.rejects(lockDataDir(dir), {
    code: 'corrupt',
    message: `${join(dir, 'lock.db')} is damaged. Delete it; it holds no data.`,
  })
})

test('a directory that cannot be written is refused', async (t) => {
  const dir = await freshDir(t)
  await (await lockDataDir(dir)).release()
  await chmod(dir, 0o555)
  await chmod(join(dir, 'lock.db'), 0o444)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await assert.rejects(lockDataDir(dir), (error: unknown) => {
      assert.ok(error instanceof StoreError)
      assert.equal(error.code, 'read-only')
      assert.ok(error.message.startsWith(dir))
      return true
    })
    await assert.rejects(lockDataDir(join(dir, 'new')), { code: 'read-only' })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})
