import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, json, listOf, okShape } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const tags = ['channels']

const channelShape = z
  .object({
    name: z.string(),
    type: z.string(),
    state: z.enum(['starting', 'up', 'retrying', 'failed', 'off']),
    since: z.iso.datetime(),
    detail: z.string(),
  })
  .openapi('Channel')

const list = createRoute({
  method: 'get',
  path: '/api/v1/channels',
  tags,
  summary: 'List the channels and how they are',
  responses: { 200: json('Channels.', listOf(channelShape)), ...failures },
})

const restart = createRoute({
  method: 'post',
  path: '/api/v1/channels/{name}/restart',
  tags,
  summary: 'Disconnect a channel and connect it again',
  request: { params: z.object({ name: z.string().min(1).max(100) }) },
  responses: { 202: json('It restarts.', okShape), ...failures },
})

/** Channels: list, restart. */
export function addChannelRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(list, (c) => {
    const items = Object.entries(context.channels()).map(([name, channel]) => ({
      name,
      type: channel.type,
      state: channel.state,
      since: formatTime(channel.since),
      detail: channel.detail,
    }))
    return c.json({ items, next: null }, 200)
  })

  app.openapi(restart, async (c) => {
    const { name } = c.req.valid('param')
    if (!Object.hasOwn(context.channels(), name)) {
      throw new RequestError(404, 'no-such-channel', `There is no channel ${name}.`)
    }
    await context.actions.restartChannel(name)
    return c.json({ ok: true as const }, 202)
  })
}
