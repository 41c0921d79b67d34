import type { Usage, UsageDimension } from '../api-usage.ts'
import { formatCost, formatCount, formatTokens, formatTokensInFull } from '../format-usage.ts'

/** What the column is called, and what belongs to none of it. */
const words: Readonly<Record<UsageDimension, readonly [string, string]>> = {
  agent: ['Agent', 'No agent'],
  model: ['Model', 'Model not known'],
  sender: ['Person', 'Nobody: the API, jobs, check-ins'],
  job: ['Job', 'Everything but jobs'],
}

/** Who or what spent how much; the bars compare the tokens. */
export function UsageTable(props: { readonly usage: Usage; readonly by: UsageDimension }) {
  const { items, next } = props.usage
  if (items.length === 0) return <p className="pane-hint">Nothing was spent in this time.</p>
  const tokens = items.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens)
  const [column, none] = words[props.by]
  const most = Math.max(1, ...tokens)
  return (
    <>
      <table className="usage-table">
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">Tokens</th>
            <th scope="col">Cost</th>
            <th scope="col">Runs</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <tr key={item.key}>
              <th scope="row">
                {item.key ?? none}
                <progress className="usage-bar" aria-hidden max={most} value={tokens[index]} />
              </th>
              <td title={formatTokensInFull(item)}>{formatTokens(item)}</td>
              <td>{formatCost(item)}</td>
              <td>{formatCount(item.runs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {next !== null && <p className="pane-hint">These are the first {items.length}.</p>}
    </>
  )
}
