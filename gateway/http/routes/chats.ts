import { randomUUID } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { chatLineShape, formatChatLine } from '../chat-line.ts'
import { failures, json, jsonBody, okShape } from '../operation.ts'
import { formatTime } from '../shapes.ts'
import { nameOf, readWhole, uploadShape, withUpload } from '../uploads.ts'

const tags = ['chats']
const chatParam = z.object({
  chatId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
})
const accepted = z.object({ message: chatLineShape })

/** Whoever holds the token is the gateway's owner; on the page there is nobody else. */
const operator = { id: 'operator', name: 'Operator' }

const listChats = createRoute({
  method: 'get',
  path: '/api/v1/chats',
  tags,
  summary: 'List the chats of the page, the last used first',
  responses: {
    200: json(
      'Chats.',
      z.object({
        items: z.array(z.object({ id: z.string(), title: z.string(), lastAt: z.iso.datetime() })),
      }),
    ),
    ...failures,
  },
})

const listMessages = createRoute({
  method: 'get',
  path: '/api/v1/chats/{chatId}/messages',
  tags,
  summary: 'The newest messages of a chat, oldest first; `next` as `before` reads older ones',
  request: {
    params: chatParam,
    query: z.object({
      before: z.string().min(1).max(200).optional(),
      cursor: z.string().min(1).max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: {
    200: json(
      'Messages.',
      z.object({ items: z.array(chatLineShape), next: z.string().nullable() }),
    ),
    ...failures,
  },
})

const postMessage = createRoute({
  method: 'post',
  path: '/api/v1/chats/{chatId}/messages',
  tags,
  summary: 'Write to the agent',
  request: {
    params: chatParam,
    body: jsonBody(
      z.strictObject({
        text: z.string().max(100_000).default(''),
        attachments: z.array(uploadShape).max(10).default([]),
        idempotencyKey: z.string().min(1).max(200).optional(),
      }),
    ),
  },
  responses: { 202: json('It is stored.', accepted), ...failures },
})

const postPress = createRoute({
  method: 'post',
  path: '/api/v1/chats/{chatId}/presses',
  tags,
  summary: 'Press a button under a message',
  request: {
    params: chatParam,
    body: jsonBody(z.strictObject({ data: z.string().min(1).max(64) })),
  },
  responses: { 202: json('It is stored.', okShape), ...failures },
})

const stream = createRoute({
  method: 'get',
  path: '/api/v1/chats/{chatId}/stream',
  tags,
  summary: 'The chat as it happens: `message`, `run`, `text` and `typing`',
  request: { params: chatParam },
  responses: {
    200: {
      description: 'Server-sent events; begins with the newest messages.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...failures,
  },
})

/** The chats of the page. */
export function addChatRoutes(app: ApiApp, { context, streams, chats }: Api): void {
  const { store } = context
  const getWeb = () => {
    if (context.web !== undefined) return context.web
    throw new RequestError(503, 'channel-off', 'The web channel is switched off.')
  }

  app.openapi(listChats, async (c) => {
    const found = await store.views.chats(getWeb().account, 200)
    const items = found.map(({ chat, title, lastAt }) => ({
      id: chat,
      title,
      lastAt: formatTime(lastAt),
    }))
    return c.json({ items }, 200)
  })

  app.openapi(listMessages, async (c) => {
    const { chatId } = c.req.valid('param')
    const { before, cursor, limit } = c.req.valid('query')
    const start = before ?? cursor
    const page = await store.views.chat(getWeb().account, chatId, {
      limit,
      ...(start === undefined ? {} : { before: start }),
    })
    return c.json({ items: page.items.map(formatChatLine), next: page.next }, 200)
  })

  app.openapi(postMessage, async (c) => {
    const { chatId } = c.req.valid('param')
    const { text, attachments, idempotencyKey = randomUUID() } = c.req.valid('json')
    if (text.trim() === '' && attachments.length === 0) {
      throw new RequestError(400, 'invalid-request', 'body.text: a message needs a text or a file.')
    }
    const web = getWeb()
    const config = context.config()
    const files = []
    for (const upload of attachments) {
      const content = await withUpload(upload, config, (stream) =>
        readWhole(stream, config.media.maxBytes),
      )
      files.push({ name: nameOf(upload), mime: upload.mime, content })
    }
    const address = await web.submit({
      chat: chatId,
      text,
      attachments: files,
      idempotencyKey,
      sender: operator,
    })
    const id = await store.views.lastMessage(address, idempotencyKey)
    const line = id === undefined ? undefined : await store.views.chatLine(id)
    if (line !== undefined) return c.json({ message: formatChatLine(line) }, 202)
    throw new Error(`A message that was just stored in chat ${chatId} cannot be found.`)
  })

  app.openapi(postPress, async (c) => {
    const { chatId } = c.req.valid('param')
    const { data } = c.req.valid('json')
    await getWeb().press({ chat: chatId, data, sender: operator })
    return c.json({ ok: true as const }, 202)
  })

  app.openapi(stream, (c) => {
    const { chatId } = c.req.valid('param')
    const { account } = getWeb()
    return streams.open(
      c,
      (client) => chats.follow(account, chatId, client),
      (error) => context.events.emit({ type: 'fault', where: 'chat stream', error }),
    )
  })
}
