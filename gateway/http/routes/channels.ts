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
    canLink: z.boolean(),
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

const link = createRoute({
  method: 'post',
  path: '/api/v1/channels/{name}/link',
  tags,
  summary: 'Begin to link a Signal account with a phone',
  request: { params: z.object({ name: z.string().min(1).max(100) }) },
  responses: {
    200: json(
      'What the phone scans, as text and as a picture; it expires after a minute or two.',
      z.object({ uri: z.string(), svg: z.string() }),
    ),
    ...failures,
  },
})

/** Channels: list, restart, link. */
export function addChannelRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(list, (c) => {
    const items = Object.entries(context.channels()).map(([name, channel]) => ({
      name,
      type: channel.type,
      state: channel.state,
      since: formatTime(channel.since),
      detail: channel.detail,
      canLink: channel.canLink,
    }))
    return c.json({ items, next: null }, 200)
  })

  const known = (name: string): string => {
    if (Object.hasOwn(context.channels(), name)) return name
    throw new RequestError(404, 'no-such-channel', `There is no channel ${name}.`)
  }

  app.openapi(restart, async (c) => {
    const name = known(c.req.valid('param').name)
    await context.actions.restartChannel(name)
    return c.json({ ok: true as const }, 202)
  })

  app.openapi(link, async (c) => {
    const { uri } = await context.actions.linkChannel(known(c.req.valid('param').name))
    const { renderSVG } = await import('uqr')
    return c.json({ uri, svg: renderSVG(uri, { border: 4 }) }, 200)
  })
}
