import type { FireTime } from '../api-jobs.ts'

/** When a job is next due; the times after the first unfold. */
export function NextTimes({ times }: { readonly times: readonly FireTime[] }) {
  const [first, ...later] = times
  if (first === undefined) return null
  if (later.length === 0)
    return (
      <p className="job-next">
        <span className="job-label">Next</span> <Moment time={first} />
      </p>
    )
  return (
    <details className="job-next">
      <summary>
        <span className="job-label">Next</span> <Moment time={first} />
      </summary>
      <ul className="job-times">
        {later.map((time) => (
          <li key={time.at}>
            <Moment time={time} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function Moment({ time }: { readonly time: FireTime }) {
  return (
    <>
      <time dateTime={time.at}>{time.local}</time>
      {time.note !== null && <span className="job-note"> {time.note}</span>}
    </>
  )
}
