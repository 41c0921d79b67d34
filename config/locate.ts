import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError } from './errors.ts'
import type { Environment } from './substitute.ts'

export type LocateOptions = {
  readonly env: Environment
  readonly cwd: string
  readonly home: string
  /** What `--config` said. */
  readonly file?: string | undefined
}

/**
 * Absolute path of the file to use, or undefined for the built-in defaults. A file that was asked for by name is
 * returned whether it exists or not.
 */
export async function locateConfig(options: LocateOptions): Promise<string | undefined> {
  const asked = options.file || options.env['JACKDAW_CONFIG']
  if (asked) return resolve(options.cwd, asked)
  for (const file of usualFiles(options)) if (await exists(file)) return file
  return undefined
}

/** Where a file is looked for when none is named, in this order. */
export function usualFiles({ cwd, home }: Pick<LocateOptions, 'cwd' | 'home'>): string[] {
  return [join(cwd, 'jackdaw.yaml'), join(home, '.config', 'jackdaw', 'jackdaw.yaml')]
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw new ConfigError([{ path: '', text: `cannot be looked at (${String(code)})` }], file)
  }
}
