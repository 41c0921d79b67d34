import type { Api, ApiApp } from '../api-context.ts'
import type { Auth } from '../auth.ts'

/** The description of the API, made from the routes themselves. Added after all of them. */
export function addOpenApiRoutes(app: ApiApp, { context }: Api, auth: Auth): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: auth.cookieName,
  })
  app.doc31('/api/v1/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Jackdaw', version: context.version },
    security: [{ token: [] }, { session: [] }],
  })
}
