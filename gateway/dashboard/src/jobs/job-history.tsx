import { useCallback } from 'react'
import { fetchOccurrences } from '../api-jobs.ts'
import { usePolled } from '../use-polled.ts'
import { OccurrenceLine } from './occurrence-line.tsx'

const pollMs = 5_000

/** The last times of a job, newest first. */
export function JobHistory({ jobId }: { readonly jobId: string }) {
  const load = useCallback((signal: AbortSignal) => fetchOccurrences(jobId, signal), [jobId])
  const { data, problem } = usePolled(load, pollMs)
  if (problem !== null && data === null) return <p className="pane-bad">{problem}</p>
  if (data?.length === 0) return <p className="pane-hint">It was not due yet.</p>
  return (
    <ol className="job-history" aria-label="History">
      {data?.map((occurrence) => (
        <li key={occurrence.id}>
          <OccurrenceLine occurrence={occurrence} />
        </li>
      ))}
    </ol>
  )
}
