import type { Occurrence } from '../api-jobs.ts'
import { formatDay, formatMoment, formatTime } from '../format.ts'
import { judgeDelivery, judgeWork } from './judge-occurrence.ts'

/** One time of a job: when, whether it was done, and apart from that whether the result arrived. */
export function OccurrenceLine({ occurrence }: { readonly occurrence: Occurrence }) {
  const at = new Date(occurrence.scheduledFor)
  const delivery = judgeDelivery(occurrence)
  const why = occurrence.error?.message ?? occurrence.reason
  return (
    <div className="occurrence">
      <time dateTime={occurrence.scheduledFor} title={formatMoment(at)}>
        {formatDay(at, new Date())}, {formatTime(at)}
        {occurrence.isManual && ', by hand'}
      </time>
      <Verdict {...judgeWork(occurrence)} />
      {delivery && <Verdict {...delivery} />}
      {why !== null && <p className="pane-hint occurrence-why">{why}</p>}
    </div>
  )
}

function Verdict({ health, words }: { readonly health: string; readonly words: string }) {
  return (
    <span className="occurrence-verdict">
      <span className={`status-dot status-${health}`} />
      {words}
    </span>
  )
}
