import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Trace } from '../../../core/store/views.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, idParam, json } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const traceShape = z
  .object({
    message: z
      .object({
        id: z.string(),
        channel: z.string(),
        chat: z.string(),
        author: z.string(),
        text: z.string(),
        sentAt: z.iso.datetime(),
        receivedAt: z.iso.datetime(),
        disposition: z.string(),
        reason: z.string().nullable(),
        run: z.string().nullable(),
      })
      .nullable(),
    steps: z.array(z.object({ at: z.iso.datetime(), step: z.string(), detail: z.string() })),
  })
  .openapi('Trace')

const trace = createRoute({
  method: 'get',
  path: '/api/v1/messages/{id}/trace',
  tags: ['messages'],
  summary: 'What happened to one message, or in one run, step by step',
  request: { params: idParam },
  responses: { 200: json('The trace.', traceShape), ...failures },
})

/** The trace of a message. */
export function addTraceRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(trace, async (c) => {
    const { id } = c.req.valid('param')
    const found = await context.store.views.trace(id)
    if (found === undefined) {
      throw new RequestError(404, 'no-such-message', `There is no message or run ${id}.`)
    }
    return c.json(formatTrace(found), 200)
  })
}

function formatTrace({ message, steps }: Trace): z.infer<typeof traceShape> {
  return {
    message: message && {
      id: message.id,
      channel: message.channel,
      chat: message.chat,
      author: message.author,
      text: message.text,
      sentAt: formatTime(message.sentAt),
      receivedAt: formatTime(message.receivedAt),
      disposition: message.disposition,
      reason: message.reason,
      run: message.runId,
    },
    steps: steps.map(({ at, step, detail }) => ({ at: formatTime(at), step, detail })),
  }
}
