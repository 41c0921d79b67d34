import { ApiError } from './api-call.ts'

/** What to tell a person about a call that failed. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return 'The gateway cannot be reached. Try again when the connection is back.'
}
