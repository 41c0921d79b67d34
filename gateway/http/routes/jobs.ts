import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import { parseInstant } from '../../../core/scheduler/schedule/parse-instant.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { jobChangeInput, jobInput, readChange, readDraft } from '../job-input.ts'
import {
  formatFireTime,
  formatJob,
  formatOccurrence,
  formatPreview,
  jobPreviewShape,
  jobShape,
  listedJobShape,
  occurrenceShape,
  simulatedShape,
} from '../job-shapes.ts'
import { failures, idParam, json, jsonBody, listOf, okShape, pageQuery } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const tags = ['jobs']
const dayMs = 86_400_000
const maxRangeMs = 366 * dayMs
/** Whoever may call the API is an owner. */
const by = { isOwner: true } as const

const list = createRoute({
  method: 'get',
  path: '/api/v1/jobs',
  tags,
  summary: 'List jobs, newest first, each with its last time',
  request: {
    query: pageQuery.extend({
      open: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({ description: 'Leaves out those that have ended.' }),
    }),
  },
  responses: { 200: json('Jobs.', listOf(listedJobShape)), ...failures },
})

const create = createRoute({
  method: 'post',
  path: '/api/v1/jobs',
  tags,
  summary: 'Plan a job',
  request: { body: jsonBody(jobInput) },
  responses: { 201: json('The new job.', jobShape), ...failures },
})

const preview = createRoute({
  method: 'post',
  path: '/api/v1/jobs/preview',
  tags,
  summary: 'What would be made of a job, without making it',
  request: { body: jsonBody(jobInput) },
  responses: {
    200: json('Its schedule in words and the next times.', jobPreviewShape),
    ...failures,
  },
})

const instant = z.string().max(100).optional()

const simulate = createRoute({
  method: 'get',
  path: '/api/v1/jobs/simulate',
  tags,
  summary: 'The times of all active jobs in a range, in their order, at most 1000',
  request: {
    query: z.object({
      from: instant.openapi({ description: 'ISO 8601, local without an offset; now if absent.' }),
      to: instant.openapi({ description: 'As `from`; a day after it if absent.' }),
    }),
  },
  responses: {
    200: json(
      'Times.',
      z.object({ from: z.iso.datetime(), to: z.iso.datetime(), items: z.array(simulatedShape) }),
    ),
    ...failures,
  },
})

const show = createRoute({
  method: 'get',
  path: '/api/v1/jobs/{id}',
  tags,
  summary: 'Show one job',
  request: { params: idParam },
  responses: { 200: json('The job.', jobShape), ...failures },
})

const change = createRoute({
  method: 'patch',
  path: '/api/v1/jobs/{id}',
  tags,
  summary: 'Change a job; a new schedule counts from now on',
  request: { params: idParam, body: jsonBody(jobChangeInput) },
  responses: { 200: json('The job as it is now.', jobShape), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/api/v1/jobs/{id}',
  tags,
  summary: 'Remove a job with its history; a run that executes goes on',
  request: { params: idParam },
  responses: { 200: json('It is gone.', okShape), ...failures },
})

const occurrences = createRoute({
  method: 'get',
  path: '/api/v1/jobs/{id}/occurrences',
  tags,
  summary: 'The times a job was due, newest first, with what became of each',
  request: { params: idParam, query: pageQuery },
  responses: { 200: json('Occurrences.', listOf(occurrenceShape)), ...failures },
})

/** Planned work: list, make, change, try and follow it. */
export function addJobRoutes(app: ApiApp, { context }: Api): void {
  const { jobs, clock, actions } = context
  const around = () => ({
    now: clock.now(),
    timezone: context.config().timezone,
    addressOf: actions.addressOf,
  })

  /** Null too for a job that was removed since it was listed. */
  const lastOf = async (id: string) => {
    const { items } = await context.store.jobs.occurrences(id, { limit: 1 })
    return items[0] ? formatOccurrence(items[0]) : null
  }

  app.openapi(list, async (c) => {
    const { cursor, limit, open } = c.req.valid('query')
    const page = await jobs.list(by, {
      limit,
      isOpen: open === 'true',
      ...(cursor !== undefined && { cursor }),
    })
    const items = await Promise.all(
      page.items.map(async (view) => ({ ...formatJob(view), last: await lastOf(view.job.id) })),
    )
    return c.json({ items, next: page.next }, 200)
  })

  app.openapi(create, async (c) => {
    const draft = await readDraft(c.req.valid('json'), around())
    return c.json(formatJob(await jobs.create(draft, by)), 201)
  })

  app.openapi(preview, async (c) => {
    const draft = await readDraft(c.req.valid('json'), around())
    return c.json(formatPreview(await jobs.preview(draft, by)), 200)
  })

  app.openapi(simulate, async (c) => {
    const asked = c.req.valid('query')
    const { timezone } = context.config()
    const from = readInstant('from', asked.from, timezone) ?? clock.now()
    const to = readInstant('to', asked.to, timezone) ?? from + dayMs
    if (to <= from || to - from > maxRangeMs) {
      const message = 'query.to: it must be after from, by at most 366 days.'
      throw new RequestError(400, 'invalid-request', message)
    }
    const items = (await jobs.simulate({ from, to }, by)).map(({ job, name, ...time }) => ({
      job,
      name,
      ...formatFireTime(time),
    }))
    return c.json({ from: formatTime(from), to: formatTime(to), items }, 200)
  })

  app.openapi(show, async (c) =>
    c.json(formatJob(await jobs.get(c.req.valid('param').id, by)), 200),
  )

  app.openapi(change, async (c) => {
    const { id } = c.req.valid('param')
    const wanted = await readChange(c.req.valid('json'), around())
    return c.json(formatJob(await jobs.update(id, wanted, by)), 200)
  })

  app.openapi(remove, async (c) => {
    await jobs.remove(c.req.valid('param').id, by)
    return c.json({ ok: true as const }, 200)
  })

  app.openapi(occurrences, async (c) => {
    const { cursor, limit } = c.req.valid('query')
    const args = { limit, ...(cursor !== undefined && { cursor }) }
    const page = await jobs.occurrences(c.req.valid('param').id, by, args)
    return c.json({ items: page.items.map(formatOccurrence), next: page.next }, 200)
  })
}

function readInstant(key: string, text: string | undefined, timezone: string) {
  if (text === undefined) return undefined
  try {
    return parseInstant(text, timezone)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const message = `query.${key}: ${JSON.stringify(text)}: ${error.message}.`
    throw new RequestError(400, 'invalid-request', message)
  }
}
