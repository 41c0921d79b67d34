import type { Asking } from '../../core/asking.ts'
import type { Channels } from '../../core/channels.ts'
import type { Clock } from '../../core/clock.ts'
import type { Dispatcher } from '../../core/dispatcher.ts'
import type { Events } from '../../core/events.ts'
import type { Outbox } from '../../core/outbox.ts'
import type { Owners } from '../../core/owners.ts'
import type { BlobStore } from '../../core/ports.ts'
import type { Renderer } from '../../core/renderer.ts'
import { timeFormatter } from '../../core/runtimes/format-time.ts'
import type { Jobs } from '../../core/scheduler/jobs.ts'
import type { Settings } from '../../core/settings.ts'
import type { Store } from '../../core/store/store.ts'
import { askUser } from '../../core/tools/ask-user.ts'
import { chatHistory } from '../../core/tools/chat-history.ts'
import { heartbeatRespond } from '../../core/tools/heartbeat-respond.ts'
import { notifyOwner } from '../../core/tools/notify-owner.ts'
import { react } from '../../core/tools/react.ts'
import { schedules } from '../../core/tools/schedules.ts'
import { sendFile } from '../../core/tools/send-file.ts'
import { sendMessage } from '../../core/tools/send-message.ts'
import { sessionInfo } from '../../core/tools/session-info.ts'
import { ToolDesk } from '../../core/tools/tool-desk.ts'

export type AgentTools = ReturnType<typeof createAgentTools>

/** Puts the tools together with what they act on. */
export function createAgentTools(around: {
  readonly store: Store
  readonly core: {
    readonly asking: Asking
    readonly channels: Channels
    readonly dispatcher: Dispatcher
    readonly outbox: Outbox
    readonly owners: Owners
    readonly renderer: Renderer
    readonly jobs?: Jobs
  }
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
  readonly timezone: () => string
  /** The folders an agent works in. */
  readonly foldersOf: (agent: string) => readonly string[]
}) {
  const { store, core, blobs, clock, events, settings, timezone, foldersOf } = around
  const { asking, channels, dispatcher, outbox, owners, renderer, jobs } = core
  const { tools, deliveries, sessions } = store
  const onDeliveries = () => outbox.wake()
  const formatTime = (at: number) => timeFormatter(timezone())(at)
  const sending = { tools, deliveries, renderer, clock, settings, onDeliveries }
  return {
    desk: new ToolDesk({ tools, clock, events, settings, active: () => dispatcher.active() }),
    sendMessage: sendMessage(sending),
    askUser: askUser({ asking, clock }),
    sendFile: sendFile({ ...sending, blobs, channels, foldersOf }),
    react: react({ tools, channels }),
    notifyOwner: notifyOwner({ owners, deliveries, renderer, clock, onDeliveries }),
    chatHistory: chatHistory({ tools, sessions, formatTime }),
    sessionInfo: sessionInfo({ tools, channels, clock, settings, formatTime, timezone }),
    heartbeatRespond: heartbeatRespond(store.heartbeats),
    schedules: jobs && schedules({ jobs, tools, clock, settings, timezone }),
  }
}
