import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { Writer } from './writer.ts'

const neverMs = 1_000_000

/** A table of names, written through a writer and read over another connection: only what is committed is seen. */
class Names implements AsyncDisposable {
  readonly writer: Writer
  readonly #dir: string
  readonly #db: Database.Database
  readonly #reader: Database.Database

  private constructor(dir: string, lingerMs: number) {
    this.#dir = dir
    const file = join(dir, 'names.db')
    this.#db = new Database(file)
    this.#db.pragma('journal_mode = WAL')
    this.#db.exec('CREATE TABLE names (name TEXT NOT NULL)')
    this.#reader = new Database(file, { readonly: true })
    this.writer = new Writer(this.#db, file, lingerMs)
  }

  static async open(lingerMs = neverMs): Promise<Names> {
    return new Names(await mkdtemp(join(tmpdir(), 'jackdaw-writer-')), lingerMs)
  }

  /** The change that adds a name. */
  add(name: string): () => void {
    return () => void this.#db.prepare('INSERT INTO names VALUES (?)').run(name)
  }

  committed(): string[] {
    return this.#reader.prepare('SELECT name FROM names ORDER BY rowid').pluck().all() as string[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.writer.close()
    this.#reader.close()
    this.#db.close()
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
  names.writer.close()
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
