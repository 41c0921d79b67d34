import { fetchHeartbeats } from '../api-heartbeat.ts'
import { usePolled } from '../use-polled.ts'
import { HeartbeatCard } from './heartbeat-card.tsx'

const pollMs = 5_000

/** The agents' own check-ins. */
export function HeartbeatPart() {
  const { data, problem, reload } = usePolled(fetchHeartbeats, pollMs)
  return (
    <section className="pane-part" aria-labelledby="heartbeat-heading">
      <h2 className="pane-heading" id="heartbeat-heading">
        Heartbeat
      </h2>
      <p className="pane-hint">
        Agents look around by themselves, by the file <code>HEARTBEAT.md</code> in their workspace,
        and speak only when there is something to say.
      </p>
      {problem !== null && (
        <p className="pane-bad" role="alert">
          {problem}
        </p>
      )}
      <ul className="pane-list">
        {data?.map((heartbeat) => (
          <li key={heartbeat.agent}>
            <HeartbeatCard heartbeat={heartbeat} onRun={reload} />
          </li>
        ))}
      </ul>
    </section>
  )
}
