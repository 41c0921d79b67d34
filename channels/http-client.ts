import type { Dispatcher, Agent as UndiciAgent } from 'undici'
import request from 'undici/lib/api/api-request.js'
import Agent from 'undici/lib/dispatcher/agent.js'

/**
 * HTTP over undici, with connections and limits of its own. Its files are named one by one: the index loads a second
 * `fetch`, WebSockets and caches too, 4 MB of the gateway at rest that no channel uses.
 */
export class HttpClient {
  readonly #agent: UndiciAgent

  constructor(options: UndiciAgent.Options) {
    this.#agent = new Agent(options)
  }

  /** Makes one request. Throws undici's errors, or the reason of an aborted signal. */
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return request.call(this.#agent, options)
  }

  /** Cuts all connections; requests under way fail. Safe to call twice. */
  async destroy(): Promise<void> {
    await this.#agent.destroy()
  }
}
