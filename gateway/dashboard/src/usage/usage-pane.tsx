import { SegmentedControl } from '@mantine/core'
import { useCallback, useState } from 'react'
import { type Config, fetchConfig } from '../api-config.ts'
import { fetchUsage, type Usage, type UsageDimension } from '../api-usage.ts'
import { Pane } from '../pane.tsx'
import { usePolled } from '../use-polled.ts'
import { UsageLimits } from './usage-limits.tsx'
import { UsageSums } from './usage-sums.tsx'
import { UsageTable } from './usage-table.tsx'
import './usage.css'

const pollMs = 30_000
const dayMs = 86_400_000

const spans = [
  { value: '1', label: 'Today' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
]
const dimensions: { value: UsageDimension; label: string }[] = [
  { value: 'agent', label: 'Agent' },
  { value: 'model', label: 'Model' },
  { value: 'sender', label: 'Person' },
  { value: 'job', label: 'Job' },
]

type Loaded = {
  readonly by: UsageDimension
  readonly config: Config
  readonly usage: Usage
  readonly today: Usage
}

/** What agents cost, by what, and how much of today's limits is left. */
export function UsagePane() {
  const [days, setDays] = useState('1')
  const [by, setBy] = useState<UsageDimension>('agent')
  const load = useCallback((signal: AbortSignal) => loadUsage(by, Number(days), signal), [by, days])
  const { data, problem } = usePolled(load, pollMs)
  return (
    <Pane title="Usage" problem={problem} isLoading={data === null}>
      <div className="pane-part">
        <div className="pane-head">
          <SegmentedControl data={spans} value={days} onChange={setDays} aria-label="Time" />
        </div>
        {data && <UsageSums sum={data.usage.total} />}
      </div>
      <section className="pane-part" aria-label="Who and what">
        <SegmentedControl
          className="usage-by"
          data={dimensions}
          value={by}
          onChange={setBy}
          aria-label="By"
        />
        {data && <UsageTable usage={data.usage} by={data.by} />}
      </section>
      {data && <UsageLimits config={data.config} today={data.today} />}
    </Pane>
  )
}

async function loadUsage(by: UsageDimension, days: number, signal: AbortSignal): Promise<Loaded> {
  const config = await fetchConfig(signal)
  const [usage, today] = await Promise.all([
    fetchUsage(by, dateBefore(days - 1, config.timezone), signal),
    fetchUsage('agent', dateBefore(0, config.timezone), signal),
  ])
  return { by, config, usage, today }
}

/** A calendar day counted back from today's, where the gateway is: `2026-03-27`. */
function dateBefore(days: number, timeZone: string): string {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date())
  return new Date(Date.parse(today) - days * dayMs).toISOString().slice(0, 10)
}
