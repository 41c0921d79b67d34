/** An answer of the Bot API that says no. */
export class ApiFailure extends Error {
  readonly code: number
  readonly parameters: object | undefined

  constructor(code: number, description: string, parameters?: object) {
    super(description)
    this.name = 'ApiFailure'
    this.code = code
    this.parameters = parameters
  }

  /** The JSON body that carries it. */
  toBody(): string {
    const { code, message, parameters } = this
    return JSON.stringify({ ok: false, error_code: code, description: message, parameters })
  }
}
