import { RuntimeError } from '../../errors.ts'
import { redact } from '../redact.ts'
import { classifyFailure, type ModelFailure } from './failure.ts'
import type { Sdk } from './sdk.ts'

export type FailureContext = {
  readonly baseUrl: string
  readonly apiKey: string
  readonly now: number
}

/**
 * Turns whatever the SDK or the network threw into a `RuntimeError`. Neither its message nor its cause carries the
 * key, the prompt or the response: the SDK's own errors carry all three, and logs keep what they are given.
 */
export function toRuntimeError(sdk: Sdk, error: unknown, context: FailureContext): RuntimeError {
  const known = knownError(sdk, error, context)
  const message = redact(known.message, context.apiKey)
  const cause = safeCause(error, context.apiKey)
  return new RuntimeError(known.code, message, {
    isRetryable: known.isRetryable,
    ...(known.retryAfterMs === undefined ? {} : { retryAfterMs: known.retryAfterMs }),
    ...(cause ? { cause } : {}),
  })
}

function knownError(sdk: Sdk, error: unknown, context: FailureContext): RuntimeError {
  if (error instanceof RuntimeError) return error
  const where = hostOf(context.baseUrl)
  const classify = (failure: ModelFailure) => classifyFailure(failure, where, context.now)
  if (sdk.APICallError.isInstance(error)) {
    const inner = findRuntimeError(error)
    if (inner) return inner
    const networkCode = findNetworkCode(error)
    // A status of 200 means that the answer had begun.
    if (error.statusCode !== undefined && error.statusCode < 400) return brokenOff(where)
    return classify({
      ...(error.statusCode === undefined ? {} : { status: error.statusCode }),
      ...(error.responseHeaders ? { headers: error.responseHeaders } : {}),
      ...(error.responseBody === undefined ? {} : { body: error.responseBody }),
      ...(networkCode === undefined ? {} : { networkCode }),
      message: error.message,
    })
  }
  if (sdk.StreamProviderError.isInstance(error))
    return classify({ body: error.data, message: error.message })
  if (sdk.InvalidResponseDataError.isInstance(error)) return brokenOff(where)
  const networkCode = findNetworkCode(error)
  if (networkCode !== undefined) return brokenOff(where)
  if (error instanceof Error && /^AI_(JSONParse|TypeValidation|NoOutput)/.test(error.name)) {
    return new RuntimeError(
      'bad-response',
      `The model server at ${where} sent something that is no chat answer.`,
      {
        isRetryable: true,
      },
    )
  }
  return new RuntimeError(
    'failed',
    `The request to the model server at ${where} failed: ${messageOf(error)}`,
    {
      isRetryable: false,
    },
  )
}

function brokenOff(where: string): RuntimeError {
  return new RuntimeError(
    'cut',
    `The model server at ${where} broke off in the middle of its answer.`,
    {
      isRetryable: true,
    },
  )
}

/** Our own error, thrown by the guarded fetch inside the SDK's request. */
function findRuntimeError(error: unknown): RuntimeError | undefined {
  return causes(error).find((one) => one instanceof RuntimeError)
}

function findNetworkCode(error: unknown): string | undefined {
  for (const one of causes(error)) {
    if (
      'code' in one &&
      typeof one.code === 'string' &&
      /^(E[A-Z_]+|UND_ERR_\w+|CERT_\w+)$/.test(one.code)
    ) {
      return one.code
    }
  }
  return undefined
}

function causes(error: unknown): Error[] {
  const found: Error[] = []
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) found.push(one)
  return found
}

function safeCause(error: unknown, apiKey: string): Error | undefined {
  if (!(error instanceof Error) || error instanceof RuntimeError) return undefined
  const cause = new Error(redact(error.message, apiKey))
  cause.name = error.name
  if (error.stack) cause.stack = redact(error.stack, apiKey)
  return cause
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A base URL may carry a password or a key in its query; host and port are all an error needs. */
function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'baseUrl'
}
