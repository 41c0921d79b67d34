import { RequestError } from '../../core/errors.ts'
import type { ApiApp, ApiContext } from '../http/api-context.ts'
import { readBody } from '../http/body-limits.ts'

const maxBytes = 1024 * 1024

/** The agents' way in. Behind the check of the host; browsers, which say where they come from, have no business here. */
export function addMcpRoute(app: ApiApp, context: ApiContext): void {
  app.all('/mcp', async (c) => {
    const { mcp } = context
    if (!mcp) throw new RequestError(404, 'not-found', 'There are no tools here.')
    if (c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') !== undefined) {
      throw new RequestError(403, 'cross-site', 'Requests of web pages are refused.')
    }
    const { method, url } = c.req
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const body = await readBody(c.env.incoming, maxBytes)
    const { signal } = c.req.raw
    const headers = c.req.header()
    return await mcp.answer(new Request(url, { method, headers, signal, ...(hasBody && { body }) }))
  })
}
