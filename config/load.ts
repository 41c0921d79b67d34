import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { completeConfig } from './complete.ts'
import { withDefaultToken } from './default-token.ts'
import { readDocument } from './document.ts'
import { ConfigError } from './errors.ts'
import { inactiveNotices } from './inactive.ts'
import { type LocateOptions, locateConfig } from './locate.ts'
import type { Config } from './types.ts'
import { validateDocument } from './validate.ts'

export type LoadOptions = LocateOptions & {
  /** IANA name; default: the host's. */
  readonly timezone?: string
}

export type LoadedConfig = {
  readonly config: Config
  /** Absolute; undefined when there is no file and the defaults apply. */
  readonly file: string | undefined
  /** Of the file's text, as `hash` makes it. */
  readonly hash: string
  /** Sentences for the log: keys that are set but not active yet. */
  readonly notices: readonly string[]
}

const maxBytes = 1024 * 1024

/** Finds, reads and checks the configuration. Throws `ConfigError` with every problem at once. */
export async function load(options: LoadOptions): Promise<LoadedConfig> {
  const file = await locateConfig(options)
  const text = file === undefined ? '' : await readConfigText(file)
  return parseConfig(text, file, options)
}

/** What `load` does with the text of `file`, without reading anything. Throws `ConfigError`. */
export function parseConfig(
  text: string,
  file: string | undefined,
  options: LoadOptions,
): LoadedConfig {
  const { config, value, problems } = validateDocument(
    withDefaultToken(readDocument(text, options.env), options.env),
  )
  if (config === undefined) throw new ConfigError(problems, file)
  const complete = completeConfig(config, {
    folder: file === undefined ? options.cwd : dirname(file),
    home: options.home,
    timezone: options.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  })
  return { config: complete, file, hash: hash(text), notices: inactiveNotices(value) }
}

/** SHA-256 of a configuration file's text, in hex: what `expectedHash` is compared with. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The file's text. Throws `ConfigError` when it is not there, not readable or absurdly large. */
export async function readConfigText(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([{ path: '', text: whyUnreadable(error) }], file, error)
  })
  if (text.length > maxBytes) {
    throw new ConfigError(
      [{ path: '', text: 'is larger than 1 MiB; this is no configuration' }],
      file,
    )
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'ENOENT') return 'there is no such file. Create it, or name another with --config.'
  if (code === 'EISDIR') return 'this is a folder. Name the file in it.'
  if (code === 'EACCES') return 'the file may not be read. Check its owner and mode.'
  return `the file cannot be read (${code})`
}
