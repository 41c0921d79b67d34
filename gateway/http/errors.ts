import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import { ConfigConflictError, ConfigError } from '../../config/errors.ts'
import { RequestError, StoreError, TooLargeError } from '../../core/errors.ts'

export type ErrorAnswer = {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503
  readonly code: string
  readonly message: string
  /** Whether the gateway is at fault and the log must hear of it. */
  readonly isFault: boolean
}

/** What the caller is told about a failure: its own mistakes in full, the gateway's without internals. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof RequestError) {
    return { status: error.status, code: error.code, message: error.message, isFault: false }
  }
  if (error instanceof TooLargeError) {
    return { status: 413, code: error.code, message: error.message, isFault: false }
  }
  if (error instanceof HTTPException) return fromHono(error)
  if (error instanceof StoreError) {
    return {
      status: 503,
      code: 'store-unavailable',
      message: 'The database cannot be used at the moment. The log says why.',
      isFault: true,
    }
  }
  if (error instanceof ConfigError) {
    return { status: 400, code: 'invalid-config', message: error.message, isFault: false }
  }
  if (error instanceof ConfigConflictError) {
    return { status: 409, code: error.code, message: error.message, isFault: false }
  }
  return {
    status: 500,
    code: 'internal',
    message: 'Something went wrong in the gateway. The log says more.',
    isFault: true,
  }
}

/** One sentence for everything that is wrong with a request. */
export function describeIssues(target: string, error: z.core.$ZodError): string {
  const place = { json: 'body', param: 'path', header: 'headers' }[target] ?? target
  const issues = error.issues
    .slice(0, 10)
    .map((issue) => `${[place, ...issue.path].join('.')}: ${issue.message}`)
  return issues.join('; ')
}

function fromHono(error: HTTPException): ErrorAnswer {
  if (error.status === 415) {
    const message = 'The body must be JSON, sent with content-type application/json.'
    return { status: 415, code: 'unsupported-media-type', message, isFault: false }
  }
  return { status: 400, code: 'malformed-json', message: 'The body is not JSON.', isFault: false }
}
