import type { RequestListener, Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { StartError } from '../start-error.ts'
import type { Api, ApiContext } from './api-context.ts'
import { Auth } from './auth.ts'
import { Chats } from './chats.ts'
import { EventStreams } from './event-streams.ts'

/** The listening API. */
export type HttpServer = {
  /** For example `http://127.0.0.1:7700/`. */
  readonly url: string
  /** A link that signs a browser in once, within ten minutes. */
  oneTimeLink(): string
  /** Ends streams, lets requests under way finish for `graceMs`, then drops them. Safe to call twice. */
  stop(graceMs: number): Promise<void>
}

// Not by `import`: that reads every export, and one of them makes Node load all of `fetch` (60 ms and 12 MB).
const { createServer } = process.getBuiltinModule('node:http')

const builtPage = fileURLToPath(new URL('../dashboard/dist', import.meta.url))

/** Listens, and resolves once requests are answered. Throws `StartError` when the port cannot be had. */
export async function startHttp(
  context: ApiContext,
  { host, port, pageDir = builtPage }: { host: string; port: number; pageDir?: string },
): Promise<HttpServer> {
  const streams = new EventStreams(context.clock)
  const chats = new Chats(context)
  const auth = new Auth(context.token)
  const server = createServer(answerWith({ context, streams, chats }, auth, host, pageDir))
  try {
    await listen(server, host, port)
  } catch (error) {
    chats.close()
    throw error
  }
  const url = formatUrl(host, server)
  let stopped: Promise<void> | undefined
  return {
    url,
    oneTimeLink: () => `${url}#code=${auth.makeCode(context.clock.now())}`,
    stop(graceMs) {
      stopped ??= (async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        streams.close()
        chats.close()
        server.closeIdleConnections()
        const over = new AbortController()
        const late = context.clock
          .sleep(graceMs, over.signal)
          .then(() => server.closeAllConnections())
        await closed
        over.abort()
        await late
      })()
      return stopped
    },
  }
}

/** Loads the API with the first request: most gateways answer chats for hours before somebody opens the page. */
function answerWith(api: Api, auth: Auth, hostname: string, pageDir: string): RequestListener {
  let loading: Promise<RequestListener> | undefined
  return async (request, response) => {
    try {
      loading ??= import('./listener.ts').then((it) =>
        it.makeListener(api, auth, { hostname, pageDir }),
      )
      const answer = await loading
      answer(request, response)
    } catch (error) {
      api.context.events.emit({ type: 'fault', where: 'http', error })
      response.destroy()
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toStartError(error, host, port)))
    server.listen({ host, port }, resolve)
  })
}

function toStartError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const place = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      'port-taken',
      `Port ${port} on ${host} is taken by another program. Stop that program, or set http.port to a free port (0 picks one).`,
      error,
    )
  }
  if (error.code === 'EACCES') {
    return new StartError(
      'port-forbidden',
      `This user may not listen on ${place}. Set http.port to a port above 1023.`,
      error,
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new StartError(
      'no-such-host',
      `This machine has no address ${host}. Set http.host to one of its own, for example 127.0.0.1.`,
      error,
    )
  }
  return error
}

function formatUrl(host: string, server: Server): string {
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`
}
