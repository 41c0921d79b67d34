import { GatewayError } from '../core/errors.ts'

/** The gateway cannot start as it is asked to; the message says what to change. */
export class StartError extends GatewayError {
  readonly code: 'port-taken' | 'port-forbidden' | 'no-such-host'

  constructor(code: StartError['code'], message: string, cause?: unknown) {
    super(message, cause)
    this.code = code
  }
}
