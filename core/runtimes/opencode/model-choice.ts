import type { Turn } from '../../runtime-port.ts'
import type { OpenCodeClient } from './client.ts'
import { parseModel } from './model-name.ts'
import type { ModelRef } from './wire.ts'

const maxSessions = 1_000

/**
 * Which model a turn is asked of. A session of OpenCode keeps the last model it was given, so one that is to go back to
 * the usual one has to be told which that is.
 */
export class ModelChoice {
  readonly #configured: ModelRef | undefined
  /** Sessions that were given a model which their people chose. */
  readonly #chosen = new Set<string>()

  /** `configured` is as `provider/model`. Throws `RuntimeError` for anything else. */
  constructor(configured: string | undefined) {
    this.#configured = configured === undefined ? undefined : parseModel(configured)
  }

  /** Undefined leaves it to the server. */
  async for(
    { choices }: Turn,
    sessionId: string,
    client: OpenCodeClient,
    signal: AbortSignal,
  ): Promise<ModelRef | undefined> {
    if (choices?.model !== undefined) {
      this.#remember(sessionId)
      return parseModel(choices.model)
    }
    if (this.#configured || !this.#chosen.has(sessionId)) return this.#configured
    const usual = await client.usualModel(signal)
    return usual === undefined ? undefined : parseModel(usual)
  }

  #remember(sessionId: string): void {
    this.#chosen.delete(sessionId)
    this.#chosen.add(sessionId)
    for (const oldest of this.#chosen) {
      if (this.#chosen.size <= maxSessions) break
      this.#chosen.delete(oldest)
    }
  }
}
