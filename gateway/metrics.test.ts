import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Events } from '../core/events.ts'
import type { ChannelState } from '../core/ports.ts'
import { openStore } from '../storage/open.ts'
import { ManualClock } from '../test/fakes/manual-clock.ts'
import { startMetrics } from './metrics.ts'

async function setUp(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-metrics-'))
  const store = await openStore({ dataDir: dir })
  const events = new Events()
  const clock = new ManualClock()
  const channels: Record<string, { state: ChannelState }> = {}
  const metrics = startMetrics({ events, store, clock, channels: () => channels })
  t.after(async () => {
    metrics.stop()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })
  return { store, events, clock, channels, metrics }
}

const address = { channel: 'telegram', account: 'telegram:1', chat: '5' }

test('every name of the contract is there from the start', async (t) => {
  const { metrics } = await setUp(t)
  const { text, contentType } = await metrics.read()
  assert.match(contentType, /^text\/plain/)
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  assert.deepEqual(names.toSorted(), [
    'jackdaw_channel_up',
    'jackdaw_db_wal_bytes',
    'jackdaw_deliveries_total',
    'jackdaw_delivery_latency_seconds',
    'jackdaw_event_loop_lag_seconds',
    'jackdaw_inbound_silence_seconds',
    'jackdaw_messages_received_total',
    'jackdaw_occurrences_total',
    'jackdaw_run_duration_seconds',
    'jackdaw_run_queue_depth',
    'jackdaw_run_queue_oldest_seconds',
    'jackdaw_runs_total',
    'jackdaw_tokens_total',
  ])
})

test('what happens is counted', async (t) => {
  const { events, metrics } = await setUp(t)
  const run = { type: 'run.changed', runId: 'r1', agent: 'main' } as const
  events.emit({
    type: 'message.received',
    messageId: 'm1',
    platformId: '76',
    address,
    chatKind: 'dm',
    disposition: 'run',
  })
  events.emit({ ...run, event: 'run.started', state: 'running' })
  events.emit({ ...run, event: 'run.completed', state: 'completed', durationMs: 1500 })
  events.emit({
    type: 'delivery.changed',
    deliveryId: 'd1',
    runId: 'r1',
    address,
    state: 'sent',
    latencyMs: 80,
  })
  events.emit({
    type: 'tokens.used',
    agent: 'main',
    inputTokens: 7,
    outputTokens: 3,
    cachedTokens: 5,
  })
  const { text } = await metrics.read()
  const lines = [
    'jackdaw_messages_received_total{channel="telegram",disposition="run"} 1',
    'jackdaw_runs_total{agent="main",state="completed"} 1',
    'jackdaw_run_duration_seconds_sum 1.5',
    'jackdaw_deliveries_total{channel="telegram",state="sent"} 1',
    'jackdaw_delivery_latency_seconds_count 1',
    'jackdaw_tokens_total{agent="main",kind="input"} 7',
    'jackdaw_tokens_total{agent="main",kind="output"} 3',
    'jackdaw_tokens_total{agent="main",kind="cached"} 5',
  ]
  for (const line of lines) assert.ok(text.includes(`${line}\n`), line)
  assert.doesNotMatch(text, /state="running"/)
})

test('the queue and the channels are as they are when somebody asks', async (t) => {
  const { store, events, clock, channels, metrics } = await setUp(t)
  const run = {
    source: 'api',
    text: 'a',
    agent: 'main',
    sessionKey: 'k',
    attachments: [],
    maxAttempts: 1,
  } as const
  await store.runs.create(run, clock.now())
  channels['telegram'] = { state: 'up' }
  channels['web'] = { state: 'retrying' }
  events.emit({ type: 'channel.alive', channel: 'telegram' })
  await clock.advance(3000)
  const { text } = await metrics.read()
  const lines = [
    'jackdaw_run_queue_depth 1',
    'jackdaw_run_queue_oldest_seconds 3',
    'jackdaw_channel_up{channel="telegram"} 1',
    'jackdaw_channel_up{channel="web"} 0',
    'jackdaw_inbound_silence_seconds{channel="telegram"} 3',
  ]
  for (const line of lines) assert.ok(text.includes(`${line}\n`), line)
  delete channels['telegram']
  assert.doesNotMatch((await metrics.read()).text, /channel_up\{channel="telegram"\}/)
})
