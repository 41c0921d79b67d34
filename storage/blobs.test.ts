import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { StoreError, TooLargeError } from '../core/errors.ts'
import { DiskBlobStore } from './blobs.ts'

const anySize = 1_000_000_000

async function freshDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-blobs-'))
  t.after(async () => await rm(dir, { recursive: true, force: true }))
  return join(dir, 'blobs')
}

const shaOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const streamOf = (...parts: (string | Buffer)[]) => Readable.from(parts, { objectMode: false })
const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const isDeleted = async (path: string) =>
  await stat(path)
    .then(() => false)
    .catch(() => true)

test('a stream is kept under its hash, private to the user', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  const stored = await blobs.put(streamOf('hel', 'lo'), 5)
  const sha256 = shaOf('hello')
  assert.deepEqual(stored, { sha256, size: 5, path: join(dir, sha256.slice(0, 2), sha256) })
  assert.equal(blobs.path(sha256), stored.path)
  assert.equal(await readFile(stored.path, 'utf8'), 'hello')
  assert.equal(await modeOf(dir), 0o700)
  assert.equal(await modeOf(join(dir, sha256.slice(0, 2))), 0o700)
  assert.equal(await modeOf(stored.path), 0o600)
  assert.deepEqual(await readdir(join(dir, 'partial')), [])
})

test('an empty stream is a file too', async (t) => {
  const blobs = await DiskBlobStore.open(await freshDir(t))
  const stored = await blobs.put(streamOf(), 10)
  assert.deepEqual([stored.sha256, stored.size], [shaOf(''), 0])
})

test('a large stream arrives whole', async (t) => {
  const blobs = await DiskBlobStore.open(await freshDir(t))
  const part = Buffer.alloc(1_000_003, 'jackdaw')
  const { sha256, size, path } = await blobs.put(streamOf(part, part, part), anySize)
  assert.equal(size, 3 * part.length)
  assert.equal(sha256, shaOf(await readFile(path)))
})

test('a stream over the limit is cut off at once and leaves nothing', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(1000))
    },
  })
  await assert.rejects(blobs.put(endless, 4000), (error: unknown) => {
    assert.ok(error instanceof TooLargeError)
    assert.equal(error.maxBytes, 4000)
    return true
  })
  assert.ok(endless.destroyed)
  assert.deepEqual(await readdir(join(dir, 'partial')), [])
  assert.deepEqual(await readdir(dir), ['partial'])
})

test('a stream that breaks off leaves nothing', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('half')
      throw new Error('connection reset')
    })(),
  )
  await assert.rejects(blobs.put(broken, anySize), /connection reset/)
  assert.deepEqual(await readdir(dir), ['partial'])
  assert.deepEqual(await readdir(join(dir, 'partial')), [])
})

test('an abort ends a stream that hangs', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  const stop = new AbortController()
  const hanging = new Readable({
    read() {
      stop.abort()
    },
  })
  await assert.rejects(blobs.put(hanging, anySize, stop.signal), { name: 'AbortError' })
  assert.ok(hanging.destroyed)
  assert.deepEqual(await readdir(join(dir, 'partial')), [])
})

test('the same content stored many times at once is one file', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  const all = await Promise.all(
    Array.from({ length: 20 }, async () => await blobs.put(streamOf('same ', 'thing'), anySize)),
  )
  assert.equal(new Set(all.map(({ path }) => path)).size, 1)
  const sha256 = shaOf('same thing')
  assert.deepEqual(await readdir(join(dir, sha256.slice(0, 2))), [sha256])
  assert.equal(await readFile(blobs.path(sha256), 'utf8'), 'same thing')
})

test('what a dead process left half-written goes at the next start', async (t) => {
  const dir = await freshDir(t)
  const { path } = await (await DiskBlobStore.open(dir)).put(streamOf('kept'), anySize)
  await writeFile(join(dir, 'partial', 'left-over'), 'half')
  await DiskBlobStore.open(dir)
  assert.deepEqual(await readdir(join(dir, 'partial')), [])
  assert.equal(await readFile(path, 'utf8'), 'kept')
})

test('a name that is no hash leads nowhere', async (t) => {
  const blobs = await DiskBlobStore.open(await freshDir(t))
  for (const name of [
    '',
    '../../etc/passwd',
    'A'.repeat(64),
    'a'.repeat(63),
    `${'a'.repeat(64)}\n`,
  ]) {
    assert.throws(() => blobs.path(name), TypeError)
  }
})

test('a sweep deletes the oldest unwanted files, as many as allowed', async (t) => {
  const blobs = await DiskBlobStore.open(await freshDir(t))
  const put = async (text: string, age: number) => {
    const { path, sha256 } = await blobs.put(streamOf(text), anySize)
    await utimes(path, age, age)
    return { path, sha256 }
  }
  const oldest = await put('oldest', 1000)
  const older = await put('older', 2000)
  const wanted = await put('wanted', 500)
  const old = await put('old', 3000)
  const young = await put('young', 9000)
  const keep = async (sha256: string) => sha256 === wanted.sha256
  assert.equal(await blobs.sweep(keep, 5_000_000, 2), 2)
  assert.ok(await isDeleted(oldest.path))
  assert.ok(await isDeleted(older.path))
  assert.ok(!(await isDeleted(old.path)))
  assert.equal(await blobs.sweep(keep, 5_000_000, 2), 1)
  assert.ok(await isDeleted(old.path))
  assert.equal(await blobs.sweep(keep, 5_000_000, 2), 0)
  assert.ok(!(await isDeleted(wanted.path)))
  assert.ok(!(await isDeleted(young.path)))
  assert.equal(await blobs.sweep(() => false, 10_000_000, 0), 0)
})

test('what is stored again while a sweep runs is not swept', async (t) => {
  const blobs = await DiskBlobStore.open(await freshDir(t))
  const { path, sha256 } = await blobs.put(streamOf('back again'), anySize)
  await utimes(path, 1000, 1000)
  const keep = async () => {
    await blobs.put(streamOf('back again'), anySize)
    return false
  }
  assert.equal(await blobs.sweep(keep, 5_000_000, 10), 0)
  assert.equal(shaOf(await readFile(blobs.path(sha256))), sha256)
})

test('a directory of another user is refused with a sentence that names it', async (t) => {
  const dir = await freshDir(t)
  await mkdir(dir)
  await chmod(dir, 0o500)
  await asOrdinaryUser(async () => {
    const place = join(dir, 'blobs')
    await assert.rejects(DiskBlobStore.open(place), (error: unknown) => {
      assert.ok(error instanceof StoreError)
      assert.equal(error.code, 'read-only')
      assert.match(error.message, new RegExp(`^${place} may not be written`))
      return true
    })
  })
})

test('a disk that fails while writing is told from a stream that fails', async (t) => {
  const dir = await freshDir(t)
  const blobs = await DiskBlobStore.open(dir)
  await rm(join(dir, 'partial'), { recursive: true })
  const stream = streamOf('x')
  await assert.rejects(blobs.put(stream, anySize), { name: 'StoreError', code: 'unavailable' })
  assert.ok(stream.destroyed)
})

/** The permissions of files do not bind root, so root becomes nobody for a moment. */
async function asOrdinaryUser(step: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return await step()
  process.seteuid?.(65534)
  try {
    await step()
  } finally {
    process.seteuid?.(0)
  }
}
