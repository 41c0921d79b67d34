import { useId, useRef, useState } from 'react'
import type { Conversation } from '../api-conversations.ts'
import type { Job } from '../api-jobs.ts'
import { describeTarget } from './describe-target.ts'
import { JobActions } from './job-actions.tsx'
import { JobEdit } from './job-edit.tsx'
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
  const title = useRef<HTMLHeadingElement>(null)
  const [isEditing, setEditing] = useState(false)
  const close = () => {
    setEditing(false)
    title.current?.focus()
  }
  const what = job.kind === 'message' ? kinds.message : `${kinds[job.kind]} of ${job.agent}`
  return (
    <article className="pane-card" aria-labelledby={titleId}>
      <header className="job-head">
        <h3 className="job-name" id={titleId} ref={title} tabIndex={-1}>
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
      {isEditing ? (
        <JobEdit
          job={job}
          chats={props.chats}
          onSaved={async (words) => {
            await props.onChanged(words)
            close()
          }}
          onCancel={close}
        />
      ) : (
        <JobActions
          job={job}
          onChanged={props.onChanged}
          onRemoved={props.onRemoved}
          onEdit={() => setEditing(true)}
        />
      )}
    </article>
  )
}
