import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, okShape } from '../operation.ts'
import {
  formatPairing,
  formatSender,
  formatTime,
  pairingShape,
  senderShape,
  senderStatuses,
} from '../shapes.ts'

const tags = ['access']
const channel = z.string().min(1).max(100)
const senderId = z.string().min(1).max(300)

const listPairings = createRoute({
  method: 'get',
  path: '/api/v1/pairing',
  tags,
  summary: 'List who waits to be let in',
  responses: { 200: json('Requests; never their codes.', listOf(pairingShape)), ...failures },
})

const approve = createRoute({
  method: 'post',
  path: '/api/v1/pairing/{id}/approve',
  tags,
  summary: 'Let a person in, by id or code',
  request: {
    params: idParam,
    body: jsonBody(z.strictObject({ owner: z.boolean().default(false) })),
  },
  responses: { 200: json('Who was let in.', z.object({ sender: senderShape })), ...failures },
})

const reject = createRoute({
  method: 'post',
  path: '/api/v1/pairing/{id}/reject',
  tags,
  summary: 'Turn a request down',
  request: { params: idParam },
  responses: { 200: json('Done.', okShape), ...failures },
})

const listSenders = createRoute({
  method: 'get',
  path: '/api/v1/senders',
  tags,
  summary: 'List the people who have rights, or none any more',
  responses: { 200: json('People.', listOf(senderShape)), ...failures },
})

const setSender = createRoute({
  method: 'patch',
  path: '/api/v1/senders',
  tags,
  summary: 'Change what a person may do',
  request: {
    body: jsonBody(
      z.strictObject({
        channel,
        id: senderId,
        name: z.string().min(1).max(200).optional(),
        status: z.enum(senderStatuses),
      }),
    ),
  },
  responses: { 200: json('Done.', okShape), ...failures },
})

const removeSender = createRoute({
  method: 'delete',
  path: '/api/v1/senders',
  tags,
  summary: 'Take every right away; the person is a stranger again',
  request: { query: z.object({ channel, id: senderId }) },
  responses: { 200: json('Done.', okShape), ...failures },
})

/** Who may talk to the agent. */
export function addAccessRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions, clock } = context

  app.openapi(listPairings, async (c) => {
    const pairings = await store.access.pairings(clock.now())
    return c.json({ items: pairings.map(formatPairing), next: null }, 200)
  })

  app.openapi(approve, async (c) => {
    const { id } = c.req.valid('param')
    const approval = await actions.approvePairing(id, c.req.valid('json').owner)
    switch (approval.result) {
      case 'approved':
        return c.json({ sender: formatSender(approval.sender) }, 200)
      case 'unknown':
        throw new RequestError(404, 'no-such-pairing', 'Nobody waits under that id or code.')
      case 'expired':
        throw new RequestError(
          409,
          'expired',
          'That request has expired. The person gets a new code by writing again.',
        )
      case 'locked':
        throw new RequestError(
          429,
          'locked',
          `Too many wrong codes. Approving by code is possible again at ${formatTime(approval.until)}; by id it still is.`,
        )
    }
  })

  app.openapi(reject, async (c) => {
    const { id } = c.req.valid('param')
    if (await actions.rejectPairing(id)) return c.json({ ok: true as const }, 200)
    throw new RequestError(404, 'no-such-pairing', 'Nobody waits under that id.')
  })

  app.openapi(listSenders, async (c) => {
    const senders = await store.access.senders()
    return c.json({ items: senders.map(formatSender), next: null }, 200)
  })

  app.openapi(setSender, async (c) => {
    const { name, status, ...sender } = c.req.valid('json')
    await actions.setSender({ ...sender, ...(name === undefined ? {} : { name }) }, status)
    return c.json({ ok: true as const }, 200)
  })

  app.openapi(removeSender, async (c) => {
    const sender = c.req.valid('query')
    if (await actions.removeSender(sender)) return c.json({ ok: true as const }, 200)
    throw new RequestError(
      404,
      'no-such-sender',
      `Nobody is known as ${sender.id} on ${sender.channel}.`,
    )
  })
}
