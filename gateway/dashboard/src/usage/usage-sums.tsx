import type { UsageSum } from '../api-usage.ts'
import { formatCost, formatCount, formatTokens, formatTokensInFull } from '../format-usage.ts'

/** Everything of the chosen time in three numbers. */
export function UsageSums({ sum }: { readonly sum: UsageSum }) {
  return (
    <dl className="usage-sums">
      <div>
        <dt>Tokens</dt>
        <dd>{formatTokens(sum)}</dd>
        <dd className="usage-small">{formatTokensInFull(sum)}</dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>{formatCost(sum)}</dd>
        {!sum.isCostComplete && <dd className="usage-small">some models have no price</dd>}
      </div>
      <div>
        <dt>Runs</dt>
        <dd>{formatCount(sum.runs)}</dd>
      </div>
    </dl>
  )
}
