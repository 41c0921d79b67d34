import type { IncomingMessage } from 'node:http'
import { RequestError } from '../../core/errors.ts'
import type { ApiApp, ApiContext } from './api-context.ts'

const maxJsonBytes = 1024 * 1024
/** Base64 is a third longer than what it carries; the rest is room for the text around it. */
const perByte = 1.4
/** A sender that is cut off while it sends may never read the refusal, so this much more is taken and dropped. */
const maxDroppedBytes = 64 * 1024 * 1024

/** Refuses bodies over 1 MB, or over what attachments may need where they are taken, with 413. */
export function limitBodies(app: ApiApp, context: ApiContext): void {
  app.use('/api/*', async (c, next) => {
    const maxBytes = takesFiles(c.req.path)
      ? Math.max(maxJsonBytes, Math.ceil(context.config().media.maxBytes * perByte))
      : maxJsonBytes
    const isAnnounced = c.req.header('transfer-encoding') === undefined
    if (!isAnnounced) {
      const body = await readBody(c.env.incoming, maxBytes)
      const { method, url } = c.req
      // The request of a GET cannot be made anew with a body; no route reads one.
      if (method !== 'GET' && method !== 'HEAD') {
        c.req.raw = new Request(url, { method, headers: c.req.header(), body })
      }
    } else if (Number(c.req.header('content-length') ?? 0) > maxBytes) {
      await readBody(c.env.incoming, maxBytes)
    }
    await next()
  })
}

/** The whole body as it came. Throws `RequestError` 413. */
export async function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk
    size += bytes.length
    if (size <= maxBytes) chunks.push(bytes)
    else chunks.length = 0
    if (size > maxBytes + maxDroppedBytes) break
  }
  if (size <= maxBytes) return Buffer.concat(chunks)
  throw new RequestError(413, 'too-large', `The body is larger than ${maxBytes} bytes.`)
}

function takesFiles(path: string): boolean {
  return path === '/api/v1/runs' || /^\/api\/v1\/chats\/[^/]+\/messages$/.test(path)
}
