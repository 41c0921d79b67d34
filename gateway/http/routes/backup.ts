import { isAbsolute } from 'node:path'
import { createRoute, z } from '@hono/zod-openapi'
import { RequestError } from '../../../core/errors.ts'
import type { Api, ApiApp } from '../api-context.ts'
import { failures, json, jsonBody } from '../operation.ts'

const backup = createRoute({
  method: 'post',
  path: '/api/v1/backup',
  tags: ['backup'],
  summary: 'Copy the database while everything runs',
  request: { body: jsonBody(z.strictObject({ file: z.string().min(1).max(4000) })) },
  responses: {
    200: json('The copy is complete.', z.object({ file: z.string() })),
    ...failures,
  },
})

/** Backups, to a file on the gateway's machine. */
export function addBackupRoutes(app: ApiApp, { context }: Api): void {
  app.openapi(backup, async (c) => {
    const { file } = c.req.valid('json')
    if (!isAbsolute(file) || file.includes('\0')) {
      throw new RequestError(400, 'invalid-request', 'body.file: must be an absolute path.')
    }
    await context.actions.backup(file)
    return c.json({ file }, 200)
  })
}
