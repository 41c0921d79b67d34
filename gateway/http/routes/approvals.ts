import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { ApprovalRow, GrantRow } from '../../../core/store/approvals.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, idParam, json, jsonBody, listOf, okShape, pageQuery } from '../operation.ts'
import { formatTime } from '../shapes.ts'

const tags = ['approvals']
const states = ['open', 'answered', 'expired', 'void'] as const

export const approvalShape = z
  .object({
    id: z.string(),
    kind: z.enum(['permission', 'question']),
    state: z.enum(states),
    run: z.string(),
    agent: z.string(),
    session: z.string(),
    title: z.string(),
    detail: z.string().nullable(),
    options: z.array(z.object({ id: z.string(), label: z.string() })),
    takesText: z.boolean(),
    /** What "always" would cover; null where it cannot be given. */
    grant: z.string().nullable(),
    channel: z.string().nullable(),
    chat: z.string().nullable(),
    askedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    answer: z.string().nullable(),
    answeredBy: z.string().nullable(),
  })
  .openapi('Approval')

export const grantShape = z
  .object({
    id: z.string(),
    agent: z.string(),
    session: z.string().nullable(),
    words: z.string(),
    by: z.string(),
    at: z.iso.datetime(),
  })
  .openapi('Grant')

const list = createRoute({
  method: 'get',
  path: '/api/v1/approvals',
  tags,
  summary: 'List what agents ask of people, newest first',
  request: { query: pageQuery.extend({ state: z.enum(states).default('open') }) },
  responses: { 200: json('Permissions and questions.', listOf(approvalShape)), ...failures },
})

const answer = createRoute({
  method: 'post',
  path: '/api/v1/approvals/{id}',
  tags,
  summary: 'Answer a permission (once, always, deny) or a question',
  request: {
    params: idParam,
    body: jsonBody(
      z.strictObject({
        answer: z.string().min(1).max(10_000),
        message: z.string().min(1).max(10_000).optional(),
        scope: z.enum(['session', 'agent']).default('session'),
      }),
    ),
  },
  responses: { 200: json('As it stands now.', approvalShape), ...failures },
})

const listGrants = createRoute({
  method: 'get',
  path: '/api/v1/grants',
  tags,
  summary: 'List what was allowed for always, newest first',
  request: { query: pageQuery },
  responses: { 200: json('Grants.', listOf(grantShape)), ...failures },
})

const revoke = createRoute({
  method: 'delete',
  path: '/api/v1/grants/{id}',
  tags,
  summary: 'Take a grant back: people are asked again',
  request: { params: idParam },
  responses: { 200: json('Done.', okShape), ...failures },
})

/** What agents ask of people, and what people allowed for always. */
export function addApprovalRoutes(app: ApiApp, { context }: Api): void {
  const { store, actions } = context

  app.openapi(list, async (c) => {
    const { items, next } = await store.approvals.list(given(c.req.valid('query')))
    return c.json({ items: items.map(formatApproval), next }, 200)
  })

  app.openapi(answer, async (c) => {
    const { id } = c.req.valid('param')
    const { answer: said, message, scope } = c.req.valid('json')
    const isInTime = await actions.answerApproval(id, {
      answer: said,
      scope,
      ...(message !== undefined && { note: message }),
    })
    if (!isInTime)
      throw new RequestError(409, 'not-open', 'That question is answered, or has expired.')
    const row = await store.approvals.find(id)
    if (!row) throw new RequestError(404, 'unknown-approval', `There is no approval "${id}".`)
    return c.json(formatApproval(row), 200)
  })

  app.openapi(listGrants, async (c) => {
    const { items, next } = await store.approvals.grants(given(c.req.valid('query')))
    return c.json({ items: items.map(formatGrant), next }, 200)
  })

  app.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param')
    if (await store.approvals.revoke(id)) return c.json({ ok: true as const }, 200)
    throw new RequestError(404, 'unknown-grant', `There is no grant "${id}".`)
  })
}

function given<T extends { cursor?: string | undefined }>({ cursor, ...rest }: T) {
  return cursor === undefined ? rest : { ...rest, cursor }
}

function formatApproval(row: ApprovalRow): z.infer<typeof approvalShape> {
  const { request, address } = row
  return {
    id: row.id,
    kind: request.kind,
    state: row.state,
    run: row.runId,
    agent: row.agent,
    session: row.sessionKey,
    title: request.title,
    detail: request.detail ?? null,
    options: request.options.map(({ id, label }) => ({ id, label })),
    takesText: request.takesText,
    grant: request.grant ?? null,
    channel: address?.channel ?? null,
    chat: address?.chat ?? null,
    askedAt: formatTime(row.askedAt),
    expiresAt: formatTime(row.expiresAt),
    answer: row.answer,
    answeredBy: row.answeredBy,
  }
}

function formatGrant({ id, agent, sessionKey, words, by, at }: GrantRow) {
  return { id, agent, session: sessionKey, words, by, at: formatTime(at) }
}
