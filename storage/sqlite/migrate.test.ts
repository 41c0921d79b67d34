import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { FileDiskSync } from './disk-sync.ts'
import { openSqliteStore } from './store.ts'

test('a session of the first schema keeps its number, and the next one is new', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-migrate-'))
  try {
    const file = join(dir, 'jackdaw.db')
    const first = new URL('./migrations/0001-initial.sql', import.meta.url)
    const db = new Database(file)
    db.exec(await readFile(first, 'utf8'))
    db.pragma('user_version = 1')
    db.pragma('application_id = 1246446679')
    db.exec(`INSERT INTO sessions (key, agent, generation, created_at) VALUES ('k', 'main', 3, 50);
      INSERT INTO runs (session_id, generation, agent, source, state, head, max_attempts, not_before, created_at, finished_at)
        VALUES (1, 2, 'main', 'message', 'completed', 0, 3, 0, 60, 70), (1, 3, 'main', 'message', 'completed', 0, 3, 0, 80, 90)`)
    db.close()
    const store = openSqliteStore(file, new FileDiskSync(file), 0)
    const numbers = async () =>
      (await store.generations.list('k', 10)).map(({ generation, firstAt, lastAt }) => [
        generation,
        firstAt,
        lastAt,
      ])
    assert.deepEqual(await numbers(), [[3, 80, 90]])
    await store.sessions.reset('s1', 100)
    assert.equal((await store.sessions.find('k'))?.generation, 4)
    assert.deepEqual(await numbers(), [[3, 80, 90]])
    assert.equal((await store.generations.resume('s1', 3, 110)).isDone, true)
    assert.deepEqual(await store.upkeep.violations(120), [])
    await store.close()
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('every migration has a number of its own, and none is left out', async () => {
  const names = await readdir(new URL('./migrations/', import.meta.url))
  for (const name of names) assert.match(name, /^\d{4}-[a-z0-9-]+\.sql$/)
  const numbers = names.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b)
  // The first one holds what were seven before anything was released.
  assert.deepEqual(numbers.slice(0, 2), [1, 8])
  assert.deepEqual(
    numbers.slice(1),
    numbers.slice(1).map((_, at) => 8 + at),
  )
})
