import { ApiFailure } from './telegram-failure.ts'

type Poll = {
  readonly finish: () => void
  readonly limit: number
  readonly fail: (error: ApiFailure) => void
}
export type PollParameters = {
  readonly offset?: number
  readonly limit?: number
  readonly timeout?: number
  readonly allowed_updates?: readonly string[]
}
export type Webhook = {
  readonly url: string
  readonly secret?: string
  readonly maxConnections: number
}

/** Not sent unless asked for by name. */
const optIn: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count']

/** The updates a bot has not confirmed yet, and the one way out of it: a poll or the webhook, never both. */
export class UpdateQueue {
  /** Every update, as JSON; malformed ones are allowed. */
  #pending: { readonly id: number; readonly update: object }[] = []
  #nextId = 500_000_001
  #allowed: readonly string[] | undefined
  #poll: Poll | undefined
  #webhook: Webhook | undefined
  #isPosting = false
  #isClosed = false
  /** Completed polls, for tests that wait for one. */
  polls = 0
  /** Updates the webhook took, and its refusals. */
  posted = 0
  refused = 0

  get allowed(): readonly string[] | undefined {
    return this.#allowed
  }

  get pendingCount(): number {
    return this.#pending.length
  }

  get webhook(): Webhook | undefined {
    return this.#webhook
  }

  get isPolled(): boolean {
    return this.#poll !== undefined
  }

  /** Queues an update of `kind`; returns its id, or `undefined` when the bot did not ask for that kind. */
  push(kind: string, payload: object): number | undefined {
    const wanted = this.#allowed?.length ? this.#allowed.includes(kind) : !optIn.includes(kind)
    if (!wanted) return undefined
    const id = this.#nextId++
    this.pushRaw({ update_id: id, [kind]: payload }, id)
    return id
  }

  /** Queues anything at all, also what the Bot API would never send. */
  pushRaw(update: object, id = this.#nextId++): void {
    this.#pending.push({
      id,
      update: 'update_id' in update ? update : { update_id: id, ...update },
    })
    this.#poll?.finish()
    void this.#post()
  }

  /** The next update id jumps, as after a week of silence. */
  jump(to: number): void {
    this.#nextId = to
  }

  allow(kinds: readonly string[] | undefined): void {
    if (kinds) this.#allowed = kinds
  }

  /** Answers with what is pending, or waits for it. A newer poll ends an older one with 409. */
  poll(parameters: PollParameters, whenGone: (listener: () => void) => void): Promise<object[]> {
    if (this.#webhook) {
      throw new ApiFailure(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    }
    this.allow(parameters.allowed_updates)
    this.#confirm(parameters.offset)
    this.#poll?.fail(
      new ApiFailure(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      ),
    )
    const limit = Math.min(Math.max(parameters.limit ?? 100, 1), 100)
    const timeoutMs = Math.min(Math.max(parameters.timeout ?? 0, 0), 50) * 1000
    if (this.#pending.length > 0 || timeoutMs === 0) return Promise.resolve(this.#take(limit))
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        if (this.#poll === poll) this.#poll = undefined
      }
      const finish = () => {
        end()
        resolve(this.#take(limit))
      }
      const fail = (error: Error) => {
        end()
        reject(error)
      }
      const timer = setTimeout(finish, timeoutMs)
      const poll = { limit, finish, fail }
      this.#poll = poll
      whenGone(() => fail(new Error('the caller went away')))
    })
  }

  setWebhook(webhook: Webhook | undefined, dropsPending: boolean): void {
    if (dropsPending) this.#pending = []
    this.#webhook = webhook
    if (webhook) this.#poll?.fail(new ApiFailure(409, 'Conflict: terminated by setWebhook request'))
    void this.#post()
  }

  close(): void {
    this.#isClosed = true
    this.#webhook = undefined
    this.#poll?.fail(new ApiFailure(500, 'Internal Server Error: restart'))
  }

  #take(limit: number): object[] {
    this.polls += 1
    return this.#pending.slice(0, limit).map((one) => one.update)
  }

  #confirm(offset: number | undefined): void {
    if (offset === undefined || offset === 0) return
    if (offset < 0) this.#pending = this.#pending.slice(offset)
    else {
      const first = this.#pending.findIndex((one) => one.id >= offset)
      this.#pending.splice(0, first < 0 ? this.#pending.length : first)
    }
  }

  /** Posts one update after the other; a refused one is repeated until it is taken. */
  async #post(): Promise<void> {
    if (this.#isPosting) return
    this.#isPosting = true
    let pauseMs = 20
    while (this.#webhook && !this.#isClosed && this.#pending[0]) {
      const one = this.#pending[0]
      if (await deliver(this.#webhook, one.update)) {
        this.posted += 1
        this.#pending = this.#pending.filter((other) => other !== one)
        pauseMs = 20
        continue
      }
      this.refused += 1
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      pauseMs = Math.min(pauseMs * 2, 1000)
    }
    this.#isPosting = false
  }
}

async function deliver(webhook: Webhook, update: object): Promise<boolean> {
  const secret = webhook.secret ? { 'x-telegram-bot-api-secret-token': webhook.secret } : {}
  try {
    const answer = await fetch(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...secret },
      body: JSON.stringify(update),
      signal: AbortSignal.timeout(5000),
    })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}
