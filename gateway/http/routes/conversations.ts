import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { ChatSettingsChange, ConversationView } from '../../../core/store/conversations.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, pageQuery } from '../operation.ts'
import { queueModes } from '../shapes.ts'

const tags = ['conversations']

const conversationShape = z
  .object({
    id: z.string(),
    channel: z.string(),
    chat: z.string(),
    thread: z.string().nullable(),
    title: z.string().nullable(),
    kind: z.enum(['dm', 'group', 'thread']),
    alive: z.boolean(),
    approved: z.boolean(),
    space: z
      .object({ id: z.string(), title: z.string().nullable(), approved: z.boolean() })
      .nullable(),
    settings: z.object({
      mention: z.boolean().nullable(),
      agent: z.string().nullable(),
      queue: z.enum(queueModes).nullable(),
      stream: z.boolean().nullable(),
    }),
  })
  .openapi('Conversation')

const list = createRoute({
  method: 'get',
  path: '/api/v1/conversations',
  tags,
  summary: 'List the chats and threads that were heard of, the newest first',
  request: { query: pageQuery },
  responses: { 200: json('Conversations.', listOf(conversationShape)), ...failures },
})

const patch = createRoute({
  method: 'patch',
  path: '/api/v1/conversations/{id}',
  tags,
  summary: 'Choose how a chat is served; null goes back to what the configuration says',
  request: {
    params: idParam,
    body: jsonBody(
      z.strictObject({
        mention: z.boolean().nullable().optional(),
        agent: z.string().min(1).max(100).nullable().optional(),
        queue: z.enum(queueModes).nullable().optional(),
        stream: z.boolean().nullable().optional(),
        approved: z.boolean().nullable().optional(),
        spaceApproved: z.boolean().nullable().optional(),
      }),
    ),
  },
  responses: { 200: json('The conversation.', conversationShape), ...failures },
})

/** Chats: list them, allow or close them, choose for them. */
export function addConversationRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions } = context

  const getConversation = async (id: string) => {
    const conversation = await store.conversations.find(id)
    if (conversation !== undefined) return conversation
    throw new RequestError(404, 'no-such-conversation', `There is no conversation ${id}.`)
  }

  const format = (view: ConversationView): z.infer<typeof conversationShape> => {
    const { channel, chat, thread } = view.address
    const { mention, agent, queue, stream } = view.settings
    const configured = context.config().channels[channel]
    const listed =
      configured === undefined || configured.type === 'web' ? [] : configured.access.allowChats
    const isSpaceListed = view.space !== null && listed.includes(view.space.id)
    return {
      id: view.id,
      channel,
      chat,
      thread: thread ?? null,
      title: view.title,
      kind: view.kind,
      alive: view.isAlive,
      approved: view.isApproved || isSpaceListed || listed.includes(chat),
      space: view.space && {
        id: view.space.id,
        title: view.space.title,
        approved: view.space.isApproved || isSpaceListed,
      },
      settings: {
        mention: mention ?? null,
        agent: agent ?? null,
        queue: queue ?? null,
        stream: stream ?? null,
      },
    }
  }

  app.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid('query')
    const page = await store.conversations.list({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return c.json({ items: page.items.map(format), next: page.next }, 200)
  })

  app.openapi(patch, async (c) => {
    const conversation = await getConversation(c.req.valid('param').id)
    const { approved, spaceApproved, ...wanted } = c.req.valid('json')
    const { space, address } = conversation
    if (spaceApproved !== undefined && space === null) {
      throw new RequestError(
        409,
        'no-space',
        `Conversation ${conversation.id} belongs to no server, so there is none to approve.`,
      )
    }
    await actions.configureConversation(conversation.id, present(wanted))
    if (approved !== undefined) await actions.approveChat(address, approved)
    if (spaceApproved !== undefined && space !== null)
      await actions.approveSpace(address.account, space.id, spaceApproved)
    return c.json(format(await getConversation(conversation.id)), 200)
  })
}

type Wanted = { [K in keyof ChatSettingsChange]: ChatSettingsChange[K] | undefined }

/** Without what was not named, so that it stays as it is. */
function present({ mention, agent, queue, stream }: Wanted): ChatSettingsChange {
  return {
    ...(mention !== undefined && { mention }),
    ...(agent !== undefined && { agent }),
    ...(queue !== undefined && { queue }),
    ...(stream !== undefined && { stream }),
  }
}
