import { Readable } from 'node:stream'
import { z } from '@hono/zod-openapi'
import type { Config } from '../../config/types.ts'
import { RequestError, TooLargeError } from '../../core/errors.ts'
import { safeFileName } from '../../core/file-names.ts'
import type { AttachmentKind, StoredFile } from '../../core/model.ts'
import type { BlobStore } from '../../core/ports.ts'
import { sniffFile } from '../../core/sniff.ts'
import { fetchFile } from './fetch-file.ts'

const described = {
  name: z.string().min(1).max(255).optional(),
  mime: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+$/)
    .max(100)
    .default('application/octet-stream'),
}

/** A file inside a request, or where on the public internet it is. */
export const uploadShape = z
  .union([
    z.strictObject({
      ...described,
      data: z.string().min(1).openapi({ description: 'The content in base64.' }),
    }),
    z.strictObject({
      ...described,
      url: z.url().max(4096).openapi({ description: 'Address on the public internet.' }),
    }),
  ])
  .openapi('Upload')

export type Upload = z.infer<typeof uploadShape>
type Inline = Extract<Upload, { data: string }>

/** Hands over the content of a file, fetched where it is only named. Throws `RequestError` 400 where there is none. */
export function withUpload<T>(
  upload: Upload,
  config: Config,
  use: (content: Readable) => Promise<T>,
): Promise<T> {
  return 'data' in upload
    ? use(Readable.from([decode(upload)]))
    : fetchFile(upload.url, trustedOrigins(config), use)
}

/** The whole content in memory. Throws `TooLargeError`. */
export async function readWhole(content: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content) {
    const bytes: Buffer = chunk
    size += bytes.length
    if (size > maxBytes) throw new TooLargeError(maxBytes)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** What it is called: by its own name, else as its address ends. */
export function nameOf(upload: Upload): string {
  const path = 'url' in upload ? URL.parse(upload.url)?.pathname.split('/').at(-1) : undefined
  return upload.name ?? (path || 'file')
}

/** The servers that an operator has named as a platform are asked wherever they are. */
function trustedOrigins({ channels }: Config): ReadonlySet<string> {
  const roots = Object.values(channels).map((one) => ('apiRoot' in one ? one.apiRoot : ''))
  return new Set(roots.flatMap((root) => URL.parse(root)?.origin ?? []))
}

function decode(upload: Inline): Buffer {
  const bytes = Buffer.from(upload.data, 'base64')
  const padding = upload.data.endsWith('==') ? 2 : upload.data.endsWith('=') ? 1 : 0
  // The decoder skips what it does not know, so a wrong text is one that yields too little.
  if (bytes.length !== Math.floor(((upload.data.length - padding) * 3) / 4)) {
    throw new RequestError(400, 'invalid-request', `The data of ${nameOf(upload)} is not base64.`)
  }
  return bytes
}

/** Keeps a file of a request and says what kind of thing it is. Throws `RequestError`, `TooLargeError`, `StoreError`. */
export async function storeUpload(
  blobs: BlobStore,
  upload: Upload,
  config: Config,
): Promise<{ file: StoredFile; kind: AttachmentKind }> {
  const { sha256, size, path } = await withUpload(upload, config, (content) =>
    blobs.put(content, config.media.maxBytes),
  )
  const { mime, extension } = await sniffFile(path, upload.mime)
  const name = safeFileName(nameOf(upload), 'file', extension)
  return { file: { sha256, name, mime, size }, kind: kindOf(mime) }
}

function kindOf(mime: string): AttachmentKind {
  if (mime === 'image/gif') return 'animation'
  if (/^image\/(png|jpeg|webp)$/.test(mime)) return 'photo'
  if (mime.startsWith('audio/')) return 'audio'
  return mime.startsWith('video/') ? 'video' : 'document'
}
