import { useCallback, useRef, useState } from 'react'
import { fetchGrants, revokeGrant } from '../api-approvals.ts'
import { ConfirmButton } from '../confirm-button.tsx'
import { formatMoment, formatWhen } from '../format.ts'
import { usePolled } from '../use-polled.ts'

const pollMs = 15_000

/** What was allowed for always, and the way to take it back. */
export function GrantList() {
  const { data, problem, reload } = usePolled(fetchGrants, pollMs)
  const [said, setSaid] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  const onRevoke = useCallback(
    async (id: string, words: string) => {
      await revokeGrant(id)
      setSaid(`Taken back: ${words}`)
      await reload()
      heading.current?.focus()
    },
    [reload],
  )
  const now = new Date()
  return (
    <section className="pane-part" aria-labelledby="questions-grants">
      <h2 className="pane-heading" id="questions-grants" ref={heading} tabIndex={-1}>
        Always allowed
      </h2>
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
      {data?.length === 0 && (
        <p className="pane-hint">Nothing. “Always” under a question adds to this list.</p>
      )}
      <ul className="pane-list">
        {data?.map((grant) => (
          <li key={grant.id} className="pane-card question-grant">
            <div>
              <code className="question-grant-words">{grant.words}</code>
              <p className="pane-hint">
                {grant.agent}, {grant.session === null ? 'in every session' : 'in one session'},
                allowed by {grant.by},{' '}
                <time dateTime={grant.at} title={formatMoment(new Date(grant.at))}>
                  {formatWhen(new Date(grant.at), now)}
                </time>
              </p>
            </div>
            <ConfirmButton
              label="Take back"
              name={`Take back ${grant.words}`}
              question="From now on people are asked again."
              onConfirm={() => onRevoke(grant.id, grant.words)}
            />
          </li>
        ))}
      </ul>
      <p className="off-screen" role="status">
        {said}
      </p>
    </section>
  )
}
