import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A write under way takes no longer. */
const leftoverMs = 3_600_000

/**
 * Replaces the file as a whole: a reader sees the old text or the new one, also after a power cut. Mode and owner
 * stay; a new file is 0600. Throws what the file system says, and then the old file is untouched.
 */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const before = await stat(file).catch(() => undefined)
  const temporary = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await using handle = await open(temporary, 'wx', 0o600)
    await handle.writeFile(text)
    if (before !== undefined) {
      // Only root may give a file away; anybody else is its owner already or becomes it.
      await handle.chown(before.uid, before.gid).catch(() => undefined)
      await handle.chmod(before.mode & 0o7777)
    }
    await handle.sync()
    await handle.close()
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await using handle = await open(folder, 'r')
  await handle.sync()
  await removeLeftovers(folder, basename(file)).catch(() => undefined)
}

/** What writers of this file left behind that were killed. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const middle = entry.startsWith(`.${name}.`) ? entry.slice(name.length + 2) : ''
    if (!/^[0-9a-f]{12}\.tmp$/.test(middle)) continue
    const leftover = join(folder, entry)
    const { mtimeMs } = await stat(leftover)
    if (Date.now() - mtimeMs > leftoverMs) await rm(leftover, { force: true })
  }
}
