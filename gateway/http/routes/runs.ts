import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp, RunRequest } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, okShape, pageQuery } from '../operation.ts'
import { formatRun, runShape, runStates } from '../shapes.ts'
import { storeUpload, uploadShape } from '../uploads.ts'

const tags = ['runs']
const answer = z.object({ run: runShape, deduplicated: z.boolean() })

const create = createRoute({
  method: 'post',
  path: '/api/v1/runs',
  tags,
  summary: 'Start a run',
  request: {
    body: jsonBody(
      z.strictObject({
        text: z.string().max(200_000),
        agent: z.string().min(1).max(100).optional(),
        session: z.string().min(1).max(300).optional(),
        attachments: z.array(uploadShape).max(10).default([]),
        idempotencyKey: z.string().min(1).max(200).optional(),
        deliverTo: z
          .strictObject({
            channel: z.string().min(1),
            chat: z.string().min(1),
            thread: z.string().min(1).optional(),
          })
          .optional(),
      }),
    ),
  },
  responses: {
    200: json('The run that was made for this idempotency key before.', answer),
    202: json('The new run.', answer),
    ...failures,
  },
})

const list = createRoute({
  method: 'get',
  path: '/api/v1/runs',
  tags,
  summary: 'List runs, newest first',
  request: {
    query: pageQuery.extend({
      state: z.enum(runStates).optional(),
      session: z.string().min(1).max(300).optional(),
      agent: z.string().min(1).max(100).optional(),
      before: z.string().min(1).max(200).optional(),
    }),
  },
  responses: { 200: json('Runs.', listOf(runShape)), ...failures },
})

const show = createRoute({
  method: 'get',
  path: '/api/v1/runs/{id}',
  tags,
  summary: 'Show one run',
  request: { params: idParam },
  responses: { 200: json('The run.', runShape), ...failures },
})

const cancel = createRoute({
  method: 'post',
  path: '/api/v1/runs/{id}/cancel',
  tags,
  summary: 'Cancel a run; one that is executing is stopped',
  request: { params: idParam },
  responses: { 202: json('It is or will be cancelled.', okShape), ...failures },
})

const retry = createRoute({
  method: 'post',
  path: '/api/v1/runs/{id}/retry',
  tags,
  summary: 'Run the input of a failed or cancelled run again',
  request: { params: idParam },
  responses: { 202: json('The new run.', z.object({ run: runShape })), ...failures },
})

/** Runs: start, list, show, cancel, retry. */
export function addRunRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions } = context

  const getRun = async (id: string) => {
    const run = await store.views.run(id)
    if (run === undefined) throw noRun(id)
    return formatRun(run)
  }

  app.openapi(create, async (c) => {
    const { attachments, text, agent, session, idempotencyKey, deliverTo } = c.req.valid('json')
    if (context.isDraining()) throw stopping()
    if (text.trim() === '' && attachments.length === 0) {
      throw new RequestError(400, 'invalid-request', 'body.text: a run needs a text or a file.')
    }
    const files: RunRequest['attachments'][number][] = []
    for (const upload of attachments)
      files.push(await storeUpload(context.blobs, upload, context.config()))
    const { runId, isDuplicate } = await actions.createRun({
      text,
      attachments: files,
      ...(agent === undefined ? {} : { agent }),
      ...(session === undefined ? {} : { session }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(deliverTo === undefined ? {} : { deliverTo: withoutUndefined(deliverTo) }),
    })
    const run = await getRun(runId)
    return isDuplicate
      ? c.json({ run, deduplicated: true }, 200)
      : c.json({ run, deduplicated: false }, 202)
  })

  app.openapi(list, async (c) => {
    const { cursor, before, limit, state, session, agent } = c.req.valid('query')
    const start = cursor ?? before
    const page = await store.views.runs({
      limit,
      ...(start === undefined ? {} : { before: start }),
      ...(state === undefined ? {} : { state }),
      ...(session === undefined ? {} : { session }),
      ...(agent === undefined ? {} : { agent }),
    })
    return c.json({ items: page.items.map(formatRun), next: page.next }, 200)
  })

  app.openapi(show, async (c) => c.json(await getRun(c.req.valid('param').id), 200))

  app.openapi(cancel, async (c) => {
    const { id } = c.req.valid('param')
    const outcome = await actions.cancelRun(id)
    if (outcome === 'unknown') throw noRun(id)
    if (outcome === 'finished') {
      throw new RequestError(409, 'finished', `Run ${id} has already ended.`)
    }
    return c.json({ ok: true as const }, 202)
  })

  app.openapi(retry, async (c) => {
    const { id } = c.req.valid('param')
    if (context.isDraining()) throw stopping()
    const result = await actions.retryRun(id)
    if ('runId' in result) return c.json({ run: await getRun(result.runId) }, 202)
    if (result.refused === 'unknown') throw noRun(id)
    throw new RequestError(
      409,
      'not-finished',
      `Run ${id} has neither failed nor been cancelled, so there is nothing to retry.`,
    )
  })
}

function noRun(id: string): RequestError {
  return new RequestError(404, 'no-such-run', `There is no run ${id}.`)
}

function stopping(): RequestError {
  return new RequestError(503, 'stopping', 'The gateway is stopping and takes no new runs.')
}

function withoutUndefined(to: { channel: string; chat: string; thread?: string | undefined }) {
  const { channel, chat, thread } = to
  return thread === undefined ? { channel, chat } : { channel, chat, thread }
}
