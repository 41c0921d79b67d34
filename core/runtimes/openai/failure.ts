import { RuntimeError } from '../../errors.ts'
import { type ProviderMessage, parseProviderMessage } from './provider-message.ts'

/** What is known of a request that failed, whoever reported it. */
export type ModelFailure = {
  readonly status?: number
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body of an HTTP error, or the error object of a stream. */
  readonly body?: unknown
  /** The network's own code, for example `ECONNREFUSED`. */
  readonly networkCode?: string
  /** What the SDK said, for failures that have neither. */
  readonly message?: string
}

/** No server may make a run wait longer than this between attempts. */
const maxRetryAfterMs = 3_600_000

/** Phrases of servers that refuse a long prompt without a code of its own; each stands in a test with its origin. */
const tooLongPhrases = [
  'maximum context length',
  'exceeds the available context size',
  'exceeds the maximum number of tokens',
  'context length exceeded',
  'exceeds the context window',
  'prompt is too long',
]
const tooLongCodes = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'string_above_max_length',
])
const filterCodes = new Set([
  'content_filter',
  'content_policy_violation',
  'responsibleaipolicyviolation',
])
const quotaCodes = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
])
const missingModelCodes = new Set(['model_not_found', 'model_not_available', 'invalid_model'])

/**
 * Says what became of a failed request, as `RuntimeError` with one of the codes `unauthorized`, `quota`,
 * `rate-limited`, `not-found`, `too-long`, `content-filter`, `unavailable`, `unreachable`, `rejected`. `now` is needed
 * for servers that name the time instead of the wait.
 */
export function classifyFailure(failure: ModelFailure, where: string, now: number): RuntimeError {
  const said = parseProviderMessage(failure.body ?? failure.message)
  const status = failure.status ?? said.status
  const retryAfterMs = parseRetryAfter(failure.headers ?? {}, now)
  const error = (code: string, problem: string, isRetryable: boolean) =>
    new RuntimeError(code, sentence(where, problem, status, said), {
      isRetryable,
      ...(isRetryable && retryAfterMs !== undefined ? { retryAfterMs } : {}),
    })

  if (failure.networkCode !== undefined && status === undefined) {
    return new RuntimeError(
      'unreachable',
      `The model server at ${where} cannot be reached (${failure.networkCode}).`,
      {
        isRetryable: true,
      },
    )
  }
  if (has(quotaCodes, said) || status === 402) {
    return error('quota', 'says that the account has no credit left', false)
  }
  if (has(filterCodes, said)) return error('content-filter', 'refused the content', false)
  if (isTooLong(status, said)) return error('too-long', 'refused the request as too long', false)
  if (status === 401 || status === 403) {
    return error('unauthorized', 'refused the API key: check apiKey', false)
  }
  if (status === 404 || has(missingModelCodes, said)) {
    return error('not-found', 'does not know the model or the path: check model and baseUrl', false)
  }
  if (status === 429 || said.code === 'rate_limit_exceeded') {
    return error('rate-limited', 'asks to wait', true)
  }
  if (status === undefined || status >= 500 || status === 408 || status === 409 || status === 425) {
    return error('unavailable', 'failed', true)
  }
  return error('rejected', 'refused the request', false)
}

function has(codes: ReadonlySet<string>, said: ProviderMessage): boolean {
  return codes.has(said.code) || codes.has(said.type)
}

function isTooLong(status: number | undefined, said: ProviderMessage): boolean {
  if (has(tooLongCodes, said)) return true
  // A tokens-per-minute limit comes as 413 too, and waiting helps there.
  if (status === 413) return said.code !== 'rate_limit_exceeded'
  if (status !== undefined && status !== 400 && status !== 422 && status < 500) return false
  const text = said.text.toLowerCase()
  return tooLongPhrases.some((phrase) => text.includes(phrase))
}

function sentence(
  where: string,
  problem: string,
  status: number | undefined,
  said: ProviderMessage,
): string {
  const code = status === undefined ? '' : ` (HTTP ${status})`
  return `The model server at ${where} ${problem}${code}${said.text ? `: ${said.text}` : '.'}`
}

function parseRetryAfter(
  headers: Readonly<Record<string, string>>,
  now: number,
): number | undefined {
  const ms = Number.parseFloat(headers['retry-after-ms'] ?? '')
  if (ms >= 0) return Math.min(ms, maxRetryAfterMs)
  const value = headers['retry-after'] ?? ''
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), maxRetryAfterMs)
}
