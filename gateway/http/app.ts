import { OpenAPIHono } from '@hono/zod-openapi'
import { RequestError } from '../../core/errors.ts'
import { addMcpRoute } from '../mcp/route.ts'
import { guardAccess } from './access.ts'
import type { Api, ApiApp } from './api-context.ts'
import type { Auth } from './auth.ts'
import { limitBodies } from './body-limits.ts'
import { describeIssues, toErrorAnswer } from './errors.ts'
import { addPage } from './page.ts'
import { addAccessRoutes } from './routes/access.ts'
import { addApprovalRoutes } from './routes/approvals.ts'
import { addBackupRoutes } from './routes/backup.ts'
import { addChannelRoutes } from './routes/channels.ts'
import { addChatRoutes } from './routes/chats.ts'
import { addConfigRoutes } from './routes/config.ts'
import { addConversationRoutes } from './routes/conversations.ts'
import { addDeliveryRoutes } from './routes/deliveries.ts'
import { addEventRoutes } from './routes/events.ts'
import { addFileRoutes } from './routes/files.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addHeartbeatRoutes } from './routes/heartbeat.ts'
import { addJobActRoutes } from './routes/job-acts.ts'
import { addJobRoutes } from './routes/jobs.ts'
import { addLoginRoutes } from './routes/login.ts'
import { addOpenApiRoutes } from './routes/openapi.ts'
import { addRunRoutes } from './routes/runs.ts'
import { addSessionRoutes } from './routes/sessions.ts'
import { addTraceRoutes } from './routes/trace.ts'
import { addUsageRoutes } from './routes/usage.ts'
import { answerWebhooks } from './webhooks.ts'

/** Every route of the gateway behind its guards. `pageDir` holds the built page. */
export function createApp(api: Api, auth: Auth, pageDir: string): ApiApp {
  const app: ApiApp = new OpenAPIHono({
    defaultHook(result) {
      if (result.success) return
      throw new RequestError(400, 'invalid-request', describeIssues(result.target, result.error))
    },
  })
  app.onError((error, c) => {
    const { status, code, message, isFault } = toErrorAnswer(error)
    if (isFault) {
      const where = `${c.req.method} ${c.req.routePath}`
      api.context.events.emit({ type: 'fault', where, error })
    }
    return c.json({ error: { code, message } }, status)
  })
  app.notFound((c) => {
    const message = `There is nothing at ${c.req.method} ${c.req.path}.`
    return c.json({ error: { code: 'not-found', message } }, 404)
  })

  // The order is the defence: what platforms call, who is addressed, who asks, how much they send, then the routes.
  answerWebhooks(app, api.context)
  guardAccess(app, api.context, auth)
  limitBodies(app, api.context)
  addHealthRoutes(app, api)
  addLoginRoutes(app, api, auth)
  addRunRoutes(app, api)
  addEventRoutes(app, api)
  addSessionRoutes(app, api)
  addChatRoutes(app, api)
  addTraceRoutes(app, api)
  addDeliveryRoutes(app, api)
  addJobRoutes(app, api)
  addJobActRoutes(app, api)
  addHeartbeatRoutes(app, api)
  addUsageRoutes(app, api)
  addAccessRoutes(app, api)
  addApprovalRoutes(app, api)
  addConversationRoutes(app, api)
  addChannelRoutes(app, api)
  addConfigRoutes(app, api)
  addFileRoutes(app, api)
  addBackupRoutes(app, api)
  addOpenApiRoutes(app, api, auth)
  addMcpRoute(app, api.context)
  addPage(app, pageDir)
  return app
}
