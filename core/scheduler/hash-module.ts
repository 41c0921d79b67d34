import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** The SHA-256 of a module's file in hex, which says whether it is still what an owner accepted. */
export async function hashModule(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}
