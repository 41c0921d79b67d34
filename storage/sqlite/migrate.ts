import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Database } from 'better-sqlite3'
import { StoreError } from '../../core/errors.ts'

const folder = new URL('./migrations/', import.meta.url)

type Migration = { readonly version: number; readonly name: string; readonly sql: string }

/** The numbered migrations of this program, in order. They are append-only: a released file never changes. */
function migrations(): readonly Migration[] {
  return readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({
      version: Number.parseInt(name, 10),
      name,
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }))
}

/**
 * Brings the database up to this program's schema, each migration in a transaction of its own together with the
 * number it leaves behind, so that a crash in between repeats or skips nothing.
 * Throws `StoreError` `newer` when the database was written by a newer program.
 */
export function migrate(db: Database, file: string): void {
  const all = migrations()
  const newest = all.at(-1)?.version ?? 0
  const present = db.pragma('user_version', { simple: true }) as number
  if (present > newest) {
    throw new StoreError(
      'newer',
      `${file} has schema ${present}, but this version of Jackdaw knows only ${newest}. Start the newer version, or restore a backup made before the upgrade.`,
    )
  }
  for (const migration of all) {
    if (migration.version <= present) continue
    db.transaction(() => {
      db.exec(migration.sql)
      db.pragma(`user_version = ${migration.version}`)
    }).exclusive()
  }
}
