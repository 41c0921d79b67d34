import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import { redact } from '../redact.ts'
import { classifyStatus } from './failure.ts'

type Answer<T> = { data?: T; error?: unknown; response?: Response }

export const callMs = 10_000

/** Calls of one server, see client.ts for what they promise. */
export class Calls {
  readonly #where: string
  readonly #password: string
  readonly #clock: Clock

  constructor(where: string, password: string, clock: Clock) {
    this.#where = where
    this.#password = password
    this.#clock = clock
  }

  /** As `call`; undefined for what the server does not have. */
  async find<T>(
    work: (options: { signal: AbortSignal }) => Promise<Answer<T>>,
    signal?: AbortSignal,
  ): Promise<NonNullable<T> | undefined> {
    try {
      return await this.call(work, { signal })
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'not-found') return undefined
      throw error
    }
  }

  /** Resolves with the server's answer, within a time limit. */
  async call<T>(
    work: (options: { signal: AbortSignal }) => Promise<Answer<T>>,
    { signal, ms = callMs }: { readonly signal?: AbortSignal | undefined; readonly ms?: number },
  ): Promise<NonNullable<T>> {
    const settled = new AbortController()
    const late = new AbortController()
    const signals = signal ? [signal, late.signal] : [late.signal]
    const silence = this.#clock.sleep(ms, settled.signal).then(() => undefined)
    try {
      const answer = await Promise.race([work({ signal: AbortSignal.any(signals) }), silence])
      if (!answer) throw this.#failure('stalled', `does not answer within ${ms / 1000} s`)
      const { data, error, response } = answer
      if (data) return data
      if (!response) throw error
      throw classifyStatus(response.status, error, this.#where)
    } catch (error) {
      if (error instanceof RuntimeError) throw this.safe(error)
      // No cause: what the network throws may name the header that it could not send.
      throw this.#failure('unreachable', `cannot be reached${networkCode(error)}`)
    } finally {
      settled.abort()
      late.abort()
    }
  }

  #failure(code: string, problem: string): RuntimeError {
    return new RuntimeError(code, `OpenCode at ${this.#where} ${problem}.`, { isRetryable: true })
  }

  /** The same failure, without the password. */
  safe(error: RuntimeError): RuntimeError {
    const { code, isRetryable } = error
    return new RuntimeError(code, redact(error.message, this.#password), { isRetryable })
  }
}

function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? ` (${code})` : ''
}
