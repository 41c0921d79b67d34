import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../config/write-file.ts'

/** Where a running gateway says how to reach it. It is left behind by a process that died. */
export function runFilePath(dataDir: string): string {
  return join(dataDir, 'gateway.json')
}

export async function writeRunFile(dataDir: string, url: string): Promise<void> {
  await writeFileAtomically(runFilePath(dataDir), `${JSON.stringify({ pid: process.pid, url })}\n`)
}

export function removeRunFile(dataDir: string): void {
  rmSync(runFilePath(dataDir), { force: true })
}

/** Whether the last process ended without a stop. */
export function wasKilled(dataDir: string): boolean {
  return existsSync(runFilePath(dataDir))
}

/** The configured token, or the one generated for this data directory at its first start. */
export async function accessToken(configured: string, dataDir: string): Promise<string> {
  if (configured !== '') return configured
  const file = join(dataDir, 'token')
  if (existsSync(file)) {
    const token = readFileSync(file, 'utf8').trim()
    if (token.length >= 16) return token
  }
  const token = randomBytes(24).toString('base64url')
  await writeFileAtomically(file, `${token}\n`)
  return token
}
