import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { CoreEvent } from '../../../core/events.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { follow } from '../follow.ts'
import { failures, idParam, json } from '../operation.ts'
import { eventShape, formatEvent } from '../shapes.ts'

const tags = ['events']
const seq = z.coerce.number().int().min(0)
const batch = 200
const ends = new Set(['run.completed', 'run.failed', 'run.cancelled', 'run.superseded'])
const stream = {
  description: 'Server-sent events.',
  content: { 'text/event-stream': { schema: z.string() } },
}

const list = createRoute({
  method: 'get',
  path: '/api/v1/runs/{id}/events',
  tags,
  summary: 'What happened in a run',
  request: {
    params: idParam,
    query: z.object({
      afterSeq: seq.default(0),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
  },
  responses: {
    200: json(
      'Events, oldest first; `seq` is dense from 1.',
      z.object({ events: z.array(eventShape), hasMore: z.boolean(), nextAfterSeq: z.int() }),
    ),
    ...failures,
  },
})

const followRun = createRoute({
  method: 'get',
  path: '/api/v1/runs/{id}/events/stream',
  tags,
  summary: 'The same as it happens; ends with the run',
  request: {
    params: idParam,
    query: z.object({ afterSeq: seq.optional() }),
    headers: z.object({ 'last-event-id': seq.optional() }),
  },
  responses: { 200: stream, ...failures },
})

const followAll = createRoute({
  method: 'get',
  path: '/api/v1/events',
  tags,
  summary: 'Everything the dashboard shows, as it happens',
  request: { headers: z.object({ 'last-event-id': seq.optional() }) },
  responses: { 200: stream, ...failures },
})

/** The histories of runs, as lists and as streams that can be resumed. */
export function addEventRoutes(app: ApiApp, api: Api): void {
  const { store, events, clock } = api.context

  const requireRun = async (id: string) => {
    if ((await store.views.run(id)) === undefined) {
      throw new RequestError(404, 'no-such-run', `There is no run ${id}.`)
    }
  }

  app.openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    const { afterSeq, limit } = c.req.valid('query')
    await requireRun(id)
    const found = await store.views.runEvents(id, afterSeq, limit + 1)
    const page = found.slice(0, limit)
    const nextAfterSeq = page.at(-1)?.seq ?? afterSeq
    const hasMore = found.length > limit
    return c.json({ events: page.map(formatEvent), hasMore, nextAfterSeq }, 200)
  })

  app.openapi(followRun, async (c) => {
    const { id } = c.req.valid('param')
    let after = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').afterSeq ?? 0
    await requireRun(id)
    const concerns = (event: CoreEvent) => 'runId' in event && event.runId === id
    return api.streams.open(
      c,
      (client) =>
        follow({ client, events, clock, concerns }, async () => {
          // Read before the events: a run seen as ended has nothing to add to those that follow.
          const run = await store.views.run(id)
          const found = await store.views.runEvents(id, after, batch)
          for (const event of found) {
            client.send({ event: event.type, id: `${event.seq}`, data: formatEvent(event) })
            after = event.seq
          }
          const isOver = found.some((event) => ends.has(event.type))
          const isKnownEnd = run === undefined || run.finishedAt !== null
          if (found.length < batch && (isOver || isKnownEnd)) client.close()
          return found.length === batch
        }),
      (error) => events.emit({ type: 'fault', where: 'event stream', error }),
    )
  })

  app.openapi(followAll, async (c) => {
    let after = c.req.valid('header')['last-event-id'] ?? (await newestEvent())
    return api.streams.open(
      c,
      (client) => {
        const end = events.subscribe((event) => {
          const told = formatCoreEvent(event)
          if (told !== undefined) client.send(told)
        })
        client.signal.addEventListener('abort', end, { once: true })
        const concerns = (event: CoreEvent) =>
          event.type === 'run.changed' || event.type === 'delivery.changed'
        return follow({ client, events, clock, concerns }, async () => {
          const found = await store.views.eventsAfter(after, batch)
          for (const event of found) {
            client.send({ event: event.type, id: `${event.id}`, data: formatEvent(event) })
          }
          after = found.at(-1)?.id ?? after
          return found.length === batch
        })
      },
      (error) => events.emit({ type: 'fault', where: 'event stream', error }),
    )
  })

  /** Where a reader without a past begins: at the first event of the newest run. */
  async function newestEvent(): Promise<number> {
    const [newest] = (await store.views.runs({ limit: 1 })).items
    if (newest === undefined) return 0
    const [first] = await store.views.runEvents(newest.id, 0, 1)
    return first === undefined ? 0 : first.id - 1
  }
}

/** What is told beside the histories of runs; it has no id, because whoever reconnects reads it anew. */
function formatCoreEvent(event: CoreEvent): { event: string; data: object } | undefined {
  switch (event.type) {
    case 'message.received': {
      const { messageId, disposition, reason, runId, address } = event
      const data = {
        message: messageId,
        channel: address.channel,
        chat: address.chat,
        disposition,
        reason: reason ?? null,
        run: runId ?? null,
      }
      return { event: event.type, data }
    }
    case 'delivery.changed': {
      const { deliveryId, runId, state, detail, address } = event
      const data = {
        delivery: deliveryId,
        run: runId ?? null,
        channel: address.channel,
        chat: address.chat,
        state,
        detail: detail ?? null,
      }
      return { event: event.type, data }
    }
    case 'channel.changed': {
      const { channel, state, detail } = event
      return { event: event.type, data: { channel, state, detail } }
    }
    case 'pairing.requested': {
      const { pairingId, channel } = event
      return { event: event.type, data: { pairing: pairingId, channel } }
    }
    default:
      return undefined
  }
}
