import { getCookie, setCookie } from 'hono/cookie'
import { RequestError } from '../../core/errors.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { type Auth, sessionMs } from './auth.ts'
import { isAllowedHost, isOwnRequest, isSecure } from './guard.ts'
import { isPagePath } from './page.ts'

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * Refuses requests that name another host, come from another site or carry no right to be here. Open to all are only
 * the health answers, the page with its files, and the login.
 */
export function guardAccess(app: ApiApp, context: ApiContext, auth: Auth): void {
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
  })

  app.use(async (c, next) => {
    const policy = context.config().http
    const host = c.req.header('host') ?? ''
    if (!isAllowedHost(host, policy)) {
      throw new RequestError(
        403,
        'foreign-host',
        'This gateway does not answer to that host name. Add it to http.allowedHosts if it should.',
      )
    }
    const isApi = c.req.path.startsWith('/api/') || c.req.path === '/metrics'
    // A link from another site may open the page; nothing else is for other sites.
    const site = isApi || c.req.method !== 'GET' ? c.req.header('sec-fetch-site') : undefined
    const provenance = { method: c.req.method, host, origin: c.req.header('origin'), site }
    if (!isOwnRequest(provenance, policy)) {
      throw new RequestError(403, 'cross-site', 'Requests from other sites are refused.')
    }
    await next()
  })

  app.use(async (c, next) => {
    if (isOpen(c.req.method, c.req.path)) return await next()
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) {
      if (!auth.isToken(bearer)) throw unauthorized()
      return await next()
    }
    const { isGood, renewed } = auth.checkSession(
      getCookie(c, auth.cookieName) ?? '',
      context.clock.now(),
    )
    if (!isGood) throw unauthorized()
    if (renewed !== undefined) giveSession(c, context, auth, renewed)
    await next()
  })
}

/** Puts the session into the browser, where no script can read it and no other site can use it. */
export function giveSession(
  c: Parameters<typeof setCookie>[0],
  context: ApiContext,
  auth: Auth,
  value: string,
): void {
  setCookie(c, auth.cookieName, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(c.req.header('host'), context.config().http),
    maxAge: sessionMs / 1000,
  })
}

/** What is answered to anybody. */
function isOpen(method: string, path: string): boolean {
  if (path === '/healthz' || path === '/readyz') return true
  if (path === '/api/v1/login') return true
  // It asks for a token of its own.
  if (path === '/mcp') return true
  return (method === 'GET' || method === 'HEAD') && isPagePath(path)
}

function unauthorized(): RequestError {
  return new RequestError(401, 'unauthorized', 'Sign in first.')
}
