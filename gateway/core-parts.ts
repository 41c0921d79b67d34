import { randomUUID } from 'node:crypto'
import { AttachmentFetcher } from '../core/attachments.ts'
import { Channels } from '../core/channels.ts'
import type { Clock } from '../core/clock.ts'
import { commandList } from '../core/commands.ts'
import { ControlLane } from '../core/control-lane.ts'
import { Dispatcher } from '../core/dispatcher.ts'
import type { Events } from '../core/events.ts'
import { Heartbeat } from '../core/heartbeat/heartbeat.ts'
import { Housekeeping } from '../core/housekeeping.ts'
import { Inbox } from '../core/inbox.ts'
import { Outbox } from '../core/outbox.ts'
import { Owners } from '../core/owners.ts'
import type { BlobStore } from '../core/ports.ts'
import { Presence } from '../core/presence.ts'
import { Previews } from '../core/previews.ts'
import { Reconciler } from '../core/reconciler.ts'
import { Renderer } from '../core/renderer.ts'
import { JobDesk } from '../core/scheduler/job-desk.ts'
import { Scheduler } from '../core/scheduler/scheduler.ts'
import { Targets } from '../core/scheduler/targets.ts'
import { sentencesFor } from '../core/sentences.ts'
import { type Settings, streamIn } from '../core/settings.ts'
import { Spending } from '../core/spending.ts'
import type { Store } from '../core/store/store.ts'
import type { Transcriber } from '../core/transcription.ts'
import type { Agents } from './agents.ts'
import { createAsking } from './create-asking.ts'

export type CoreParts = ReturnType<typeof assembleCore>

/**
 * Puts core together: who tells whom that there is work. Everything is told by a call that never waits; the rows say
 * what the work is.
 */
export function assembleCore(around: {
  readonly store: Store
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly agents: Pick<Agents, 'runtime' | 'describe'>
  readonly settings: () => Settings
  readonly transcriber?: () => Transcriber | undefined
  /** The folder an agent works in. */
  readonly workspaceOf?: (agent: string) => string | undefined
}) {
  const { store, blobs, clock, events, agents, settings, transcriber } = around

  const channels: Channels = new Channels({
    clock,
    events,
    commands: commandList(sentencesFor(undefined)),
    receive: (batch) => inbox.receive(batch),
    places: (account, limit) => store.inbox.places(account, limit),
    notice: (channel, key, text) => owners.notice(channel, key, text),
    onUp: () => {
      outbox.wake()
      reconciler.wake()
      fetcher.wake()
    },
  })
  const renderer = new Renderer(channels, blobs)

  const outbox: Outbox = new Outbox({
    store: store.deliveries,
    inbox: store.inbox,
    access: store.access,
    blobs,
    channels,
    clock,
    events,
    settings,
    onUncertain: () => reconciler.wake(),
  })
  const onDeliveries = () => outbox.wake()
  const reconciler = new Reconciler({
    store: store.deliveries,
    blobs,
    channels,
    clock,
    events,
    onDeliveries,
  })

  const owners = new Owners({
    access: store.access,
    deliveries: store.deliveries,
    occurrences: store.occurrences,
    clock,
    events,
    settings,
    accountOf: (channel) => channels.statuses().get(channel)?.account,
    isUp: (channel) => channels.statuses().get(channel)?.state === 'up',
    onDeliveries,
  })
  events.subscribe((event) => owners.follow(event))
  const { asking, answers, questions } = createAsking({
    ...around,
    channels,
    renderer,
    owners,
    onDeliveries,
  })
  const spending: Spending = new Spending({
    usage: store.usage,
    owners: { notice: (...notice) => owners.notice(...notice) },
    clock,
    events,
    settings,
  })
  const dispatcher: Dispatcher = new Dispatcher({
    runs: store.runs,
    sessions: store.sessions,
    access: store.access,
    jobs: store.jobs,
    asking,
    ...{ blobs, clock, events },
    renderer,
    spending,
    steering: store.steering,
    settings,
    runtimeFor: (agent) => agents.runtime(agent),
    owner: randomUUID(),
    closePreview: (runId) => previews.close(runId),
    onDeliveries,
  })
  const previews: Previews = new Previews({
    runs: store.runs,
    views: store.views,
    access: store.access,
    channels,
    renderer,
    clock,
    events,
    active: () => dispatcher.active(),
    modeIn: (run, { channel }) => streamIn(settings(), channel, run.stream),
    onDeliveries,
  })
  const presence = new Presence({ channels, clock, events, dispatcher })

  const fetcher = new AttachmentFetcher({
    store: store.attachments,
    blobs,
    channels: (name) => channels.adapter(name),
    clock,
    events,
    maxBytes: () => settings().media.maxBytes,
    onStored: () => dispatcher.wake(),
    ...(transcriber && { transcriber }),
  })
  const targets = new Targets({
    conversations: store.conversations,
    inbox: store.inbox,
    owners,
    settings,
  })
  const folders = around.workspaceOf ? { workspaceOf: around.workspaceOf } : {}
  const scheduler: Scheduler = new Scheduler({
    occurrences: store.occurrences,
    targets,
    owners,
    clock,
    events,
    settings,
    owner: randomUUID(),
    onRuns: () => dispatcher.wake(),
    onDeliveries,
    ...folders,
  })
  const jobs = new JobDesk({
    jobs: store.jobs,
    targets,
    clock,
    settings,
    ...folders,
    onChange: () => scheduler.wake(),
  })
  const control = new ControlLane({
    desk: jobs,
    views: store.views,
    sessions: store.sessions,
    generations: store.generations,
    requests: store.requests,
    answers,
    heartbeats: store.heartbeats,
    spending,
    clock,
    settings,
    runtimeOf: (agent) => agents.describe(agent),
    runtimeFor: (agent) => agents.runtime(agent),
    channelNotes: (channel) => channels.notes(channel),
  })
  const inbox = new Inbox({
    store: store.inbox,
    requests: store.requests,
    arrivals: store.arrivals,
    ...{ clock, events },
    control,
    answers,
    settings,
    onRuns: () => dispatcher.wake(),
    onDeliveries,
    onAttachments: () => fetcher.wake(),
    onAbort: (runId) => dispatcher.abort(runId),
    onPairing: (pairingId, record) => void questions.askOwner(pairingId, record),
    onDigest: () => questions.wake(),
    onAnswers: (ids) => void asking.settled(ids),
    onJobs: () => scheduler.wake(),
  })
  const heartbeat = new Heartbeat({
    store: store.heartbeats,
    views: store.views,
    renderer,
    clock,
    events,
    settings,
    accountOf: (channel) => channels.statuses().get(channel)?.account,
    ownerChat: () => owners.direct('', true),
    onRuns: () => dispatcher.wake(),
    onDeliveries,
  })
  events.subscribe((event) => heartbeat.follow(event))
  const housekeeping = new Housekeeping({
    upkeep: store.upkeep,
    attachments: store.attachments,
    blobs,
    clock,
    events,
    settings,
  })
  return {
    asking,
    answers,
    channels,
    renderer,
    outbox,
    reconciler,
    dispatcher,
    presence,
    previews,
    fetcher,
    owners,
    questions,
    scheduler,
    jobs,
    inbox,
    heartbeat,
    housekeeping,
  }
}
