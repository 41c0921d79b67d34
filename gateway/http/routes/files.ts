import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures } from '../operation.ts'

const file = createRoute({
  method: 'get',
  path: '/api/v1/files/{sha256}',
  tags: ['files'],
  summary: 'An attachment, by the hash of its content',
  request: { params: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) },
  responses: {
    200: {
      description: 'The file.',
      content: { 'application/octet-stream': { schema: z.string() } },
    },
    206: {
      description: 'The part of the file that was asked for.',
      content: { 'application/octet-stream': { schema: z.string() } },
    },
    416: { description: 'The file has no such part.' },
    ...failures,
  },
})

/** Types a browser shows without running anything in them; SVG and HTML are not among them. */
const shown =
  /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/

/** Attachments, as what they are and never as a page. */
export function addFileRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(file, async (c) => {
    const { sha256 } = c.req.valid('param')
    const found = await context.store.attachments.find(sha256)
    if (found === undefined) {
      throw new RequestError(404, 'no-such-file', `There is no file ${sha256}.`)
    }
    const type = found.mime.split(';')[0]?.trim().toLowerCase() ?? ''
    const isShown = shown.test(type)
    const mime = isShown ? type : 'application/octet-stream'
    const headers = {
      'content-type': mime === 'text/plain' ? 'text/plain; charset=utf-8' : mime,
      'content-disposition': disposition(isShown ? 'inline' : 'attachment', found.name),
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'",
      'cache-control': 'private, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
    }
    const range = parseRange(c.req.header('range'), found.size)
    if (range === 'none') {
      return c.body(null, 416, { ...headers, 'content-range': `bytes */${found.size}` })
    }
    const open = (options: { start?: number; end?: number }) =>
      Readable.toWeb(createReadStream(context.blobs.path(sha256), options))
    if (range === 'all') {
      return c.body(open({}), 200, { ...headers, 'content-length': `${found.size}` })
    }
    const { start, end } = range
    return c.body(open(range), 206, {
      ...headers,
      'content-length': `${end - start + 1}`,
      'content-range': `bytes ${start}-${end}/${found.size}`,
    })
  })
}

/** One range of bytes, which players of audio and video ask for; anything fancier gets the whole file. */
function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'all' | 'none' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return 'all'
  const isTail = match[1] === ''
  const start = isTail ? Math.max(0, size - Number(match[2])) : Number(match[1])
  const end = isTail || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  return start > end ? 'none' : { start, end }
}

function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\w.,() -]/g, '_').slice(0, 100)
  const exact = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, escapeMore)
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}

function escapeMore(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
