import type { Dispatcher, Agent as UndiciAgent } from 'undici'
import request from 'undici/lib/api/api-request.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import { type HttpAnswer, HttpExchange } from './http-exchange.ts'

/**
 * HTTP over undici, with connections and limits of its own. Its files are named one by one: the index loads a second
 * `fetch`, WebSockets and caches too, 4 MB of the gateway at rest that no channel uses.
 */
export class HttpClient {
  readonly #agent: UndiciAgent

  constructor(options: UndiciAgent.Options) {
    this.#agent = new Agent(options)
  }

  /** Makes one request and reads its answer whole. Throws undici's errors, or the reason of an aborted `signal`. */
  exchange({
    signal,
    ...options
  }: Dispatcher.DispatchOptions & { readonly signal: AbortSignal }): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      this.#agent.dispatch(options, new HttpExchange(signal, resolve, reject))
    })
  }

  /** Makes one request whose answer is a stream. Throws undici's errors, or the reason of an aborted signal. */
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return request.call(this.#agent, options)
  }

  /** Cuts all connections; requests under way fail. Safe to call twice. */
  async destroy(): Promise<void> {
    await this.#agent.destroy()
  }
}
