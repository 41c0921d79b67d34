import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { WebChannel } from '../../channels/web/adapter.ts'
import type { Config } from '../../config/types.ts'
import type { Clock } from '../../core/clock.ts'
import type { Events } from '../../core/events.ts'
import type { Address, AttachmentKind, QueueMode, StoredFile } from '../../core/model.ts'
import type { BlobStore, ChannelState } from '../../core/ports.ts'
import type { Jobs } from '../../core/scheduler/jobs.ts'
import type { ApprovalResult, SenderStatus } from '../../core/store/access.ts'
import type { ChatSettingsChange } from '../../core/store/conversations.ts'
import type { Store } from '../../core/store/store.ts'
import type { AgentFacts } from '../agents.ts'
import type { Chats } from './chats.ts'
import type { EventStreams } from './event-streams.ts'

/**
 * Everything the HTTP API needs from the running gateway. Reading goes to the store; every change goes through
 * `actions`, so that what is executing hears of it.
 */
export type ApiContext = {
  readonly store: Store
  readonly events: Events
  readonly clock: Clock
  readonly blobs: BlobStore
  readonly version: string
  /** What a client must present. */
  readonly token: string
  /** Absent when the page's channel is switched off. */
  readonly web: WebChannel | undefined
  /** What platforms call, by path; these carry secrets of their own. */
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly configFile: ConfigFile
  /** The agents' tools; it asks for tokens of its own. */
  readonly mcp?: { answer(request: Request): Promise<Response> }
  readonly actions: Actions
  readonly jobs: Jobs
  config(): Config
  isDraining(): boolean
  channels(): Readonly<Record<string, ChannelStatus>>
  agents(): readonly AgentFacts[]
  /** The metrics as Prometheus reads them. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** Takes one call of a platform and says the status to answer with. A rejection is answered with 500. */
export type Webhook = (
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  query: URLSearchParams,
) => Promise<number>

export type ChannelStatus = {
  readonly type: string
  readonly state: ChannelState
  /** Since when it is in this state. */
  readonly since: number
  readonly detail: string
  readonly canLink: boolean
}

/** One key to change, written with dots as in `queue.maxQueued`; `undefined` takes the key out. */
export type ConfigChange = { readonly path: string; readonly value: unknown }

type ConfigFile = {
  /** Absent when the gateway runs without a file. */
  readonly path: string | undefined
  hash(): string
  /** The running configuration with every secret replaced. */
  redacted(): unknown
  /** Throws `ConfigConflictError` when the file is not what `expectedHash` says, `ConfigError` when it would be wrong. */
  edit(changes: readonly ConfigChange[], expectedHash: string): Promise<void>
}

export type Destination = {
  readonly channel: string
  readonly chat: string
  readonly thread?: string
}

export type RunRequest = {
  readonly text: string
  readonly agent?: string
  /** Id or key of a session; absent: one of its own. */
  readonly session?: string
  readonly attachments: readonly { readonly file: StoredFile; readonly kind: AttachmentKind }[]
  readonly idempotencyKey?: string
  readonly deliverTo?: Destination
}

/** What is absent stays; `null` goes back to the agent's own. `generation` is the conversation to go back to. */
export type SessionChange = {
  readonly mode?: QueueMode | undefined
  readonly model?: string | null | undefined
  readonly agentMode?: string | null | undefined
  readonly generation?: number | undefined
}

/** A person on one channel; `channel` is the name in the configuration. */
export type SenderRef = { readonly channel: string; readonly id: string; readonly name?: string }

/**
 * What a client may have done. Names that do not exist (a channel, an agent, a session) throw `RequestError` with a
 * sentence; an id that is unknown is said by the result.
 */
export type Actions = {
  createRun(request: RunRequest): Promise<{ readonly runId: string; readonly isDuplicate: boolean }>
  cancelRun(id: string): Promise<'cancelled' | 'executing' | 'finished' | 'unknown'>
  /** Resolves with the id of the new run. */
  retryRun(
    id: string,
  ): Promise<{ readonly runId: string } | { readonly refused: 'not-finished' | 'unknown' }>
  resetSession(id: string): Promise<void>
  changeSession(id: string, change: SessionChange): Promise<void>
  restartChannel(name: string): Promise<void>
  /** Resolves with what the QR code says. */
  linkChannel(name: string): Promise<{ readonly uri: string }>
  /** Returns false when it came too late. Throws `RequestError` for an answer that the question does not have. */
  answerApproval(
    id: string,
    answer: {
      readonly answer: string
      readonly note?: string
      readonly scope: 'session' | 'agent'
    },
  ): Promise<boolean>
  approvePairing(idOrCode: string, isOwner: boolean): Promise<ApprovalResult>
  rejectPairing(id: string): Promise<boolean>
  setSender(sender: SenderRef, status: SenderStatus): Promise<void>
  removeSender(sender: SenderRef): Promise<boolean>
  /** Throws `RequestError` for an agent that does not exist. */
  configureConversation(id: string, change: ChatSettingsChange): Promise<void>
  /** Allows (`true`), closes (`false`) or forgets (`null`). */
  approveChat(address: Address, isApproved: boolean | null): Promise<void>
  approveSpace(account: string, spaceId: string, isApproved: boolean | null): Promise<void>
  /** Throws `RequestError` for a channel that is not there, or whose account is not known yet. */
  addressOf(to: Destination): Address
  /** Asks for a check-in. Throws `RequestError` for an agent that does not exist, and while one is under way. */
  runHeartbeat(agent: string): Promise<void>
  /** Resolves with the ids of the deliveries it queued. */
  send(to: Destination, text: string): Promise<readonly string[]>
  retryDelivery(id: string): Promise<boolean>
  discardDelivery(id: string): Promise<boolean>
  /** Writes a copy of the database to an absolute path where there is no file yet. */
  backup(file: string): Promise<void>
}

/** What every route is given. */
export type Api = {
  readonly context: ApiContext
  readonly streams: EventStreams
  readonly chats: Chats
}

export type ApiApp = OpenAPIHono<{ Bindings: HttpBindings }>
