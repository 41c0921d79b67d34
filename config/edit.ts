import { realpath } from 'node:fs/promises'
import { setInYaml } from './edit-yaml.ts'
import { ConfigConflictError } from './errors.ts'
import { hash, type LoadedConfig, type LoadOptions, parseConfig, readConfigText } from './load.ts'
import { type Path, parsePath } from './path.ts'
import { writeFileAtomically } from './write-file.ts'

/** One key to set; `value: undefined` removes it. A value may hold `${NAME}`. */
export type ConfigEdit = { readonly path: string | Path; readonly value: unknown }

export type EditOptions = LoadOptions & {
  /** Hash of the text the caller saw; another one there means a conflict. Absent: whatever is there. */
  readonly expectedHash?: string
}

/**
 * Changes keys in `file` and keeps everything else, comments included; a file that is not there begins empty.
 * Returns what a `load` would now return. Throws `ConfigError` when the result would not be valid, `ConfigConflictError`
 * when the file is not the expected one, `SyntaxError` for a malformed path; then the file is untouched.
 */
export async function editConfig(
  file: string,
  edits: readonly ConfigEdit[],
  options: EditOptions,
): Promise<LoadedConfig> {
  // A link stays a link: what it points to is replaced.
  const target = await realpath(file).catch(() => file)
  const before = await textOf(target)
  if (options.expectedHash !== undefined && hash(before) !== options.expectedHash) {
    throw new ConfigConflictError(file)
  }
  const after = edits.reduce(
    (text, { path, value }) =>
      setInYaml(text, typeof path === 'string' ? parsePath(path) : path, value),
    before,
  )
  const loaded = parseConfig(after, file, options)
  if (after === before) return loaded
  if (hash(await textOf(target)) !== hash(before)) throw new ConfigConflictError(file)
  await writeFileAtomically(target, after)
  return loaded
}

async function textOf(file: string): Promise<string> {
  return readConfigText(file).catch((error: unknown) => {
    if (isMissing(error)) return ''
    throw error
  })
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
