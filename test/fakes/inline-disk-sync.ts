import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import type { DiskSync } from '../../storage/sqlite/disk-sync.ts'

/** Syncs on the event loop, so that a test on a clock of its own knows that nothing moves once the loop has nothing to do. */
export function inlineDiskSync(file: string): DiskSync {
  const open = new Map<string, number>()
  const sync = async (path: string) => {
    const descriptor = open.get(path) ?? openSync(path, 'r+')
    open.set(path, descriptor)
    fdatasyncSync(descriptor)
  }
  return {
    log: () => sync(`${file}-wal`),
    database: () => sync(file),
    async close() {
      for (const descriptor of open.values()) closeSync(descriptor)
    },
  }
}
