// How the page talks to the gateway: one call, its time limit and its errors.

/** The gateway answered, and the answer was no. The message is the gateway's own sentence. */
export class ApiError extends Error {
  readonly status: number
  /** How long the gateway asked to wait, in seconds. */
  readonly retryAfterS: number | null

  constructor(status: number, message: string, retryAfterS: number | null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.retryAfterS = retryAfterS
  }
}

/** Dispatched on the window when the gateway refuses a call because nobody is signed in. */
export const signedOutEvent = 'jackdaw-signed-out'

/** The gateway did not answer: it is down, the network is, or it took too long. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super('The gateway cannot be reached.', { cause })
    this.name = 'UnreachableError'
  }
}

const timeoutMs = 20_000
/** An upload may take as long as a slow phone needs: 32 KB a second, on top of the ordinary limit. */
const uploadBytesPerMs = 32

/** Asks for something, once. Throws `ApiError` when the gateway refuses, `UnreachableError` when it does not answer. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await call('GET', path, undefined, signal)
  try {
    return (await response.json()) as T
  } catch (error) {
    signal?.throwIfAborted()
    throw new UnreachableError(error)
  }
}

/** One call of the API, with the errors of `read`. The path is relative to `api/v1/`. */
export async function call(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const json = body === undefined ? null : JSON.stringify(body)
  const timeout = AbortSignal.timeout(timeoutMs + (json?.length ?? 0) / uploadBytesPerMs)
  let response: Response
  try {
    response = await fetch(`api/v1/${path}`, {
      method,
      body: json,
      headers: json === null ? {} : { 'content-type': 'application/json' },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw new UnreachableError(error)
  }
  if (response.status === 401) dispatchEvent(new Event(signedOutEvent))
  if (!response.ok) throw await toError(response)
  return response
}

async function toError(response: Response): Promise<ApiError> {
  const body: { error?: { message?: string } } | null = await response.json().catch(() => null)
  const seconds = Number(response.headers.get('retry-after'))
  return new ApiError(
    response.status,
    body?.error?.message ?? `The gateway answered with status ${response.status}.`,
    seconds > 0 ? seconds : null,
  )
}
