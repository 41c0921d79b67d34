import type { UsageSum } from './api-usage.ts'

const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat()
const currency = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const
const dollars = new Intl.NumberFormat(undefined, currency)
const fractions = new Intl.NumberFormat(undefined, { ...currency, maximumSignificantDigits: 2 })

/** Input and output together, for people: `1.2M`. */
export function formatTokens({ inputTokens, outputTokens }: TokenCounts): string {
  return short.format(inputTokens + outputTokens)
}

/** Input and output apart, to the last token. */
export function formatTokensInFull({ inputTokens, outputTokens }: TokenCounts): string {
  return `${whole.format(inputTokens)} read, ${whole.format(outputTokens)} written`
}

export function formatCount(count: number): string {
  return whole.format(count)
}

/** An amount to the cent, or as exactly as is needed below one. */
export function formatDollars(usd: number): string {
  return (usd > 0 && usd < 0.01 ? fractions : dollars).format(usd)
}

/** The cost, or what is known of it. */
export function formatCost({ costUsd, isCostComplete }: UsageSum): string {
  if (costUsd === null) return 'unknown'
  return `${isCostComplete ? '' : 'at least '}${formatDollars(costUsd)}`
}

type TokenCounts = Pick<UsageSum, 'inputTokens' | 'outputTokens'>
