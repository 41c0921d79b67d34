import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { StoreError } from '../../core/errors.ts'
import { type DiskSync, FileDiskSync } from './disk-sync.ts'
import { Writer } from './writer.ts'

/** Rows of two pages each, so that few commits make a long log. */
const wide = 'x'.repeat(6000)

/** A database written by a writer, on a disk that tells what it is asked for and can hold the database's sync. */
class Notes implements AsyncDisposable {
  readonly file: string
  readonly db: Database.Database
  readonly writer: Writer
  readonly asked: ('log' | 'database')[] = []
  /** What happens while the database is synced. */
  duringSync: () => Promise<void> = async () => undefined
  readonly #dir: string
  readonly #disk: DiskSync
  #written = 0

  private constructor(dir: string) {
    this.#dir = dir
    this.file = join(dir, 'notes.db')
    this.db = new Database(this.file)
    this.db.pragma('journal_mode = WAL')
    this.db.pragma('synchronous = NORMAL')
    this.db.pragma('wal_autocheckpoint = 16000')
    this.db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
    this.#disk = new FileDiskSync(this.file)
    this.writer = new Writer(
      this.db,
      this.file,
      {
        log: async () => {
          this.asked.push('log')
          await this.#disk.log()
        },
        database: async () => {
          this.asked.push('database')
          await this.#disk.database()
          await this.duringSync()
        },
        close: async () => undefined,
      },
      0,
    )
  }

  static async open(): Promise<Notes> {
    return new Notes(await mkdtemp(join(tmpdir(), 'jackdaw-checkpoints-')))
  }

  async write(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      await this.writer.write(() =>
        this.db.prepare('INSERT INTO notes (text) VALUES (?)').run(wide),
      )
      this.#written += 1
    }
  }

  get written(): number {
    return this.#written
  }

  get log(): { log: number; checkpointed: number } {
    const [state] = this.db.pragma('wal_checkpoint(NOOP)') as {
      log: number
      checkpointed: number
    }[]
    assert.ok(state)
    return state
  }

  /** The files as a power cut would leave them, if of the database only `databaseFile` had reached the disk. */
  cutOff(name: string, databaseFile: Buffer): string {
    const copy = join(this.#dir, name)
    writeFileSync(copy, databaseFile)
    copyFileSync(`${this.file}-wal`, `${copy}-wal`)
    return copy
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer.close()
    this.db.close()
    await this.#disk.close()
    await rm(this.#dir, { recursive: true })
  }
}

/** Every row that a database holds once it was recovered from its log, and whether its pages are sound. */
function recovered(file: string): { count: number; check: unknown } {
  const db = new Database(file)
  try {
    const count = db.prepare('SELECT count(*) FROM notes WHERE length(text) = 6000').pluck().get()
    return { count: count as number, check: db.pragma('quick_check(1)', { simple: true }) }
  } finally {
    db.close()
  }
}

test('the log is on the disk before its pages are copied, and the database before anything is written', async () => {
  await using notes = await Notes.open()
  await notes.write(20)
  const before = readFileSync(notes.file)
  notes.asked.length = 0
  const held = Promise.withResolvers<void>()
  const syncing = Promise.withResolvers<void>()
  notes.duringSync = () => {
    syncing.resolve()
    return held.promise
  }
  const checkpoint = notes.writer.checkpoint()
  await syncing.promise
  assert.deepEqual(notes.asked, ['log', 'database'])
  assert.ok(statSync(notes.file).size > before.length, 'the pages were copied')
  const late = notes.write(1)
  await new Promise(setImmediate)
  assert.equal(notes.log.log, notes.log.checkpointed, 'nothing was written behind what is copied')
  held.resolve()
  await Promise.all([checkpoint, late])
  assert.equal(statSync(`${notes.file}-wal`).size, notes.log.log * 4120 + 32, 'the log began anew')
  assert.equal(notes.db.pragma('synchronous', { simple: true }), 1)
})

test('a power cut before the copied pages are on the disk loses nothing, however few of them are', async () => {
  await using notes = await Notes.open()
  await notes.write(40)
  const before = readFileSync(notes.file)
  const found: ReturnType<typeof recovered>[] = []
  notes.duringSync = async () => {
    const copied = readFileSync(notes.file)
    const torn = Buffer.from(copied)
    for (let page = 1; page * 4096 < torn.length; page += 2)
      torn.fill(0xff, page * 4096, page * 4096 + 4096)
    for (const [index, state] of [before, copied, torn].entries())
      found.push(recovered(notes.cutOff(`cut-${index}.db`, state)))
  }
  await notes.writer.checkpoint()
  assert.deepEqual(
    found,
    [0, 1, 2].map(() => ({ count: 40, check: 'ok' })),
  )
})

test('the log is copied before it grows far, and begins anew', async () => {
  await using notes = await Notes.open()
  await notes.write(3000)
  assert.ok(notes.asked.includes('database'))
  assert.ok(statSync(`${notes.file}-wal`).size < 20_000_000)
  assert.ok(notes.log.log < 4100, `${notes.log.log} frames`)
})

test('a reader of older pages keeps them in the log, and nothing waits for it', async () => {
  await using notes = await Notes.open()
  await notes.write(1)
  const reader = new Database(notes.file, { readonly: true })
  reader.exec('BEGIN')
  assert.equal(reader.prepare('SELECT count(*) FROM notes').pluck().get(), 1)
  notes.asked.length = 0
  await notes.write(2500)
  const tries = notes.asked.filter((what) => what === 'database').length
  assert.ok(tries >= 1 && tries <= 3, `${tries} tries`)
  await notes.writer.checkpoint()
  assert.equal(reader.prepare('SELECT count(*) FROM notes').pluck().get(), 1)
  reader.close()
  await notes.writer.checkpoint()
  assert.equal(statSync(`${notes.file}-wal`).size, 0)
})

test('a database that the disk does not take ends the writing, and is whole after the next start', async () => {
  await using notes = await Notes.open()
  await notes.write(10)
  notes.duringSync = async () => {
    throw new StoreError('unavailable', 'the disk is gone')
  }
  await assert.rejects(notes.writer.checkpoint(), /the disk is gone/)
  await assert.rejects(notes.write(1), /the disk is gone/)
  notes.duringSync = async () => undefined
  await assert.rejects(notes.writer.checkpoint(), /the disk is gone/)
  const copy = notes.cutOff('again.db', readFileSync(notes.file).subarray(0, 4096))
  truncateSync(copy, 4096)
  assert.deepEqual(recovered(copy), { count: 10, check: 'ok' })
})

test('SQLite keeps its lock on the database file, which closing the file anywhere would take away', {
  skip: !existsSync('/proc/locks') && 'this system does not list its locks',
}, async () => {
  await using notes = await Notes.open()
  await notes.write(10)
  await notes.writer.checkpoint()
  const { ino } = statSync(notes.file)
  const locks = readFileSync('/proc/locks', 'utf8').split('\n')
  assert.ok(locks.some((lock) => lock.includes(` ${process.pid} `) && lock.includes(`:${ino} `)))
})

test('a stop after a sync that failed leaves the log, which is all there is of what was copied', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-checkpoints-'))
  const file = join(dir, 'jackdaw.db')
  const script = `
    import { openSqliteStore } from '${new URL('./store.ts', import.meta.url)}'
    import { StoreError } from '${new URL('../../core/errors.ts', import.meta.url)}'
    const fails = async () => { throw new StoreError('unavailable', 'the disk is gone') }
    const store = openSqliteStore(process.argv[1], { log: async () => {}, database: fails, close: async () => {} }, 0)
    await store.upkeep.checkpoint().catch((error) => console.log(error.message))
    await store.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  await once(child, 'close')
  assert.match(said, /the disk is gone/)
  assert.ok(statSync(`${file}-wal`).size > 0)
  await rm(dir, { recursive: true })
})
