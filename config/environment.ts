import { homedir } from 'node:os'
import type { Environment } from './substitute.ts'

/** What the process was started with. */
export type ProcessSurroundings = {
  readonly env: Environment
  readonly cwd: string
  readonly home: string
}

/** The one place that reads `process.env`. */
export function processSurroundings(): ProcessSurroundings {
  return { env: process.env, cwd: process.cwd(), home: homedir() }
}
