import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { OpenCodeClient } from './client.ts'
import type { OpenCodeLink } from './link.ts'
import type { OpenCodeServer } from './server.ts'

/** Less than the core waits for a runtime that ignores its abort. */
const maxMs = 4_000
const stepMs = 200
const statusMs = 2_000
const beginMs = 2_000

/**
 * Stops whatever a session does, and resolves with whether it is certain that it does nothing any more. A server of our
 * own that answers nothing is ended for it. Where `hasBegun` says that a prompt was not begun yet, it is waited for a
 * while. Never rejects.
 */
export async function settle(
  {
    link,
    server,
    clock,
  }: { readonly link: OpenCodeLink; readonly server: OpenCodeServer; readonly clock: Clock },
  sessionId: string,
  hasBegun: (client: OpenCodeClient, signal: AbortSignal) => Promise<boolean> = async () => true,
): Promise<boolean> {
  const begun = clock.now()
  const { signal } = new AbortController()
  do {
    try {
      if (server.isStopped()) {
        await replace({ link, server }, sessionId)
        return true
      }
      const client = await link.client()
      await client.abort(sessionId)
      // The server says that it has stopped before it has: only an idle session is proof.
      const isIdle = (await client.status(sessionId, undefined, statusMs)) === 'idle'
      if (isIdle && ((await hasBegun(client, signal)) || clock.now() - begun >= beginMs)) {
        await refuseStale(client, sessionId)
        return true
      }
    } catch (error) {
      link.forget()
      if (!(error instanceof RuntimeError)) return false
      if (error.code === 'unreachable') return server.isOwn
      if (error.code === 'not-found') return true
      if (error.code === 'stalled' && server.isOwn) {
        await replace({ link, server }, sessionId)
        return true
      }
    }
    await clock.sleep(stepMs, signal)
  } while (clock.now() - begun < maxMs)
  return false
}

/** Ends the server. The next one opens the session and reads its settings ahead of the turn that will need them. */
async function replace(
  { link, server }: { readonly link: OpenCodeLink; readonly server: OpenCodeServer },
  sessionId: string,
): Promise<void> {
  await server.kill()
  const warmUp = async () => {
    const client = await link.client()
    await Promise.all([client.findSession(sessionId), client.catalog()])
  }
  warmUp().catch(() => undefined)
}

/** An abort leaves the requests of its turn open. */
async function refuseStale(client: OpenCodeClient, sessionId: string): Promise<void> {
  const { permissions, questions } = await client.pending()
  for (const { id, sessionID } of permissions) {
    if (sessionID === sessionId) await client.replyPermission(id, 'reject')
  }
  for (const { id, sessionID } of questions) {
    if (sessionID === sessionId) await client.replyQuestion(id)
  }
}
