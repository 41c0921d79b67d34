import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp, Destination } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, okShape, pageQuery } from '../operation.ts'
import { deliveryShape, deliveryStates, formatDelivery } from '../shapes.ts'

const tags = ['deliveries']

const list = createRoute({
  method: 'get',
  path: '/api/v1/deliveries',
  tags,
  summary: 'List the outbox, newest first',
  request: { query: pageQuery.extend({ state: z.enum(deliveryStates).optional() }) },
  responses: { 200: json('Deliveries.', listOf(deliveryShape)), ...failures },
})

const retry = createRoute({
  method: 'post',
  path: '/api/v1/deliveries/{id}/retry',
  tags,
  summary: 'Send a discarded or uncertain delivery again',
  request: { params: idParam },
  responses: { 202: json('It will be sent again.', okShape), ...failures },
})

const discard = createRoute({
  method: 'post',
  path: '/api/v1/deliveries/{id}/discard',
  tags,
  summary: 'Give a delivery up',
  request: { params: idParam },
  responses: { 200: json('It is discarded.', okShape), ...failures },
})

const send = createRoute({
  method: 'post',
  path: '/api/v1/send',
  tags,
  summary: 'Send a text to a chat, without any agent',
  request: {
    body: jsonBody(
      z.strictObject({
        deliverTo: z.strictObject({
          channel: z.string().min(1).max(100),
          chat: z.string().min(1).max(300),
          thread: z.string().min(1).max(300).optional(),
        }),
        text: z.string().trim().min(1).max(100_000),
      }),
    ),
  },
  responses: { 202: json('Queued.', z.object({ deliveries: z.array(z.string()) })), ...failures },
})

/** The outbox: list, retry, discard, and sending a text by hand. */
export function addDeliveryRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions } = context

  const refuse = async (id: string, sentence: string): Promise<RequestError> => {
    const delivery = await store.views.delivery(id)
    return delivery === undefined
      ? new RequestError(404, 'no-such-delivery', `There is no delivery ${id}.`)
      : new RequestError(409, 'wrong-state', `Delivery ${id} is ${delivery.state}; ${sentence}`)
  }

  app.openapi(list, async (c) => {
    const { cursor, limit, state } = c.req.valid('query')
    const page = await store.views.deliveries({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(state === undefined ? {} : { state }),
    })
    return c.json({ items: page.items.map(formatDelivery), next: page.next }, 200)
  })

  app.openapi(retry, async (c) => {
    const { id } = c.req.valid('param')
    if (await actions.retryDelivery(id)) return c.json({ ok: true as const }, 202)
    throw await refuse(id, 'only a discarded or uncertain one can be sent again.')
  })

  app.openapi(discard, async (c) => {
    const { id } = c.req.valid('param')
    if (await actions.discardDelivery(id)) return c.json({ ok: true as const }, 200)
    throw await refuse(id, 'only one that waits or is uncertain can be discarded.')
  })

  app.openapi(send, async (c) => {
    const { deliverTo, text } = c.req.valid('json')
    const { channel, chat, thread } = deliverTo
    const to: Destination = thread === undefined ? { channel, chat } : { channel, chat, thread }
    return c.json({ deliveries: [...(await actions.send(to, text))] }, 202)
  })
}
