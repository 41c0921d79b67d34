import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Api } from './api-context.ts'
import { createApp } from './app.ts'
import type { Auth } from './auth.ts'

/** What answers the requests of a `node:http` server that listens on `hostname`. */
export function makeListener(
  api: Api,
  auth: Auth,
  { hostname, pageDir }: { readonly hostname: string; readonly pageDir: string },
): RequestListener {
  const app = createApp(api, auth, pageDir)
  return getRequestListener(app.fetch, { hostname, overrideGlobalObjects: false })
}
