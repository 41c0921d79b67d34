import { createRoute, z } from '@hono/zod-openapi'
import type { HeartbeatSettings } from '../../../core/heartbeat/heartbeat-settings.ts'
import type { HeartbeatRow } from '../../../core/store/heartbeats.ts'
import { settingsOf } from '../../settings.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, json } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const tags = ['heartbeat']
const time = z.iso.datetime()

const results = [
  'outside-hours',
  'nothing-to-do',
  'unchanged',
  'deferred',
  'running',
  'quiet',
  'alert',
  'repeated',
  'nobody-to-tell',
  'refused',
  'cancelled',
  'failed',
] as const

export const heartbeatShape = z
  .object({
    agent: z.string(),
    isEnabled: z.boolean(),
    everyMs: z.int(),
    target: z.union([z.literal('owner'), z.object({ channel: z.string(), chat: z.string() })]),
    activeHours: z.object({ start: z.string(), end: z.string(), timezone: z.string() }),
    nextAt: time.nullable().openapi({ description: 'Null: none is due by itself.' }),
    lastAt: time.nullable().openapi({ description: 'When the agent was last asked.' }),
    result: z
      .enum(results)
      .nullable()
      .openapi({ description: 'How the last look ended; most of them ask nobody.' }),
    resultAt: time.nullable(),
    run: z.string().nullable().openapi({ description: 'The check-in that is under way.' }),
    failures: z.int().openapi({ description: 'Failed in a row.' }),
  })
  .openapi('Heartbeat')

const list = createRoute({
  method: 'get',
  path: '/api/v1/heartbeat',
  tags,
  summary: "The agents' check-ins: what is due and how the last ended",
  responses: {
    200: json('One per agent.', z.object({ items: z.array(heartbeatShape) })),
    ...failures,
  },
})

const run = createRoute({
  method: 'post',
  path: '/api/v1/heartbeat/run',
  tags,
  summary: 'Ask an agent to check in now, whatever the hours and even where it is switched off',
  request: {
    body: {
      content: {
        'application/json': {
          schema: z.strictObject({ agent: z.string().min(1).max(100).optional() }),
        },
      },
    },
  },
  responses: { 202: json('It is asked.', z.object({ agent: z.string() })), ...failures },
})

/** The agents' check-ins: look at them, and ask for one. */
export function addHeartbeatRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(list, async (c) => {
    const rows = new Map((await context.store.heartbeats.list()).map((row) => [row.agent, row]))
    const { heartbeats } = settingsOf(context.config())
    const items = [...heartbeats].map(([agent, own]) =>
      formatHeartbeat(agent, own, rows.get(agent)),
    )
    return c.json({ items }, 200)
  })

  app.openapi(run, async (c) => {
    const agent = c.req.valid('json').agent ?? context.config().heartbeat.agent
    await context.actions.runHeartbeat(agent)
    return c.json({ agent }, 202)
  })
}

function formatHeartbeat(
  agent: string,
  { isEnabled, everyMs, target, hours }: HeartbeatSettings,
  row: HeartbeatRow | undefined,
): z.infer<typeof heartbeatShape> {
  return {
    agent,
    isEnabled,
    everyMs,
    target: target === 'owner' ? target : { channel: target.channel, chat: target.chat },
    activeHours: { start: hours.start, end: hours.end, timezone: hours.timezone },
    nextAt: formatIfAny(row?.dueAt),
    lastAt: formatIfAny(row?.lastAt),
    result: row?.result ?? null,
    resultAt: formatIfAny(row?.resultAt),
    run: row?.runId ?? null,
    failures: row?.failures ?? 0,
  }
}

function formatIfAny(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : formatTime(at)
}
