import { RuntimeError } from '../errors.ts'

/** The fate of an accepted turn is not known. */
export function lost(message: string): RuntimeError {
  return new RuntimeError('lost', message, { isRetryable: true })
}
