import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { makeToolServer, type ToolWorld } from './mcp-tools.ts'

/** A tool server over streamable HTTP on loopback. */
export class McpHttpServer {
  readonly #server: Server
  readonly world: ToolWorld = { calls: 0, cancelled: 0 }
  /** The headers of every request, in the order of arrival. */
  readonly requests: { readonly method: string; readonly headers: IncomingHttpHeaders }[] = []
  /** When set, every request gets this status and nothing else. */
  refusal: number | undefined
  /** When set, every request gets so many bytes of text as its answer. */
  flood: number | undefined

  private constructor(server: Server) {
    this.#server = server
    const handler = createMcpHandler(() => makeToolServer(this.world))
    server.on('request', (request, response) => {
      this.requests.push({ method: request.method ?? '', headers: request.headers })
      if (this.refusal !== undefined) {
        response.writeHead(this.refusal).end('<html>No.</html>')
        return
      }
      if (this.flood !== undefined) {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(`"${'x'.repeat(this.flood)}"`)
        return
      }
      const gone = new AbortController()
      response.on('close', () => gone.abort())
      const headers = Object.entries(request.headers).flatMap(
        ([name, value]): [string, string][] => (typeof value === 'string' ? [[name, value]] : []),
      )
      const hasBody = request.method === 'POST'
      const asked = new Request(`http://127.0.0.1${request.url}`, {
        method: request.method ?? 'GET',
        headers,
        signal: gone.signal,
        ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' } : {}),
      })
      handler.fetch(asked).then(
        async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers))
          for await (const chunk of answer.body ?? []) response.write(chunk)
          response.end()
        },
        (error) => response.destroy(error),
      )
    })
  }

  static async start(port = 0): Promise<McpHttpServer> {
    const server = createServer()
    const mcp = new McpHttpServer(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return mcp
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
