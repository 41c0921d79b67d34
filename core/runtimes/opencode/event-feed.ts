import type { Event } from '@opencode-ai/sdk/v2/client'
import type { Clock } from '../../clock.ts'
import { backoffMs } from '../../retry.ts'
import type { OpenCodeLink } from './link.ts'

export type FeedListener = {
  readonly see: (event: Event) => void
  /** The stream is there (again); what came before it is not repeated. */
  readonly connected: () => void
}

const reconnect = { firstMs: 500, maxMs: 10_000 }

/**
 * The server's event stream, open while anybody listens. It is a hint: it may end, stall or lie without anybody
 * noticing, so listeners look at the server's state as well.
 */
export class EventFeed {
  readonly #link: OpenCodeLink
  readonly #clock: Clock
  readonly #listeners = new Set<FeedListener>()
  #stop: AbortController | undefined
  #isOpen = false

  constructor(link: OpenCodeLink, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Listens until the returned function is called. */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener)
    if (!this.#stop) {
      this.#stop = new AbortController()
      void this.#run(this.#stop.signal)
    } else if (this.#isOpen) {
      listener.connected()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.abort()
      this.#stop = undefined
      this.#isOpen = false
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const client = await this.#link.client(signal)
        for await (const event of client.events(signal)) {
          failures = 0
          this.#isOpen = true
          if (signal.aborted) return
          for (const { see, connected } of this.#listeners) {
            if (event.type === 'server.connected') connected()
            else see(event)
          }
        }
      } catch {
        // Whoever listens asks the same server and learns what is wrong from its answer.
      }
      if (signal.aborted) return
      this.#isOpen = false
      failures += 1
      await this.#clock.sleep(backoffMs(failures, reconnect), signal)
    }
  }
}
