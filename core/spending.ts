import { countOf, idsOf, type Limit, limitsFor, priced, sumOf } from './budget.ts'
import type { Clock } from './clock.ts'
import { StoreError } from './errors.ts'
import type { Events } from './events.ts'
import { type LocalDays, localDays } from './local-day.ts'
import type { RunError } from './model.ts'
import type { Owners } from './owners.ts'
import { backoffMs, storeBackoff } from './retry.ts'
import type { Usage } from './runtime-port.ts'
import type { Sentences } from './sentences.ts'
import type { Settings } from './settings.ts'
import type { ClaimedRun } from './store/runs.ts'
import type { UsageStore } from './store/usage.ts'
import type { LimitFacts, UsageFacts } from './usage-sentences.ts'

type Parts = {
  readonly usage: UsageStore
  readonly owners: Pick<Owners, 'notice'>
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
}

/** Counts what runs cost, and knows when that is enough for today. */
export class Spending {
  readonly #parts: Parts
  #days: { readonly timezone: string; readonly days: LocalDays } | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Stores what a model call took, as soon as it is told, so that a crash loses the last call at most. Waits while the
   * store takes nothing, until `signal` aborts. Says which limit is reached with it.
   */
  async record(run: ClaimedRun, told: Usage, signal: AbortSignal): Promise<Limit | undefined> {
    const { usage, clock, events, settings } = this.#parts
    const now = clock.now()
    const sender = senderOf(run)
    const piece = {
      runId: run.id,
      session: run.session,
      agent: run.agent,
      source: run.source,
      ...(sender !== undefined && { sender }),
      ...(run.job !== undefined && { job: run.job }),
      usage: priced(told, settings().spending.prices),
      day: this.days().of(now),
    }
    const isNew = await this.#persist(run, () => usage.record(piece, now), signal)
    if (isNew) {
      const { inputTokens, outputTokens, cachedTokens = 0 } = told
      events.emit({
        type: 'tokens.used',
        agent: run.agent,
        inputTokens,
        outputTokens,
        cachedTokens,
      })
    }
    return await this.reached(run)
  }

  /** The limit that leaves nothing for a run today, the widest if there are several. */
  async reached(run: ClaimedRun): Promise<Limit | undefined> {
    const { usage, clock, settings } = this.#parts
    const day = this.days().of(clock.now())
    for (const limit of limitsFor(settings().spending, run.agent, senderOf(run))) {
      if (countOf(limit, await usage.day(day, limit.scopes)) >= limit.max) return limit
    }
    return undefined
  }

  /**
   * Says why a run ends: to its people at length the first time today and shortly from then on, and to whoever runs the
   * gateway. An owner is told of the limit too, once a day.
   */
  async explain(
    run: ClaimedRun,
    { limit, isCutOff }: { readonly limit: Limit; readonly isCutOff: boolean },
    words: Sentences,
  ): Promise<{ readonly text: string; readonly error: RunError }> {
    const { usage, owners, clock } = this.#parts
    const now = clock.now()
    const days = this.days()
    const day = days.of(now)
    const facts: LimitFacts = {
      ...limit,
      from: `${days.timeOf(days.endOf(now))} (${days.timezone})`,
      trace: run.id,
      isCutOff,
    }
    const person = senderOf(run) ?? run.session.key
    const about = limit.isPersonal ? `${limit.key} ${person}` : limit.key
    await owners.notice(
      run.route?.channel ?? '',
      about,
      (theirs) => theirs.limitReached(facts, senderNameOf(run)),
      { once: `limit:${about}:${day}`, isNear: true, ...(run.route && { except: run.route }) },
    )
    const isFirst = await usage.explained(day, `${limit.key} ${person}`, now)
    return {
      text: words.overLimit(facts, isFirst),
      error: {
        code: 'budget',
        message: `The limit ${limit.key} of ${limit.max} is used up for ${day}; it is free again at ${facts.from}.`,
      },
    }
  }

  /** What was spent today and in a session, with the limits that apply; for owners, of all agents. */
  async report(of: {
    readonly agent: string
    readonly sender: string
    readonly session: { readonly id: string; readonly generation: number } | undefined
    readonly isOwner: boolean
    readonly words: Sentences
  }): Promise<string> {
    const { usage, clock, settings } = this.#parts
    const { agents, spending } = settings()
    const now = clock.now()
    const days = this.days()
    const day = days.of(now)
    const ids = idsOf(spending, of.sender)
    const names = of.isOwner ? [undefined, ...(agents.length > 1 ? agents : [])] : []
    const spentBy = await usage.day(
      day,
      names.map((agent) => (agent === undefined ? {} : { agent })),
    )
    const limits: UsageFacts['limits'][number][] = []
    for (const limit of limitsFor(spending, of.agent, of.sender)) {
      limits.push({ ...limit, used: countOf(limit, await usage.day(day, limit.scopes)) })
    }
    return of.words.usage({
      today: sumOf(
        await usage.day(
          day,
          ids.map((sender) => ({ sender })),
        ),
      ),
      session: of.session ? await usage.session(of.session.id, of.session.generation) : sumOf([]),
      agents: spentBy.map((spent, index) => ({ name: names[index], spent })),
      limits,
      from: `${days.timeOf(days.endOf(now))} (${days.timezone})`,
    })
  }

  /** The days that limits are counted by. */
  days(): LocalDays & { readonly timezone: string } {
    const { timezone } = this.#parts.settings().spending
    if (this.#days?.timezone !== timezone) this.#days = { timezone, days: localDays(timezone) }
    return { ...this.#days.days, timezone }
  }

  async #persist<T>(
    run: ClaimedRun,
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const { clock, events } = this.#parts
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        events.emit({ type: 'fault', where: `usage of run ${run.id}`, error })
        if (!(error instanceof StoreError) || signal.aborted) return undefined
        await clock.sleep(backoffMs(attempt, storeBackoff), signal)
      }
    }
  }
}

/** The person who asked, as `telegram:111`; undefined for a run that is nobody's message. */
function senderOf({ source, route, messages }: ClaimedRun): string | undefined {
  const author = messages.find(({ form }) => form === 'full')?.author
  return source === 'message' && route && author ? `${route.channel}:${author.id}` : undefined
}

function senderNameOf({ messages }: ClaimedRun): string {
  return messages.find(({ form }) => form === 'full')?.author.name ?? ''
}
