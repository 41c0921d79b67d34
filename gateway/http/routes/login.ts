import { createRoute, z } from '@hono/zod-openapi'
import { deleteCookie, getCookie } from 'hono/cookie'
import { giveSession } from '../access.ts'
import type { Api, ApiApp } from '../api-context.ts'
import type { Auth } from '../auth.ts'
import { LoginLimit } from '../login-limit.ts'
import { failures, json, jsonBody, okShape } from '../operation.ts'

const tags = ['login']

const login = createRoute({
  method: 'post',
  path: '/api/v1/login',
  tags,
  summary: 'Open a session with the token or a one-time code',
  security: [],
  request: {
    body: jsonBody(
      z.union([
        z.strictObject({ token: z.string().min(1).max(1000) }),
        z.strictObject({ code: z.string().min(1).max(200) }),
      ]),
    ),
  },
  responses: { 200: json('Signed in; the cookie is the session.', okShape), ...failures },
})

const logout = createRoute({
  method: 'post',
  path: '/api/v1/logout',
  tags,
  summary: 'End the session',
  responses: { 200: json('Signed out.', okShape), ...failures },
})

/** Opening and ending sessions of the page. */
export function addLoginRoutes(app: ApiApp, { context }: Api, auth: Auth): void {
  const limit = new LoginLimit()

  app.openapi(login, (c) => {
    const now = context.clock.now()
    const address = c.env.incoming.socket.remoteAddress ?? 'unknown'
    const lockedMs = limit.lockedFor(address, now)
    if (lockedMs > 0) {
      const seconds = Math.ceil(lockedMs / 1000)
      const message = `Too many failed sign-ins. Try again in ${seconds} seconds.`
      c.header('retry-after', `${seconds}`)
      return c.json({ error: { code: 'locked-out', message } }, 429)
    }
    const proof = c.req.valid('json')
    const isGood = 'token' in proof ? auth.isToken(proof.token) : auth.takeCode(proof.code, now)
    if (!isGood) {
      limit.failed(address, now)
      const message =
        'token' in proof
          ? 'That is not the token.'
          : 'That link has been used or is older than 10 minutes.'
      return c.json({ error: { code: 'unauthorized', message } }, 401)
    }
    limit.succeeded(address)
    giveSession(c, context, auth, auth.openSession(now))
    return c.json({ ok: true as const }, 200)
  })

  app.openapi(logout, (c) => {
    auth.closeSession(getCookie(c, auth.cookieName) ?? '', context.clock.now())
    deleteCookie(c, auth.cookieName, { path: '/' })
    return c.json({ ok: true as const }, 200)
  })
}
