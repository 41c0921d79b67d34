import { open } from 'node:fs/promises'

/** What the formats we can tell apart put at their beginning; also bounds the work on a hostile file. */
const headBytes = 65_536

const textTypes =
  /^(text\/[\w.+-]+|application\/([\w.+-]+\+)?(json|xml|yaml|toml|x-yaml|x-sh|javascript|sql|x-ndjson))$/

export type SniffedType = {
  readonly mime: string
  /** Without a dot; absent when the content does not tell (text, unknown binaries). */
  readonly extension: string | undefined
}

/**
 * What a file is by its content. `claimed` counts only for text, whose kinds look alike, and only when the content is
 * text. Rejects when the file cannot be read.
 */
export async function sniffFile(path: string, claimed: string | undefined): Promise<SniffedType> {
  const head = await readHead(path)
  // Loaded with the first file: most gateways are idle most of the time.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  // Opus in Ogg has an extension of its own that few programs know.
  if (found?.ext === 'opus') return { mime: 'audio/ogg', extension: 'ogg' }
  if (found) {
    return { mime: found.mime.split(';', 1)[0] ?? found.mime, extension: found.ext }
  }
  const bare = claimed?.split(';', 1)[0]?.trim().toLowerCase()
  if (!isText(head)) return { mime: 'application/octet-stream', extension: undefined }
  return { mime: bare && textTypes.test(bare) ? bare : 'text/plain', extension: undefined }
}

function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some(isBinaryByte)) return false
  try {
    // A head that was cut may end within a character.
    const isCut = head.length === headBytes
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: isCut })
    return true
  } catch {
    return false
  }
}

/** A control character other than white space and the escape of terminal colours. */
function isBinaryByte(byte: number): boolean {
  return byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) || byte === 0x7f
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(headBytes)
    let length = 0
    while (length < headBytes) {
      const { bytesRead } = await file.read(buffer, length, headBytes - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await file.close()
  }
}
