import { rename, writeFile } from 'node:fs/promises'

/** Replaces a file as a whole, readable by its owner alone: whoever reads it meanwhile gets the old or the new one. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const next = `${path}.new`
  await writeFile(next, text, { mode: 0o600 })
  await rename(next, path)
}
