import type { ServerResponse } from 'node:http'
import { signature } from './discord-attachments.ts'
import type { World } from './discord-world.ts'

/** Serves a file of a message; an address that was changed, or whose day is over, finds nothing. */
export function serveFile(world: World, url: URL, response: ServerResponse, isHalf: boolean): void {
  const id = url.pathname.split('/')[3] ?? ''
  const file = world.files.get(id)
  const expires = url.searchParams.get('ex') ?? ''
  const isSigned = signature(url.pathname, expires) === url.searchParams.get('hm')
  if (!file || !isSigned || Number.parseInt(expires, 16) * 1000 <= world.now()) {
    response.writeHead(404, { 'content-type': 'text/plain' })
    response.end('This content is no longer available.')
    return
  }
  response.writeHead(200, {
    'content-type': file.mime ?? 'application/octet-stream',
    'content-length': file.content.length,
  })
  if (isHalf) response.write(file.content.subarray(0, file.content.length / 2))
  else response.end(file.content)
}
