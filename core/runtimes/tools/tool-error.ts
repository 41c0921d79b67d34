/** Why a tool server or one of its tools did not do what it was asked. The message is for the model and the history. */
export class ToolError extends Error {
  override readonly name = 'ToolError'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}
