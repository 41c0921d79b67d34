import { once } from 'node:events'
import { type AddressInfo, createServer, connect as openConnection, type Socket } from 'node:net'

type Pair = { readonly client: Socket; readonly upstream: Socket; isStream: boolean }

/**
 * A TCP proxy on loopback whose event streams go half open when told to: nothing comes through any more and nobody
 * closes, as after a firewall has forgotten a connection. Other connections, and those made later, are fine.
 */
export class HalfOpenProxy implements AsyncDisposable {
  readonly url: string
  readonly #server: ReturnType<typeof createServer>
  readonly #pairs: Set<Pair>

  private constructor(server: ReturnType<typeof createServer>, pairs: Set<Pair>) {
    this.#server = server
    this.#pairs = pairs
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Forwards to `target`; a request that begins with one of `streams` (`GET /event`) makes its connection a stream. */
  static async start(target: URL, streams: readonly string[]): Promise<HalfOpenProxy> {
    const pairs = new Set<Pair>()
    const server = createServer((client) => {
      const upstream = openConnection(Number(target.port), target.hostname)
      const pair: Pair = { client, upstream, isStream: false }
      pairs.add(pair)
      client.on('data', (chunk: Buffer) => {
        const start = chunk.toString('latin1', 0, 100)
        if (streams.some((stream) => start.startsWith(stream))) pair.isStream = true
      })
      client.pipe(upstream)
      upstream.pipe(client)
      const end = () => {
        pairs.delete(pair)
        client.destroy()
        upstream.destroy()
      }
      for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HalfOpenProxy(server, pairs)
  }

  /** Makes the event streams there are half open; returns how many. */
  halfOpen(): number {
    const streams = [...this.#pairs].filter(({ isStream }) => isStream)
    for (const pair of streams) {
      const { client, upstream } = pair
      client.unpipe(upstream)
      upstream.unpipe(client)
      // Read and thrown away, so that neither side feels it.
      client.resume()
      upstream.resume()
      pair.isStream = false
    }
    return streams.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, upstream } of this.#pairs) {
      client.destroy()
      upstream.destroy()
    }
    this.#server.close()
    await once(this.#server, 'close')
  }
}
