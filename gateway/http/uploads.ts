import { Readable } from 'node:stream'
import { z } from '@hono/zod-openapi'
import { RequestError } from '../../core/errors.ts'
import { safeFileName } from '../../core/file-names.ts'
import type { AttachmentKind, StoredFile } from '../../core/model.ts'
import type { BlobStore } from '../../core/ports.ts'
import { sniffFile } from '../../core/sniff.ts'

/** A file inside a request. */
export const uploadShape = z
  .strictObject({
    name: z.string().min(1).max(255).default('file'),
    mime: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+$/)
      .max(100)
      .default('application/octet-stream'),
    data: z.string().min(1).openapi({ description: 'The content in base64.' }),
  })
  .openapi('Upload')

export type Upload = z.infer<typeof uploadShape>

/** The content of a file in base64. Throws `RequestError` 400 for anything else. */
export function decodeUpload(upload: Upload): Buffer {
  const bytes = Buffer.from(upload.data, 'base64')
  const padding = upload.data.endsWith('==') ? 2 : upload.data.endsWith('=') ? 1 : 0
  // The decoder skips what it does not know, so a wrong text is one that yields too little.
  if (bytes.length !== Math.floor(((upload.data.length - padding) * 3) / 4)) {
    throw new RequestError(400, 'invalid-request', `The data of ${upload.name} is not base64.`)
  }
  return bytes
}

/** Keeps a file of a request and says what kind of thing it is. Throws `RequestError`, `TooLargeError`, `StoreError`. */
export async function storeUpload(
  blobs: BlobStore,
  upload: Upload,
  maxBytes: number,
): Promise<{ file: StoredFile; kind: AttachmentKind }> {
  const content = decodeUpload(upload)
  const { sha256, size, path } = await blobs.put(Readable.from([content]), maxBytes)
  const { mime, extension } = await sniffFile(path, upload.mime)
  const name = safeFileName(upload.name, 'file', extension)
  return { file: { sha256, name, mime, size }, kind: kindOf(mime) }
}

function kindOf(mime: string): AttachmentKind {
  if (mime === 'image/gif') return 'animation'
  if (/^image\/(png|jpeg|webp)$/.test(mime)) return 'photo'
  if (mime.startsWith('audio/')) return 'audio'
  return mime.startsWith('video/') ? 'video' : 'document'
}
