import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpoolFile } from './protocol.ts'

/** Where a running spool says how to reach it. One that was killed leaves it behind. */
export function spoolFilePath(dataDir: string): string {
  return join(dataDir, 'signal-spool.json')
}

/** Undefined when there is none, or none that can be read. */
export function readSpoolFile(dataDir: string): SpoolFile | undefined {
  try {
    const { pid, url, token, version } = JSON.parse(readFileSync(spoolFilePath(dataDir), 'utf8'))
    const isWhole = Number.isInteger(pid) && typeof token === 'string' && URL.canParse(url)
    return isWhole ? { pid, url, token, version } : undefined
  } catch {
    return undefined
  }
}

/** Replaces the file as a whole. It holds a secret. */
export function writeSpoolFile(dataDir: string, file: SpoolFile): void {
  const path = spoolFilePath(dataDir)
  const temporary = `${path}.${file.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(file)}\n`, { mode: 0o600 })
  renameSync(temporary, path)
}

/** Removes the file of this process; the one of a successor stays. */
export function removeSpoolFile(dataDir: string): void {
  if (readSpoolFile(dataDir)?.pid === process.pid) rmSync(spoolFilePath(dataDir), { force: true })
}
