import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { FrameQueue } from './frame-queue.ts'
import type { FrameSource, Take } from './source.ts'

export type SignalWebhookOptions = {
  /** Where the gateway listens, for example `/webhooks/signal`. */
  readonly path: string
  readonly secret: string
  readonly clock: Clock
  /** How long a post may wait for its message to be stored. */
  readonly answerMs?: number
}

/** Header names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

const secretHeader = 'x-jackdaw-secret'
const maxFrames = 10_000

/**
 * Takes what signal-cli-rest-api posts to RECEIVE_WEBHOOK_URL. It posts each message once, and reads nothing else
 * until it has an answer: so a post is answered within `answerMs`, and a message that could not be stored by then
 * stays here and is stored later.
 */
export class SignalWebhook implements FrameSource {
  readonly path: string
  readonly #secret: string
  readonly #clock: Clock
  readonly #answerMs: number
  readonly #queue: FrameQueue

  constructor(options: SignalWebhookOptions) {
    this.path = options.path
    this.#secret = options.secret
    this.#clock = options.clock
    this.#answerMs = options.answerMs ?? 1_000
    this.#queue = new FrameQueue({ clock: options.clock, maxFrames })
  }

  /**
   * Answers one post with a status: 200 once it is stored, 401 without the secret, 400 without a message, 503 when it
   * is not stored yet (or there is no room). The secret comes as `?secret=`, because a URL is all that can be
   * configured there; proxies may send it as the header `x-jackdaw-secret`.
   */
  async handle(
    headers: WebhookHeaders,
    body: string,
    query: URLSearchParams = new URLSearchParams(),
  ): Promise<200 | 400 | 401 | 503> {
    if (!isSecret(query.get('secret') ?? headers[secretHeader], this.#secret)) return 401
    const frame = frameOf(body)
    if (frame === undefined) return 400
    if (!this.#queue.hasRoom) return 503
    const isAnswered = new AbortController()
    const stored = this.#queue.push(frame).then((): 200 => 200)
    const late = this.#clock.sleep(this.#answerMs, isAnswered.signal).then((): 503 => 503)
    const status = await Promise.race([stored, late])
    isAnswered.abort()
    return status
  }

  async run(take: Take, signal: AbortSignal): Promise<void> {
    await this.#queue.run(take, signal)
  }
}

/** What a WebSocket frame would hold, out of a JSON-RPC notification; undefined where there is none. */
export function frameOf(body: string): unknown {
  try {
    const line: unknown = JSON.parse(body)
    if (typeof line !== 'object' || line === null) return undefined
    if ('params' in line) return line.params ?? undefined
    return 'envelope' in line ? line : undefined
  } catch {
    return undefined
  }
}

/** Compares in a time that says nothing about the secret. */
export function isSecret(given: unknown, secret: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(secret))
}

/** Equal lengths, as the comparison needs them. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
