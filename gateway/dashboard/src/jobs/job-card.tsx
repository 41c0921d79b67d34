import { useId } from 'react'
import type { Conversation } from '../api-conversations.ts'
import type { Job } from '../api-jobs.ts'
import { describeTarget } from './describe-target.ts'
import { JobActions } from './job-actions.tsx'
import { NextTimes } from './next-times.tsx'
import { OccurrenceLine } from './occurrence-line.tsx'

const kinds = { agent: 'agent turn', message: 'message', module: 'module' }

/** One job: what it does and when, how the last time went, and what can be done about it. */
export function JobCard(props: {
  readonly job: Job
  readonly chats: readonly Conversation[]
  readonly onChanged: (words: string) => Promise<void>
  readonly onRemoved: (words: string) => Promise<void>
}) {
  const { job } = props
  const titleId = useId()
  const what = job.kind === 'message' ? kinds.message : `${kinds[job.kind]} of ${job.agent}`
  return (
    <article className="pane-card" aria-labelledby={titleId}>
      <header className="job-head">
        <h3 className="job-name" id={titleId}>
          {job.name}
        </h3>
        {job.state !== 'active' && (
          <span className={`job-state job-${job.state}`}>{job.state}</span>
        )}
      </header>
      <p className="job-when">{job.description}</p>
      <p className="pane-hint">
        {what}, {describeTarget(job.target, props.chats)}
      </p>
      {job.reason !== null && <p className="pane-hint">{job.reason}</p>}
      <NextTimes times={job.next} />
      {job.last && (
        <div className="job-last">
          <span className="job-label">Last</span>
          <OccurrenceLine occurrence={job.last} />
        </div>
      )}
      <JobActions job={job} onChanged={props.onChanged} onRemoved={props.onRemoved} />
    </article>
  )
}
