import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { KnownMessage, Reconciliation } from '../../core/ports.ts'
import { NetworkFailure, Refusal } from './failures.ts'
import { hasOwnNumbers } from './outbound.ts'

export type Proof = {
  readonly chat: string
  /** When the uncertain send began. */
  readonly startedAt: number
  /** All messages core knows in the account's chats, reaching back to before `startedAt`. */
  readonly known: () => Promise<readonly KnownMessage[]>
  /** Whether an id is an answer of this process to a send, which core may not have stored yet. */
  readonly isOwnId: (id: number) => boolean
  /** Edits the message with this id so that it looks like the uncertain one. */
  readonly edit: (id: number) => Promise<unknown>
  /** Whether the bot is shown every message of the chat; ids of hidden ones are gaps. */
  readonly seesEverything: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** So many ids that stay unknown to core; what becomes known meanwhile was not to be searched through. */
const maxUnknown = 200
const maxProbes = 600
/** This many ids beyond the newest known message that are not ours: then ours does not exist. */
const margin = 20
/** Where the bot does not see everything, gaps are longer, and after this long they may be of any length. */
const hiddenMargin = 100
const maxHiddenMs = 10 * 60_000
const maxWaitMs = 5 * 60_000
/** In a row. */
const maxNetworkFailures = 5

/**
 * Finds out whether an uncertain message exists, by editing: ids are given in order, so it can only have one that is
 * newer than everything known when its send began and that nobody knows. "Not modified" is the proof that it is there;
 * an edit that succeeds makes it so. Sends to the chat must rest meanwhile: see `ChatGate`. Throws `DeliveryError` when it
 * is to be asked again later.
 */
export async function reconcile(proof: Proof): Promise<Reconciliation> {
  const { startedAt, seesEverything, isOwnId } = proof
  let ids = await readIds(proof)
  const anchor = ids.anchor
  if (!anchor) return unknown('no message from before it is known')
  if (!seesEverything && startedAt - anchor.at > maxHiddenMs)
    return unknown(
      'the bot is not shown every message of the group, and knew of none shortly before',
    )
  const maxMisses = seesEverything ? margin : hiddenMargin
  const prober = new Prober(proof)
  let misses = 0
  let unknownIds: number[] = []
  for (let id = anchor.id + 1; unknownIds.length < maxUnknown; id += 1) {
    if (prober.probes >= maxProbes) break
    if (ids.all.has(id) || isOwnId(id)) {
      misses = 0
      continue
    }
    const found = await prober.probe(id)
    if (found === 'ours') return { outcome: 'sent', id: String(id) }
    if (found !== 'other') return unknown(found.reason)
    unknownIds.push(id)
    misses = id > ids.newest ? misses + 1 : 0
    const isEnd = misses >= maxMisses
    if (!isEnd && prober.probes % margin !== 0) continue
    const now = await readIds(proof)
    if (isEnd && now.newest === ids.newest) return { outcome: 'not-sent' }
    if (isEnd) misses = 0
    unknownIds = unknownIds.filter((one) => !now.all.has(one))
    ids = now
  }
  return unknown(`${prober.probes} messages that could be it were looked at`)
}

function unknown(reason: string): Reconciliation {
  return { outcome: 'unknown', reason }
}

type Ids = {
  readonly all: ReadonlySet<number>
  readonly newest: number
  /** The newest message of before the send. */
  readonly anchor: { readonly id: number; readonly at: number } | undefined
}

/** The ids of the sequence that the chat's messages are numbered in. */
async function readIds({ chat, startedAt, known }: Proof): Promise<Ids> {
  const isAlone = hasOwnNumbers(chat)
  const all = new Set<number>()
  let newest = 0
  let anchor: Ids['anchor']
  for (const message of await known()) {
    if (isAlone ? message.chat !== chat : hasOwnNumbers(message.chat)) continue
    const id = Number(message.id)
    if (!Number.isSafeInteger(id)) continue
    all.add(id)
    newest = Math.max(newest, id)
    if (message.at <= startedAt && id > (anchor?.id ?? 0)) anchor = { id, at: message.at }
  }
  return { all, newest, anchor }
}

class Prober {
  readonly #proof: Proof
  #waitedMs = 0
  #networkFailures = 0
  probes = 0

  constructor(proof: Proof) {
    this.#proof = proof
  }

  /** Asks about one id until there is an answer; the reason when there will be none. Throws when it is to be asked later. */
  async probe(id: number): Promise<'ours' | 'other' | { readonly reason: string }> {
    const { edit, clock, signal } = this.#proof
    this.probes += 1
    while (!signal.aborted) {
      try {
        await edit(id)
        return 'ours'
      } catch (error) {
        const answer = judge(error)
        this.#networkFailures = error instanceof NetworkFailure ? this.#networkFailures + 1 : 0
        if (answer === 'other' || answer === 'ours' || 'reason' in answer) return answer
        this.#waitedMs += answer.waitMs
        if (this.#networkFailures > maxNetworkFailures || this.#waitedMs > maxWaitMs)
          throw new DeliveryError('retry', 'Telegram did not let it be looked for.', {
            cause: error,
          })
        await clock.sleep(answer.waitMs, signal)
      }
    }
    throw signal.reason
  }
}

type Judgement = 'ours' | 'other' | { readonly waitMs: number } | { readonly reason: string }

function judge(error: unknown): Judgement {
  if (error instanceof NetworkFailure) return { waitMs: 2_000 }
  if (!(error instanceof Refusal)) throw error
  if (error.is('unchanged')) return 'ours'
  // Nothing there, somebody else's, or a message of ours of another kind.
  const others = ['edit-missing', 'edit-forbidden', 'no-text', 'no-caption'] as const
  if (others.some((reason) => error.is(reason))) return 'other'
  if (error.retryAfterMs !== undefined) return { waitMs: error.retryAfterMs }
  if (error.status >= 500) return { waitMs: 2_000 }
  return { reason: `Telegram answered “${error.description}”` }
}
