import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import { titleLine } from '../../../core/session-commands.ts'
import type { RunRow } from '../../../core/store/runs.ts'
import type { SessionRow } from '../../../core/store/sessions.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, okShape, pageQuery } from '../operation.ts'
import {
  attachmentShape,
  formatAttachment,
  formatSession,
  formatTime,
  queueModes,
  sessionShape,
} from '../shapes.ts'

const tags = ['sessions']

const turnShape = z
  .object({
    run: z.string(),
    role: z.enum(['user', 'agent']),
    text: z.string(),
    at: z.iso.datetime(),
    attachments: z.array(attachmentShape),
  })
  .openapi('Turn')

const sessionDetailShape = sessionShape
  .extend({
    conversations: z.array(
      z.object({
        generation: z.int(),
        title: z.string(),
        firstAt: z.iso.datetime(),
        lastAt: z.iso.datetime(),
        isPresent: z.boolean(),
      }),
    ),
  })
  .openapi('SessionDetail')

const maxConversations = 100
const name = z.string().min(1).max(200).nullable().optional()

const list = createRoute({
  method: 'get',
  path: '/api/v1/sessions',
  tags,
  summary: 'List sessions, the last used first',
  request: { query: pageQuery },
  responses: { 200: json('Sessions.', listOf(sessionShape)), ...failures },
})

const show = createRoute({
  method: 'get',
  path: '/api/v1/sessions/{id}',
  tags,
  summary: 'Show one session with its conversations, by id or key',
  request: { params: idParam },
  responses: { 200: json('The session.', sessionDetailShape), ...failures },
})

const messages = createRoute({
  method: 'get',
  path: '/api/v1/sessions/{id}/messages',
  tags,
  summary: 'What was said in a session, the newest runs first, each as question and answer',
  request: { params: idParam, query: pageQuery },
  responses: { 200: json('Turns.', listOf(turnShape)), ...failures },
})

const reset = createRoute({
  method: 'post',
  path: '/api/v1/sessions/{id}/reset',
  tags,
  summary: 'Start afresh, as /new does',
  request: { params: idParam },
  responses: { 200: json('Done.', okShape), ...failures },
})

const patch = createRoute({
  method: 'patch',
  path: '/api/v1/sessions/{id}',
  tags,
  summary:
    'Choose what happens to messages that arrive while the agent is busy, its model, its mode; or go back to an earlier conversation',
  request: {
    params: idParam,
    body: jsonBody(
      z
        .strictObject({
          mode: z.enum(queueModes).optional(),
          model: name,
          agentMode: name,
          generation: z.int().min(1).optional(),
        })
        .refine((change) => Object.keys(change).length > 0, 'Nothing is to be changed.'),
    ),
  },
  responses: { 200: json('The session.', sessionDetailShape), ...failures },
})

/** Sessions: list, show, read, reset, change. */
export function addSessionRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions } = context

  const getSession = async (idOrKey: string) => {
    const session = await store.sessions.find(idOrKey)
    if (session !== undefined) return session
    throw new RequestError(404, 'no-such-session', `There is no session ${idOrKey}.`)
  }

  const formatDetail = async (session: SessionRow) => {
    const rows = await store.generations.list(session.id, maxConversations)
    const conversations = rows.map(({ title, firstAt, lastAt, ...rest }) => ({
      ...rest,
      title: titleLine(title),
      firstAt: formatTime(firstAt),
      lastAt: formatTime(lastAt),
    }))
    return { ...formatSession(session), conversations }
  }

  app.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid('query')
    const page = await store.sessions.list({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return c.json({ items: page.items.map(formatSession), next: page.next }, 200)
  })

  app.openapi(show, async (c) =>
    c.json(await formatDetail(await getSession(c.req.valid('param').id)), 200),
  )

  app.openapi(messages, async (c) => {
    const session = await getSession(c.req.valid('param').id)
    const { cursor, limit } = c.req.valid('query')
    const page = await store.views.runs({
      session: session.id,
      limit,
      ...(cursor === undefined ? {} : { before: cursor }),
    })
    return c.json({ items: page.items.flatMap(formatTurns), next: page.next }, 200)
  })

  app.openapi(reset, async (c) => {
    const session = await getSession(c.req.valid('param').id)
    await actions.resetSession(session.id)
    return c.json({ ok: true as const }, 200)
  })

  app.openapi(patch, async (c) => {
    const session = await getSession(c.req.valid('param').id)
    await actions.changeSession(session.id, c.req.valid('json'))
    return c.json(await formatDetail(await getSession(session.id)), 200)
  })
}

function formatTurns(run: RunRow): z.infer<typeof turnShape>[] {
  const asked = {
    run: run.id,
    role: 'user' as const,
    text: run.text,
    at: formatTime(run.createdAt),
    attachments: [],
  }
  if (run.reply === null) return [asked]
  return [
    asked,
    {
      run: run.id,
      role: 'agent' as const,
      text: run.reply.text,
      at: formatTime(run.finishedAt ?? run.createdAt),
      attachments: run.reply.files.map(formatAttachment),
    },
  ]
}
