import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

/** A file as it stood when it was read. `version` changes with its content. */
export type TextFile = {
  readonly version: string
  /** Of a file larger than twice `edgeBytes` its beginning and its end. */
  readonly text: string
}

/** At each end of a large file: twenty thousand characters of any script. */
const edgeBytes = 80_000

/**
 * Reads a text file of `folder`, or hands back `known` where size and time of change are still the same. Nothing for
 * a file that is absent, unreadable, binary, no plain file, or that leads out of the folder. Never throws.
 */
export async function readTextFile(
  folder: string,
  name: string,
  known: TextFile | undefined,
): Promise<TextFile | undefined> {
  let file: FileHandle | undefined
  try {
    const path = await realpath(join(folder, name))
    if (!isInside(await realpath(folder), path)) return undefined
    // Opening a pipe would wait for its writer, and what was a file a moment ago may be a link by now.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const stat = await file.stat()
    if (!stat.isFile()) return undefined
    const version = `${stat.size} ${stat.mtimeMs} ${stat.ino}`
    if (known?.version === version) return known
    const text = await readText(file, stat.size)
    return text === undefined ? undefined : { version, text }
  } catch {
    return undefined
  } finally {
    await file?.close().catch(() => undefined)
  }
}

async function readText(file: FileHandle, size: number): Promise<string | undefined> {
  if (size <= 2 * edgeBytes) return decode(await readPart(file, 0, size))
  const head = decode(await readPart(file, 0, edgeBytes), 'end')
  const tail = decode(await readPart(file, size - edgeBytes, edgeBytes), 'start')
  return head === undefined || tail === undefined ? undefined : `${head}\n${tail}`
}

async function readPart(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** Nothing for what is no text. `cut`: the side on which the part may begin or end within a character. */
function decode(bytes: Buffer, cut?: 'start' | 'end'): string | undefined {
  if (bytes.includes(0)) return undefined
  for (let lost = 0; lost <= (cut ? 3 : 0); lost += 1) {
    const part = cut === 'start' ? bytes.subarray(lost) : bytes.subarray(0, bytes.length - lost)
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(part)
    } catch {
      // One byte less, where the cut may be the reason.
    }
  }
  return undefined
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
