/** An answer of the REST API that says no: `{"error": …}` with its status. */
export class RestFailure extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** What Gin says where it could not read the body: the same JSON, under another name. */
  readonly isPlain: boolean

  constructor(
    status: number,
    error: string,
    detail: {
      readonly fields?: Readonly<Record<string, unknown>>
      readonly isPlain?: boolean
    } = {},
  ) {
    super(error)
    this.name = 'RestFailure'
    this.status = status
    this.body = { error, ...detail.fields }
    this.isPlain = detail.isPlain ?? false
  }
}

/** The commonest one: 400 with a sentence. */
export function bad(problem: string): RestFailure {
  return new RestFailure(400, problem)
}

/** What the REST API says before signal-cli is asked. */
export function badRequest(problem: string): RestFailure {
  return bad(`Couldn't process request - ${problem}`)
}
