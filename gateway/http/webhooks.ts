import { RequestError } from '../../core/errors.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { readBody } from './body-limits.ts'

const maxBytes = 1024 * 1024

/** Hands calls of platforms to their channels, before the checks that only browsers and clients can pass. */
export function answerWebhooks(app: ApiApp, context: ApiContext): void {
  app.use(async (c, next) => {
    const webhook = context.webhooks.get(c.req.path)
    if (webhook === undefined || c.req.method !== 'POST') {
      await next()
      return
    }
    if (context.isDraining()) {
      throw new RequestError(503, 'stopping', 'The gateway is stopping. Call again.')
    }
    const body = await readBody(c.env.incoming, maxBytes)
    const { searchParams } = new URL(c.req.url)
    return new Response(null, { status: await webhook(c.req.header(), body, searchParams) })
  })
}
