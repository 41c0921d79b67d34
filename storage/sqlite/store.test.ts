import assert from 'node:assert/strict'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { storeContract } from '../../test/contracts/store.ts'
import { databaseName, openStore } from '../open.ts'

storeContract('SQLite', {
  open: async (dir) => await openStore({ dataDir: dir }),
  async restore(file, dir) {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await copyFile(file, join(dir, databaseName))
  },
  async damage(dir, messageId) {
    const db = new Database(join(dir, databaseName))
    const { changes } = db
      .prepare(`UPDATE messages SET run_id = NULL WHERE 'm' || id = ?`)
      .run(messageId)
    db.close()
    assert.equal(changes, 1)
  },
})
