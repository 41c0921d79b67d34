import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import type { LogSync } from '../../storage/sqlite/log-sync.ts'

/** Syncs on the event loop, so that a test on a clock of its own knows that nothing moves once the loop has nothing to do. */
export function inlineLogSync(file: string): LogSync {
  let log: number | undefined
  return {
    async sync() {
      log ??= openSync(`${file}-wal`, 'r+')
      fdatasyncSync(log)
    },
    async close() {
      if (log !== undefined) closeSync(log)
    },
  }
}
