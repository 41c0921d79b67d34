import { Button } from '@mantine/core'
import { useId, useState } from 'react'
import { actOnJob, type Job, removeJob } from '../api-jobs.ts'
import { ConfirmButton } from '../confirm-button.tsx'
import { explain } from '../explain.ts'
import { JobHistory } from './job-history.tsx'

type Act = 'pause' | 'resume' | 'run'
const done = { pause: 'Paused', resume: 'Goes on', run: 'Started' }

/** What can be done to a job, and its history below. */
export function JobActions(props: {
  readonly job: Job
  readonly onChanged: (words: string) => Promise<void>
  readonly onRemoved: (words: string) => Promise<void>
  readonly onEdit: () => void
}) {
  const { job, onChanged } = props
  const [acting, setActing] = useState<Act | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isOpen, setOpen] = useState(false)
  const historyId = useId()

  const act = async (what: Act) => {
    setActing(what)
    setProblem(null)
    try {
      await actOnJob(job.id, what)
      await onChanged(`${done[what]}: ${job.name}`)
    } catch (error) {
      setProblem(explain(error))
    } finally {
      setActing(null)
    }
  }
  const button = (what: Act, label: string) => (
    <Button
      size="sm"
      variant="default"
      aria-label={`${label}: ${job.name}`}
      loading={acting === what}
      disabled={acting !== null && acting !== what}
      onClick={() => void act(what)}
    >
      {label}
    </Button>
  )

  return (
    <>
      <div className="pane-buttons">
        {job.state !== 'paused' && button('run', 'Run now')}
        {job.state === 'active' && button('pause', 'Pause')}
        {job.state === 'paused' && button('resume', 'Resume')}
        <Button size="sm" variant="default" aria-label={`Edit: ${job.name}`} onClick={props.onEdit}>
          Edit
        </Button>
        <Button
          size="sm"
          variant="default"
          aria-label={`History: ${job.name}`}
          aria-expanded={isOpen}
          aria-controls={historyId}
          onClick={() => setOpen(!isOpen)}
        >
          History
        </Button>
        <ConfirmButton
          label="Remove"
          name={`Remove ${job.name}`}
          question="The job goes, with its history. What it is doing right now goes on."
          onConfirm={async () => {
            await removeJob(job.id)
            await props.onRemoved(`Removed: ${job.name}`)
          }}
        />
      </div>
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
      <div id={historyId} hidden={!isOpen}>
        {isOpen && <JobHistory jobId={job.id} />}
      </div>
    </>
  )
}
