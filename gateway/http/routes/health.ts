import { createRoute, z } from '@hono/zod-openapi'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, json } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const channelShape = z.object({
  type: z.string(),
  state: z.enum(['starting', 'up', 'retrying', 'failed', 'off']),
  since: z.iso.datetime(),
  detail: z.string(),
})
const channelsShape = z.record(z.string(), channelShape)
const linkableShape = z.record(z.string(), channelShape.extend({ canLink: z.boolean() }))
const queueShape = z.object({ depth: z.int(), oldestMs: z.int().nullable() })

const readyShape = z.object({
  ready: z.boolean(),
  store: z.enum(['up', 'down']),
  queue: queueShape,
  channels: channelsShape,
})

const agentShape = z.object({
  name: z.string(),
  runtime: z.string(),
  detail: z.string(),
  hint: z
    .string()
    .optional()
    .describe('What would make its answers better, where `auto` found no better runtime.'),
})

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['health'],
  summary: 'Whether the process is alive',
  security: [],
  responses: { 200: json('It is.', z.object({ ok: z.literal(true) })) },
})

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['health'],
  summary: 'Whether it serves: store, queue, HTTP and every channel have started',
  security: [],
  responses: { 200: json('Ready.', readyShape), 503: json('Not ready.', readyShape) },
})

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['health'],
  summary: 'Metrics for Prometheus',
  responses: {
    200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
    ...failures,
  },
})

const status = createRoute({
  method: 'get',
  path: '/api/v1/status',
  tags: ['health'],
  summary: 'How the gateway is',
  responses: {
    200: json(
      'Version, agents, channels and queue; `agent` is the one for chats that no route names.',
      z.object({
        version: z.string(),
        agent: agentShape,
        agents: z.array(agentShape),
        channels: linkableShape,
        queue: queueShape,
        deliveries: z.object({ pending: z.int(), uncertain: z.int(), discarded: z.int() }),
      }),
    ),
    ...failures,
  },
})

/** Health, readiness, metrics and status. */
export function addHealthRoutes(app: ApiApp, { context }: Api): void {
  const { store, clock } = context

  const readQueue = async () => {
    const now = clock.now()
    const { depth, oldestAt } = await store.views.queue(now)
    return { depth, oldestMs: oldestAt === undefined ? null : Math.max(0, now - oldestAt) }
  }
  const readChannels = () =>
    Object.fromEntries(
      Object.entries(context.channels()).map(([name, { type, state, since, detail }]) => [
        name,
        { type, state, since: formatTime(since), detail },
      ]),
    )

  /** For the page, whose people are signed in: where there is something to link. */
  const readLinkable = () => {
    const linkable = context.channels()
    return Object.fromEntries(
      Object.entries(readChannels()).map(([name, channel]) => [
        name,
        { ...channel, canLink: linkable[name]?.canLink ?? false },
      ]),
    )
  }

  app.openapi(healthz, (c) => c.json({ ok: true as const }, 200))

  app.openapi(readyz, async (c) => {
    const channels = readChannels()
    const queue = await readQueue().catch((error: unknown) => {
      context.events.emit({ type: 'fault', where: 'readiness', error })
      return undefined
    })
    const isStarting = Object.values(channels).some(({ state }) => state === 'starting')
    const ready = queue !== undefined && !isStarting && !context.isDraining()
    return c.json(
      {
        ready,
        store: queue === undefined ? ('down' as const) : ('up' as const),
        queue: queue ?? { depth: 0, oldestMs: null },
        channels,
      },
      ready ? 200 : 503,
    )
  })

  app.openapi(metrics, async (c) => {
    const { contentType, text } = await context.metrics()
    return c.text(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' })
  })

  app.openapi(status, async (c) => {
    const agents = [...context.agents()]
    const main = context.config().defaultAgent
    const agent = agents.find(({ name }) => name === main)
    const { pendingDeliveries, uncertain, discarded } = await store.views.counts()
    return c.json(
      {
        version: context.version,
        agent: agent ?? { name: main, runtime: 'none', detail: 'Not started.' },
        agents,
        channels: readLinkable(),
        queue: await readQueue(),
        deliveries: { pending: pendingDeliveries, uncertain, discarded },
      },
      200,
    )
  })
}
