import { z } from '@hono/zod-openapi'

const errorShape = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .openapi('Error')

/** A JSON answer, as OpenAPI describes it. */
export function json<Shape extends z.ZodType>(description: string, schema: Shape) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON body; `required`, because the framework lets an absent optional body through unchecked. */
export function jsonBody<Shape extends z.ZodType>(schema: Shape) {
  return { required: true, content: { 'application/json': { schema } } }
}

export function listOf<Shape extends z.ZodType>(item: Shape) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** What every list takes: the `next` of the page before, and how many. */
export const pageQuery = z.object({
  cursor: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const idParam = z.object({ id: z.string().min(1).max(300) })

export const okShape = z.object({ ok: z.literal(true) })

/** Every refusal has one shape; which statuses there are is the same for all guarded routes. */
export const failures = {
  400: json('The request is wrong; the message says where.', errorShape),
  401: json('The token or session is missing or wrong.', errorShape),
  403: json('A foreign host name or another site.', errorShape),
  404: json('There is no such thing.', errorShape),
  409: json('It cannot be done in its present state.', errorShape),
  413: json('The body is too large.', errorShape),
  415: json('The body is not JSON.', errorShape),
  429: json('Too many tries; wait.', errorShape),
  500: json('The gateway failed; its log says why.', errorShape),
  503: json('Not now: it is stopping, or the part needed is off.', errorShape),
}
