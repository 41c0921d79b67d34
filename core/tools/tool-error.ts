import { GatewayError } from '../errors.ts'

/** A call of a tool that cannot be done; the message is for the agent, and says what it can do instead. */
export class ToolError extends GatewayError {
  readonly code = 'tool-refused'
}
