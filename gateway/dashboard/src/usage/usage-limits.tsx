import type { Config } from '../api-config.ts'
import type { Usage } from '../api-usage.ts'
import { listLimits } from './list-limits.ts'

/** How much of each of today's limits is used. */
export function UsageLimits(props: { readonly config: Config; readonly today: Usage }) {
  const limits = listLimits(props.config, props.today)
  return (
    <section className="pane-part" aria-labelledby="usage-limits">
      <h2 className="pane-heading" id="usage-limits">
        Limits of a day
      </h2>
      {limits.length === 0 && (
        <p className="pane-hint">
          None are set. <code>budget</code> in the configuration sets them, for all agents or for
          one.
        </p>
      )}
      <ul className="pane-list">
        {limits.map(({ name, words, share }) => (
          <li key={name} className="usage-limit">
            <span className="usage-limit-name">{name}</span>
            <span className="usage-limit-words">{words}</span>
            {share !== null && (
              <progress
                className={share >= 0.9 ? 'usage-bar usage-bar-full' : 'usage-bar'}
                aria-hidden
                max={1}
                value={Math.min(1, share)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
