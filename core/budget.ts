import type { Usage } from './runtime-port.ts'
import type { Spent, UsageScope } from './store/usage.ts'

/** What may be spent on a local day; 0 is no limit. */
export type Budget = {
  readonly dailyTokens: number
  readonly dailyUsd: number
  readonly perSenderDailyTokens: number
}

/** US dollars per million tokens. */
export type Price = {
  readonly input: number
  readonly output: number
  /** Absent: cached tokens cost as much as any other. */
  readonly cached?: number | undefined
}

/** What the configuration says about spending. */
export type SpendingRules = {
  readonly timezone: string
  readonly budget: Budget
  /** Limits of single agents, beside `budget`. */
  readonly agentBudgets: ReadonlyMap<string, Budget>
  /** By model. */
  readonly prices: ReadonlyMap<string, Price>
  /** Senders who are one person over several channels, each as `telegram:111`. */
  readonly people: readonly (readonly string[])[]
}

/** One limit of a day, and in which scopes what counts towards it was spent. */
export type Limit = {
  /** Its key in the configuration. */
  readonly key: string
  readonly unit: 'tokens' | 'usd'
  readonly max: number
  /** The agent it is for alone. */
  readonly agent?: string
  /** It is for one person. */
  readonly isPersonal: boolean
  readonly scopes: readonly UsageScope[]
}

/** Every id of the person behind one of them. */
export function idsOf({ people }: SpendingRules, sender: string): readonly string[] {
  return people.find((ids) => ids.includes(sender)) ?? [sender]
}

/** The limits that apply to a run of `agent` for `sender`, the widest first. */
export function limitsFor(
  rules: SpendingRules,
  agent: string,
  sender: string | undefined,
): readonly Limit[] {
  const { budget, agentBudgets } = rules
  const own = agentBudgets.get(agent)
  if (!hasLimit(budget) && !hasLimit(own)) return []
  const ids = sender === undefined ? [] : idsOf(rules, sender)
  return [
    ...limitsOf(budget, 'budget', undefined, ids),
    ...(own ? limitsOf(own, `agents.${agent}.budget`, agent, ids) : []),
  ].filter(({ max }) => max > 0)
}

function hasLimit(budget: Budget | undefined): boolean {
  return budget !== undefined && Object.values(budget).some((max) => max > 0)
}

function limitsOf(
  budget: Budget,
  path: string,
  agent: string | undefined,
  ids: readonly string[],
): readonly Limit[] {
  const named = agent === undefined ? {} : { agent }
  const all = { ...named, isPersonal: false, scopes: [named] }
  return [
    { key: `${path}.dailyTokens`, unit: 'tokens', max: budget.dailyTokens, ...all },
    { key: `${path}.dailyUsd`, unit: 'usd', max: budget.dailyUsd, ...all },
    ...(ids.length === 0
      ? []
      : [
          {
            key: `${path}.perSenderDailyTokens`,
            unit: 'tokens' as const,
            max: budget.perSenderDailyTokens,
            ...named,
            isPersonal: true,
            scopes: ids.map((sender) => ({ ...named, sender })),
          },
        ]),
  ]
}

export function sumOf(spent: readonly Spent[]): Spent {
  const sum = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0, unpriced: 0 }
  for (const one of spent) {
    sum.inputTokens += one.inputTokens
    sum.outputTokens += one.outputTokens
    sum.cachedTokens += one.cachedTokens
    sum.costUsd += one.costUsd
    sum.unpriced += one.unpriced
  }
  return sum
}

/** What counts towards a limit: all tokens, or the dollars that are known. */
export function countOf({ unit }: Pick<Limit, 'unit'>, spent: readonly Spent[]): number {
  const { costUsd, inputTokens, outputTokens } = sumOf(spent)
  return unit === 'usd' ? costUsd : inputTokens + outputTokens
}

/**
 * Usage with what it cost: as the runtime says, else by the price of its model. `prices` may name a model with its
 * provider (`openai/gpt-5`) or without. Unknown stays unknown.
 */
export function priced(usage: Usage, prices: ReadonlyMap<string, Price>): Usage {
  const { model, inputTokens, outputTokens, cachedTokens = 0 } = usage
  if (usage.costUsd !== undefined || model === undefined) return usage
  const price = prices.get(model) ?? prices.get(model.slice(model.indexOf('/') + 1))
  if (!price) return usage
  const cached = Math.min(cachedTokens, inputTokens)
  const dollars =
    (inputTokens - cached) * price.input +
    cached * (price.cached ?? price.input) +
    outputTokens * price.output
  return { ...usage, costUsd: dollars / 1_000_000 }
}
