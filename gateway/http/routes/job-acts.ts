import { createRoute } from '@hono/zod-openapi'
import type { Api, ApiApp } from '../api-context.ts'
import { formatJob, formatOccurrence, jobShape, occurrenceShape } from '../job-shapes.ts'
import { failures, idParam, json } from '../operation.ts'

const tags = ['jobs']
/** Whoever may call the API is an owner. */
const by = { isOwner: true } as const

const pause = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/pause',
  tags,
  summary: 'Pause a job; what is queued is not run either',
  request: { params: idParam },
  responses: { 200: json('The job.', jobShape), ...failures },
})

const resume = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/resume',
  tags,
  summary: 'Let a paused job go on; nothing is made up for',
  request: { params: idParam },
  responses: { 200: json('The job.', jobShape), ...failures },
})

const run = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/run',
  tags,
  summary: 'Run a job now, besides its schedule',
  request: { params: idParam },
  responses: { 202: json('The occurrence that is due now.', occurrenceShape), ...failures },
})

const accept = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/accept',
  tags,
  summary: 'Accept the module of a job as it is now; a job that was paused for its change goes on',
  request: { params: idParam },
  responses: { 200: json('The job.', jobShape), ...failures },
})

/** What is done to a planned job, beside changing it. */
export function addJobActRoutes(app: ApiApp, { context }: Api): void {
  const { jobs } = context

  app.openapi(pause, async (c) =>
    c.json(formatJob(await jobs.pause(c.req.valid('param').id, by)), 200),
  )

  app.openapi(resume, async (c) =>
    c.json(formatJob(await jobs.resume(c.req.valid('param').id, by)), 200),
  )

  app.openapi(run, async (c) =>
    c.json(formatOccurrence(await jobs.runNow(c.req.valid('param').id, by)), 202),
  )

  app.openapi(accept, async (c) =>
    c.json(formatJob(await jobs.acceptModule(c.req.valid('param').id, by)), 200),
  )
}
