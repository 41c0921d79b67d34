import { Button } from '@mantine/core'
import { useState } from 'react'
import { type Heartbeat, runHeartbeat } from '../api-heartbeat.ts'
import { explain } from '../explain.ts'
import { formatDay, formatTime } from '../format.ts'
import { describeHeartbeat, resultWords } from './describe-heartbeat.ts'

/** The check-ins of one agent: when the next is, how the last went, and one now. */
export function HeartbeatCard(props: {
  readonly heartbeat: Heartbeat
  readonly onRun: () => Promise<void>
}) {
  const { heartbeat } = props
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const run = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await runHeartbeat(heartbeat.agent)
      await props.onRun()
    } catch (error) {
      setProblem(explain(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <article className="pane-card heartbeat" aria-label={`Heartbeat of ${heartbeat.agent}`}>
      <div>
        <h3 className="job-name">{heartbeat.agent}</h3>
        <p className="pane-hint">{describeHeartbeat(heartbeat)}</p>
        {heartbeat.nextAt !== null && (
          <p className="pane-hint">Next: {formatAt(heartbeat.nextAt)}</p>
        )}
        {heartbeat.result !== null && (
          <p className="pane-hint" role="status">
            Last: {resultWords[heartbeat.result]}
            {heartbeat.resultAt !== null && ` (${formatAt(heartbeat.resultAt)})`}
          </p>
        )}
      </div>
      <Button
        size="sm"
        variant="default"
        aria-label={`Check in now: ${heartbeat.agent}`}
        loading={isBusy}
        disabled={heartbeat.run !== null}
        onClick={() => void run()}
      >
        {heartbeat.run === null ? 'Check in now' : 'At work'}
      </Button>
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
    </article>
  )
}

function formatAt(time: string): string {
  const at = new Date(time)
  return `${formatDay(at, new Date())}, ${formatTime(at)}`
}
