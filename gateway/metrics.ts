import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../core/clock.ts'
import type { CoreEvent, Events } from '../core/events.ts'
import type { ChannelState } from '../core/ports.ts'
import type { Store } from '../core/store/store.ts'

const lagStepMs = 10

/** What is measured, ready to be read. */
export type Metrics = {
  /** Measures what is measured at the moment of reading, and gives everything in Prometheus' format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>
  stop(): void
}

const seconds = {
  fast: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  slow: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
}
/** Jobs with a line of their own; the rest share one. */
const maxCountedJobs = 500
const occurrenceEnds: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped'])
const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'superseded'])

/**
 * Starts counting. Counters follow core events; gauges are read from the store and the channels when somebody asks.
 * Labels are names from the configuration and words of ours, so there are few.
 */
export function startMetrics(of: {
  readonly events: Events
  readonly store: Store
  readonly clock: Clock
  channels(): Readonly<Record<string, { readonly state: ChannelState }>>
}): Metrics {
  const { store, clock } = of
  const registry = new Registry()
  const registers = [registry]
  const delay = monitorEventLoopDelay({ resolution: lagStepMs })
  delay.enable()
  const lastAlive = new Map<string, number>()

  const messages = new Counter({
    name: 'jackdaw_messages_received_total',
    help: 'Messages that came in, by what became of them.',
    labelNames: ['channel', 'disposition'],
    registers,
  })
  const runs = new Counter({
    name: 'jackdaw_runs_total',
    help: 'Runs that ended, by how.',
    labelNames: ['agent', 'state'],
    registers,
  })
  const runDuration = new Histogram({
    name: 'jackdaw_run_duration_seconds',
    help: 'From the acceptance of a run to its end.',
    buckets: seconds.slow,
    registers,
  })
  const deliveries = new Counter({
    name: 'jackdaw_deliveries_total',
    help: 'Steps of outbound messages.',
    labelNames: ['channel', 'state'],
    registers,
  })
  const latency = new Histogram({
    name: 'jackdaw_delivery_latency_seconds',
    help: 'From the queueing of an outbound message to its arrival.',
    buckets: seconds.fast,
    registers,
  })
  const tokens = new Counter({
    name: 'jackdaw_tokens_total',
    help: 'Tokens that agents used; cached ones are part of the input.',
    labelNames: ['agent', 'kind'],
    registers,
  })
  const occurrences = new Counter({
    name: 'jackdaw_occurrences_total',
    help: 'Times of jobs that ended, by how.',
    labelNames: ['job', 'state'],
    registers,
  })
  const countedJobs = new Set<string>()
  addGauge(registry, {
    name: 'jackdaw_run_queue_depth',
    help: 'Runs that wait.',
    collect: async (gauge) => gauge.set((await store.views.queue(clock.now())).depth),
  })
  addGauge(registry, {
    name: 'jackdaw_run_queue_oldest_seconds',
    help: 'How long the oldest waiting run has waited.',
    async collect(gauge) {
      const now = clock.now()
      const { oldestAt = now } = await store.views.queue(now)
      gauge.set(Math.max(0, now - oldestAt) / 1000)
    },
  })
  addGauge(registry, {
    name: 'jackdaw_db_wal_bytes',
    help: "Size of the database's write-ahead log.",
    collect: (gauge) => gauge.set(store.upkeep.walBytes()),
  })
  addGauge(registry, {
    name: 'jackdaw_event_loop_lag_seconds',
    help: 'How late timers were since the last reading, the worst in a hundred left out.',
    collect(gauge) {
      // What is recorded is the time between two looks, which are a step apart when nothing is late.
      const lag = delay.percentile(99) / 1e9 - lagStepMs / 1000
      gauge.set(Number.isFinite(lag) ? Math.max(0, lag) : 0)
      delay.reset()
    },
  })
  addGauge(registry, {
    name: 'jackdaw_channel_up',
    help: 'Whether a channel is connected.',
    labelNames: ['channel'],
    collect(gauge) {
      gauge.reset()
      for (const [channel, { state }] of Object.entries(of.channels())) {
        gauge.set({ channel }, state === 'up' ? 1 : 0)
      }
    },
  })
  addGauge(registry, {
    name: 'jackdaw_inbound_silence_seconds',
    help: 'Since a channel last proved that messages could come in.',
    labelNames: ['channel'],
    collect(gauge) {
      gauge.reset()
      for (const [channel, at] of lastAlive) {
        gauge.set({ channel }, Math.max(0, clock.now() - at) / 1000)
      }
    },
  })

  const end = of.events.subscribe((event: CoreEvent) => {
    switch (event.type) {
      case 'message.received': {
        const { disposition, address } = event
        messages.inc({ channel: address.channel, disposition })
        break
      }
      case 'run.changed':
        if (!ends.has(event.state)) break
        runs.inc({ agent: event.agent, state: event.state })
        if (event.durationMs !== undefined) runDuration.observe(event.durationMs / 1000)
        break
      case 'delivery.changed':
        deliveries.inc({ channel: event.address.channel, state: event.state })
        if (event.latencyMs !== undefined) latency.observe(event.latencyMs / 1000)
        break
      case 'occurrence.changed': {
        // A result on its way says its state again; what ended is counted once.
        if (!occurrenceEnds.has(event.state) || event.delivery === 'sent') break
        if (event.delivery === 'failed' || event.delivery === 'uncertain') break
        if (countedJobs.size < maxCountedJobs) countedJobs.add(event.jobId)
        const job = countedJobs.has(event.jobId) ? event.jobId : 'other'
        occurrences.inc({ job, state: event.state })
        break
      }
      case 'tokens.used':
        tokens.inc({ agent: event.agent, kind: 'input' }, event.inputTokens)
        tokens.inc({ agent: event.agent, kind: 'output' }, event.outputTokens)
        tokens.inc({ agent: event.agent, kind: 'cached' }, event.cachedTokens)
        break
      case 'channel.alive':
        lastAlive.set(event.channel, clock.now())
        break
      case 'channel.changed':
        if (event.state === 'off') lastAlive.delete(event.channel)
        break
    }
  })

  return {
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    stop() {
      end()
      delay.disable()
    },
  }
}

type GaugeOptions = {
  readonly name: string
  readonly help: string
  readonly labelNames?: string[]
  collect(gauge: Gauge): void | Promise<void>
}

/** A value that is read when somebody asks for it. */
function addGauge(
  registry: Registry,
  { name, help, labelNames = [], collect }: GaugeOptions,
): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        await collect(this)
      },
    }),
  )
}
