import type { AssistantMessage } from '@opencode-ai/sdk/v2/client'
import { RuntimeError } from '../../errors.ts'
import { oneLine } from '../one-line.ts'

/** What OpenCode says of a turn that failed. */
export type TurnFailure = NonNullable<AssistantMessage['error']>

const maxDetail = 300

/** Phrases of errors that have no type of their own; each stands in a test with its origin. */
const missing = /^(ProviderModelNotFoundError: )?Model not found: |^Agent not found: /
const noFolder = /^PlatformError: NotFound: FileSystem\.realPath /

/**
 * What became of a turn, as `RuntimeError` with one of the codes `unauthorized`, `quota`, `rate-limited`, `not-found`,
 * `too-long`, `no-folder`, `content-filter`, `aborted`, `unavailable`, `rejected`, `failed`. After tools have run nothing is
 * retryable: whatever they did would be done twice.
 */
export function classifyTurn(failure: TurnFailure, hasWorked: boolean): RuntimeError {
  const said = saidIn(failure.data)
  const error = (code: string, problem: string, isRetryable = false) =>
    new RuntimeError(code, said ? `${problem}: ${said}` : `${problem}.`, {
      isRetryable: isRetryable && !hasWorked,
    })
  switch (failure.name) {
    case 'ProviderAuthError':
      return error('unauthorized', 'The model provider of OpenCode wants a (new) log-in')
    case 'ContextOverflowError':
      return error('too-long', 'The conversation is too long for the model of OpenCode')
    case 'MessageOutputLengthError':
      return error('too-long', 'The model of OpenCode reached its length limit without an answer')
    case 'ContentFilterError':
      return error('content-filter', 'The model provider of OpenCode withheld the answer')
    case 'MessageAbortedError':
      return error('aborted', 'The turn was aborted in OpenCode')
    case 'APIError':
      return classifyProvider(failure.data.statusCode, failure.data.isRetryable, error)
    case 'UnknownError':
      if (noFolder.test(failure.data.message))
        return error(
          'no-folder',
          "OpenCode has no such folder on its machine; set the runtime's `directory`",
        )
      return missing.test(failure.data.message)
        ? error('not-found', 'OpenCode does not know what the configuration names')
        : error('failed', 'OpenCode failed')
    default:
      return error('failed', 'OpenCode failed')
  }
}

function classifyProvider(
  status: number | undefined,
  isRetryable: boolean,
  error: (code: string, problem: string, isRetryable?: boolean) => RuntimeError,
): RuntimeError {
  const who = `The model provider of OpenCode`
  const code = status === undefined ? '' : ` (HTTP ${status})`
  if (status === 401 || status === 403)
    return error('unauthorized', `${who} refuses the key${code}`)
  if (status === 402) return error('quota', `${who} says that no credit is left${code}`)
  if (status === 404) return error('not-found', `${who} does not know the model${code}`)
  if (status === 413) return error('too-long', `${who} refused the request as too long${code}`)
  if (status === 429) return error('rate-limited', `${who} asks to wait${code}`, true)
  if (status === undefined || status >= 500 || isRetryable) {
    return error('unavailable', `${who} failed${code}`, true)
  }
  return error('rejected', `${who} refused the request${code}`)
}

/** What an HTTP answer of the server itself means. `where` is its host. */
export function classifyStatus(status: number, body: unknown, where: string): RuntimeError {
  const said = saidIn(body)
  const error = (code: string, problem: string, isRetryable: boolean) =>
    new RuntimeError(
      code,
      `OpenCode at ${where} ${problem} (HTTP ${status})${said ? `: ${said}` : '.'}`,
      { isRetryable },
    )
  if (status === 401 || status === 403) {
    return error('unauthorized', 'refuses the password: check username and password', false)
  }
  if (status === 404) return error('not-found', 'does not know that', false)
  if (status === 429) return error('rate-limited', 'asks to wait', true)
  if (status >= 500) return error('unavailable', 'failed', true)
  return error('rejected', 'refused the request', false)
}

/** The first line: the rest is a stack of the server's. */
function saidIn(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  if ('data' in body && body.data !== undefined) return saidIn(body.data)
  const message = 'message' in body ? body.message : ''
  return typeof message === 'string' ? oneLine(message.split('\n')[0] ?? '', maxDetail) : ''
}

/** A server that restarts behind a proxy says many things for a while. */
export function isPassing(error: unknown): error is RuntimeError {
  if (!(error instanceof RuntimeError)) return false
  return ['unreachable', 'stalled', 'unavailable', 'bad-response', 'not-found'].includes(error.code)
}
