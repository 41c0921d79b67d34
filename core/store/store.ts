import type { JobStore, OccurrenceStore } from '../scheduler/job-store.ts'
import type { AccessStore } from './access.ts'
import type { ApprovalStore } from './approvals.ts'
import type { ArrivalStore } from './arrivals.ts'
import type { AttachmentStore } from './attachments.ts'
import type { ConversationStore } from './conversations.ts'
import type { DeliveryStore } from './deliveries.ts'
import type { GenerationStore } from './generations.ts'
import type { HeartbeatStore } from './heartbeats.ts'
import type { InboxStore } from './inbox.ts'
import type { RequestStore } from './requests.ts'
import type { RunStore } from './runs.ts'
import type { SessionStore } from './sessions.ts'
import type { SteeringStore } from './steering.ts'
import type { ToolStore } from './tools.ts'
import type { Upkeep } from './upkeep.ts'
import type { UsageStore } from './usage.ts'
import type { Views } from './views.ts'

/**
 * The only durable state. Every method is one transaction; times are arguments, never read here. Methods are named
 * after the intention, because the intention is the invariant: message and run together, run and deliveries together.
 * Asynchronous, so that one process with SQLite and many processes with PostgreSQL fit alike (docs/adr/0002).
 */
export type Store = {
  readonly inbox: InboxStore
  readonly runs: RunStore
  readonly steering: SteeringStore
  readonly deliveries: DeliveryStore
  readonly sessions: SessionStore
  readonly generations: GenerationStore
  readonly heartbeats: HeartbeatStore
  readonly access: AccessStore
  readonly conversations: ConversationStore
  readonly attachments: AttachmentStore
  readonly requests: RequestStore
  readonly approvals: ApprovalStore
  readonly arrivals: ArrivalStore
  readonly tools: ToolStore
  readonly usage: UsageStore
  readonly jobs: JobStore
  readonly occurrences: OccurrenceStore
  readonly views: Views
  readonly upkeep: Upkeep
  close(): Promise<void>
}
