import type { Budget, Config } from '../api-config.ts'
import type { Usage, UsageSum } from '../api-usage.ts'
import { formatCount, formatDollars } from '../format-usage.ts'

/** A limit of a day in words; `share` is how much of it is used, null where that is not one number. */
export type ShownLimit = {
  readonly name: string
  readonly words: string
  readonly share: number | null
}

const nothing = { inputTokens: 0, outputTokens: 0, costUsd: 0 }

/** The limits that are set, the widest first. `today` is what was spent today by agent. */
export function listLimits(config: Config, today: Usage): readonly ShownLimit[] {
  const own = Object.entries(config.agents).flatMap(([agent, { budget }]) => {
    const spent = today.items.find(({ key }) => key === agent)
    return budget ? limitsOf(`Agent ${agent}`, budget, spent ?? nothing) : []
  })
  return [...limitsOf('All agents', config.budget, today.total), ...own]
}

function limitsOf(
  whose: string,
  budget: Budget,
  spent: Pick<UsageSum, 'inputTokens' | 'outputTokens' | 'costUsd'>,
): readonly ShownLimit[] {
  const { dailyTokens, dailyUsd, perSenderDailyTokens } = budget
  const tokens = spent.inputTokens + spent.outputTokens
  const usd = spent.costUsd ?? 0
  const limits: (ShownLimit | false)[] = [
    dailyTokens > 0 && {
      name: `${whose}, tokens`,
      words: `${formatCount(tokens)} of ${formatCount(dailyTokens)}`,
      share: tokens / dailyTokens,
    },
    dailyUsd > 0 && {
      name: `${whose}, cost`,
      words: `${formatDollars(usd)} of ${formatDollars(dailyUsd)}`,
      share: usd / dailyUsd,
    },
    perSenderDailyTokens > 0 && {
      name: `${whose}, tokens of each person`,
      words: formatCount(perSenderDailyTokens),
      share: null,
    },
  ]
  return limits.filter((limit) => limit !== false)
}
