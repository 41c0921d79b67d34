import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useCallback, useRef, useState } from 'react'
import { fetchConversations } from '../api-conversations.ts'
import { fetchJobs } from '../api-jobs.ts'
import { Pane } from '../pane.tsx'
import { usePolled } from '../use-polled.ts'
import { HeartbeatPart } from './heartbeat-part.tsx'
import { JobCard } from './job-card.tsx'
import { JobForm } from './job-form.tsx'
import './jobs.css'

const pollMs = 5_000
const chatsPollMs = 60_000
const pageSize = 50
/** The API gives no more at a time; whoever has more jobs looks at the command line. */
const maxShown = 200

/** Planned work: what there is, what became of it, and the way to plan more. */
export function JobsPane() {
  const [limit, setLimit] = useState(pageSize)
  const load = useCallback((signal: AbortSignal) => fetchJobs(limit, signal), [limit])
  const { data, problem, reload } = usePolled(load, pollMs)
  const chats = usePolled(fetchConversations, chatsPollMs)
  const [isAdding, setAdding] = useState(false)
  const [said, setSaid] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)

  const onChanged = useCallback(
    async (words: string) => {
      setSaid(words)
      await reload()
    },
    [reload],
  )
  const onAdded = async (words: string) => {
    setAdding(false)
    await onChanged(words)
    heading.current?.focus()
  }
  const onRemoved = useCallback(
    async (words: string) => {
      await onChanged(words)
      heading.current?.focus()
    },
    [onChanged],
  )

  return (
    <Pane title="Jobs" problem={problem} isLoading={data === null}>
      <section className="pane-part" aria-labelledby="jobs-heading">
        <div className="pane-head">
          <h2 className="pane-heading" id="jobs-heading" ref={heading} tabIndex={-1}>
            {data?.items.length === 0 ? 'No jobs yet' : 'Planned'}
          </h2>
          {!isAdding && (
            <Button
              variant="default"
              leftSection={<IconPlus size={18} aria-hidden />}
              onClick={() => setAdding(true)}
            >
              New job
            </Button>
          )}
        </div>
        {isAdding && (
          <JobForm chats={chats.data ?? []} onAdded={onAdded} onCancel={() => setAdding(false)} />
        )}
        {data?.items.length === 0 && !isAdding && (
          <p className="pane-hint">
            A job sends a message or gives an agent a turn, once or again and again. In a chat,
            <code> /remind</code> makes one.
          </p>
        )}
        <ul className="pane-list">
          {data?.items.map((job) => (
            <li key={job.id}>
              <JobCard
                job={job}
                chats={chats.data ?? []}
                onChanged={onChanged}
                onRemoved={onRemoved}
              />
            </li>
          ))}
        </ul>
        {data?.next && limit < maxShown && (
          <Button variant="default" onClick={() => setLimit(Math.min(maxShown, limit * 2))}>
            Show more
          </Button>
        )}
        {data?.next && limit >= maxShown && (
          <p className="pane-hint">
            These are the newest {maxShown}; <code>jackdaw jobs list</code> shows all.
          </p>
        )}
        <p className="off-screen" role="status">
          {said}
        </p>
      </section>
      <HeartbeatPart />
    </Pane>
  )
}
