import { createHash, timingSafeEqual } from 'node:crypto'

export type WebhookOptions = {
  /** Where the gateway listens, for example `/hooks/telegram`. */
  readonly path: string
  readonly secret: string
  /** The gateway as Telegram reaches it, https, for example `https://chat.example.org`. */
  readonly publicUrl: string
}

type Take = (updates: readonly unknown[]) => Promise<void>

/** Header names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Takes updates that Telegram posts. A post is answered with 200 only when what it holds is stored; anything else
 * makes Telegram post it again. Posts are taken one at a time, in the order in which they came.
 */
export class WebhookReceiver {
  readonly path: string
  readonly url: string
  readonly secret: string
  #take: Take | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: WebhookOptions) {
    this.path = options.path
    this.secret = options.secret
    this.url = new URL(options.path, options.publicUrl).href
  }

  /** Answers one post with a status: 401 without the secret, 400 without JSON, 503 when nothing was stored. */
  async handle(headers: WebhookHeaders, body: string): Promise<200 | 400 | 401 | 503> {
    if (!this.#isSecret(headers['x-telegram-bot-api-secret-token'])) return 401
    let update: unknown
    try {
      update = JSON.parse(body)
    } catch {
      return 400
    }
    const turn = this.#queue.then(() => this.#store(update))
    this.#queue = turn.catch(() => undefined)
    return turn.then(
      () => 200,
      () => 503,
    )
  }

  /** Posts go to `take` from now on. */
  open(take: Take): void {
    this.#take = take
  }

  /** Refuses posts from now on, and resolves when those under way are stored. */
  async close(): Promise<void> {
    this.#take = undefined
    await this.#queue
  }

  async #store(update: unknown): Promise<void> {
    if (!this.#take) throw new Error('The channel does not receive.')
    await this.#take([update])
  }

  #isSecret(given: string | readonly string[] | undefined): boolean {
    return typeof given === 'string' && timingSafeEqual(digest(given), digest(this.secret))
  }
}

/** Equal lengths, as the comparison needs them. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
