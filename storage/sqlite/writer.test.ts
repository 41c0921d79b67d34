import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { type DiskSync, FileDiskSync } from './disk-sync.ts'
import { Writer } from './writer.ts'

const neverMs = 1_000_000

/** A table of names, written through a writer and read over another connection: only what is committed is seen. */
class Names implements AsyncDisposable {
  readonly writer: Writer
  readonly #dir: string
  readonly #db: Database.Database
  readonly #reader: Database.Database
  readonly #disk: DiskSync

  private constructor(dir: string, lingerMs: number, disk: DiskSync | undefined) {
    this.#dir = dir
    const file = join(dir, 'names.db')
    this.#db = new Database(file)
    this.#db.pragma('journal_mode = WAL')
    this.#db.exec('CREATE TABLE names (name TEXT NOT NULL)')
    this.#reader = new Database(file, { readonly: true })
    this.#disk = disk ?? new FileDiskSync(file)
    this.writer = new Writer(this.#db, file, this.#disk, lingerMs)
  }

  static async open(lingerMs = neverMs, disk?: DiskSync): Promise<Names> {
    return new Names(await mkdtemp(join(tmpdir(), 'jackdaw-writer-')), lingerMs, disk)
  }

  /** The change that adds a name. */
  add(name: string): () => void {
    return () => void this.#db.prepare('INSERT INTO names VALUES (?)').run(name)
  }

  committed(): string[] {
    return this.#reader.prepare('SELECT name FROM names ORDER BY rowid').pluck().all() as string[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer.close()
    this.#reader.close()
    this.#db.close()
    await this.#disk.close()
    await rm(this.#dir, { recursive: true })
  }
}

test('what is asked for in one moment is committed in that order, claims last', async () => {
  await using names = await Names.open()
  const { writer } = names
  await Promise.all([
    writer.write(names.add('first')),
    writer.claim(names.add('claim')),
    writer.write(names.add('second')),
  ])
  assert.deepEqual(names.committed(), ['first', 'second', 'claim'])
})

test('a claim waits for everything asked for before it, however many commits that takes', async () => {
  await using names = await Names.open()
  const { writer } = names
  const writes = Array.from({ length: 600 }, (_, index) => writer.write(names.add(String(index))))
  await Promise.all([...writes, writer.claim(names.add('claim'))])
  assert.equal(names.committed().length, 601)
  assert.equal(names.committed().at(-1), 'claim')
})

test('what nobody waits for goes into the next commit, in its place', async () => {
  await using names = await Names.open()
  const { writer } = names
  const soon = writer.writeSoon(names.add('soon'))
  await new Promise(setImmediate)
  assert.deepEqual(names.committed(), [])
  await writer.write(names.add('later'))
  assert.deepEqual(names.committed(), ['soon', 'later'])
  await soon
})

test('what nobody waits for is committed on its own when nothing comes', async () => {
  await using names = await Names.open(1)
  await names.writer.writeSoon(names.add('alone'))
  assert.deepEqual(names.committed(), ['alone'])
  await names.writer.writeSoon(names.add('again'))
  assert.deepEqual(names.committed(), ['alone', 'again'])
})

test('closing commits what nobody waited for, and refuses what comes later', async () => {
  await using names = await Names.open()
  const soon = names.writer.writeSoon(names.add('soon'))
  await names.writer.close()
  await soon
  assert.deepEqual(names.committed(), ['soon'])
  for (const refused of [
    names.writer.writeSoon(names.add('x')),
    names.writer.write(names.add('x')),
    names.writer.claim(names.add('x')),
  ])
    await assert.rejects(refused, /closed/)
})

test('a change that fails takes nothing along that shares its commit', async () => {
  await using names = await Names.open()
  const { writer } = names
  const soon = writer.writeSoon(names.add('soon'))
  const failing = writer.write(() => {
    throw new Error('no')
  })
  const claim = writer.claim(names.add('claim'))
  await assert.rejects(failing)
  await Promise.all([soon, claim])
  assert.deepEqual(names.committed(), ['soon', 'claim'])
})

/** A disk whose syncs of the log end when the test says so. */
class HeldDisk implements DiskSync {
  readonly syncs: PromiseWithResolvers<void>[] = []
  #begun = Promise.withResolvers<void>()

  log(): Promise<void> {
    const held = Promise.withResolvers<void>()
    this.syncs.push(held)
    this.#begun.resolve()
    this.#begun = Promise.withResolvers<void>()
    return held.promise
  }

  /** Resolves when the next sync begins. */
  get next(): Promise<void> {
    return this.#begun.promise
  }

  async database(): Promise<void> {
    await this.log()
  }

  async close(): Promise<void> {
    for (const held of this.syncs) held.resolve()
  }
}

test('a change is promised once it is on the disk, and what is asked for meanwhile shares the next commit', async () => {
  const disk = new HeldDisk()
  await using names = await Names.open(neverMs, disk)
  const { writer } = names
  const told: string[] = []
  const write = (name: string) => writer.write(names.add(name)).then(() => told.push(name))
  let begun = disk.next
  const writes = [write('first')]
  await begun
  writes.push(write('second'), write('third'))
  await new Promise(setImmediate)
  assert.deepEqual(names.committed(), ['first'])
  assert.deepEqual(told, [])
  begun = disk.next
  disk.syncs[0]?.resolve()
  await begun
  assert.deepEqual(told, ['first'])
  assert.deepEqual(names.committed(), ['first', 'second', 'third'])
  disk.syncs[1]?.resolve()
  await Promise.all(writes)
  assert.equal(disk.syncs.length, 2)
})

test('what changes nothing waits for no disk', async () => {
  const disk = new HeldDisk()
  await using names = await Names.open(neverMs, disk)
  assert.equal(await names.writer.claim(() => names.committed().length), 0)
  assert.equal(disk.syncs.length, 0)
})

test('a disk that fails is believed by nobody: nothing is promised any more', async () => {
  const disk = new HeldDisk()
  await using names = await Names.open(neverMs, disk)
  const { writer } = names
  const begun = disk.next
  const first = assert.rejects(writer.write(names.add('first')), /broken/)
  await begun
  const second = assert.rejects(writer.write(names.add('second')), /broken/)
  disk.syncs[0]?.reject(new Error('broken'))
  await Promise.all([first, second])
  await assert.rejects(writer.write(names.add('third')), /broken/)
})

test('a log that cannot be synced says where it is and what to do', async () => {
  const disk = new FileDiskSync('/nowhere/names.db')
  await assert.rejects(disk.log(), /\/nowhere\/names\.db-wal .*ENOENT.*start again/)
})
