import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import { localDays } from '../../../core/local-day.ts'
import type { UsageTotal } from '../../../core/store/usage.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, json, pageQuery } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const dayMs = 86_400_000
const defaultDays = 30
const maxDays = 366

const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .optional()
  .openapi({ description: 'An instant, or a date in `timezone`, which is its midnight.' })

const sumShape = {
  runs: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cachedTokens: z.int().openapi({ description: 'Part of the input.' }),
  costUsd: z
    .number()
    .nullable()
    .openapi({ description: 'What is known of it; null when nothing is.' }),
  isCostComplete: z
    .boolean()
    .openapi({ description: 'False: a part has no price, so it cost at least this much.' }),
}

const dimensions = ['agent', 'model', 'session', 'sender', 'job'] as const

const usageShape = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    by: z.enum(dimensions),
    total: z.object(sumShape),
    items: z.array(z.object({ key: z.string().nullable(), ...sumShape })),
    next: z.string().nullable(),
  })
  .openapi('Usage')

const usage = createRoute({
  method: 'get',
  path: '/api/v1/usage',
  tags: ['usage'],
  summary: 'Tokens and cost by agent, model, session, sender or job, the most tokens first',
  request: {
    query: pageQuery.extend({
      from: instant,
      to: instant,
      by: z.enum(dimensions).default('agent'),
    }),
  },
  responses: { 200: json('What was spent.', usageShape), ...failures },
})

/** What agents cost. */
export function addUsageRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(usage, async (c) => {
    const { by, limit, cursor, ...asked } = c.req.valid('query')
    const days = localDays(context.config().timezone)
    const read = (text: string) =>
      text.includes('T') ? Date.parse(text) : days.startOf(text, Date.parse(text))
    const to = asked.to === undefined ? context.clock.now() + 1 : read(asked.to)
    const from = asked.from === undefined ? to - defaultDays * dayMs : read(asked.from)
    if (from >= to || to - from > maxDays * dayMs) {
      const message = `from must be before to, by at most ${maxDays} days.`
      throw new RequestError(400, 'invalid-request', message)
    }
    const found = await context.store.usage.totals({
      from,
      to,
      by,
      limit,
      ...(cursor !== undefined && { cursor }),
    })
    return c.json(
      {
        from: formatTime(from),
        to: formatTime(to),
        by,
        total: formatSum(found.total),
        items: found.items.map((item) => ({ key: item.key, ...formatSum(item) })),
        next: found.next,
      },
      200,
    )
  })
}

function formatSum(sum: Omit<UsageTotal, 'key'>) {
  const { runs, inputTokens, outputTokens, cachedTokens, costUsd, unpriced } = sum
  return {
    runs,
    inputTokens,
    outputTokens,
    cachedTokens,
    costUsd: costUsd === 0 && unpriced > 0 ? null : costUsd,
    isCostComplete: unpriced === 0,
  }
}
