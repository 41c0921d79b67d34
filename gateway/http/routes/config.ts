import { createRoute, z } from '@hono/zod-openapi'
import { parsePath } from '../../../config/path.ts'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp, ConfigChange } from '../api-context.ts'
import { failures, json, jsonBody } from '../operation.ts'

const tags = ['config']
const answer = z.object({
  path: z.string().nullable(),
  hash: z.string(),
  config: z.unknown(),
})

const show = createRoute({
  method: 'get',
  path: '/api/v1/config',
  tags,
  summary: 'The configuration that runs, without its secrets',
  responses: { 200: json('The configuration.', answer), ...failures },
})

const patch = createRoute({
  method: 'patch',
  path: '/api/v1/config',
  tags,
  summary: 'Change keys in the configuration file; its comments stay',
  request: {
    body: jsonBody(
      z.strictObject({
        expectedHash: z.string().min(1).max(200),
        changes: z
          .array(
            z.strictObject({
              path: z.string().min(1).max(300),
              value: z.unknown().optional(),
            }),
          )
          .min(1)
          .max(100),
      }),
    ),
  },
  responses: { 200: json('The configuration after it.', answer), ...failures },
})

/** The configuration: read and change. */
export function addConfigRoutes(app: ApiApp, { context }: Api): void {
  const { configFile } = context
  const read = () => ({
    path: configFile.path ?? null,
    hash: configFile.hash(),
    config: configFile.redacted(),
  })

  app.openapi(show, (c) => c.json(read(), 200))

  app.openapi(patch, async (c) => {
    const { expectedHash, changes } = c.req.valid('json')
    const wanted = changes.map(({ path, value }): ConfigChange => {
      requirePath(path)
      return { path, value }
    })
    await configFile.edit(wanted, expectedHash)
    return c.json(read(), 200)
  })
}

function requirePath(path: string): void {
  try {
    parsePath(path)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new RequestError(400, 'invalid-request', `body.changes: ${error.message}`)
  }
}
