import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebChannel } from '../../channels/web/adapter.ts'
import { parseConfig } from '../../config/load.ts'
import { redactConfig } from '../../config/redact.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { RequestError } from '../../core/errors.ts'
import { Events } from '../../core/events.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import type { RunIntake } from '../../core/store/intake.ts'
import type { Store } from '../../core/store/store.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import { openStore } from '../../storage/open.ts'
import { settingsOf } from '../settings.ts'
import type { Actions, ApiContext, ChannelStatus, Webhook } from './api-context.ts'
import { fakeJobs } from './fake-jobs.ts'
import { type HttpServer, startHttp } from './server.ts'

export const testToken = 'test-token-of-thirty-two-characters'

/** The listening API over a real store and blobs in a folder of its own; only the actions are hand-written. */
export type FakeGateway = AsyncDisposable & {
  readonly http: HttpServer
  readonly store: Store
  readonly events: Events
  readonly channels: Record<string, ChannelStatus>
  readonly dir: string
  /** What was done, for example `restartChannel telegram`. */
  readonly done: string[]
  isDraining: boolean
  /** Calls the API with the token. */
  call(method: string, path: string, body?: unknown): Promise<Response>
  /** Calls without it. */
  raw(path: string, init?: RequestInit): Promise<Response>
}

export type FakeOptions = {
  readonly clock?: Clock
  readonly host?: string
  readonly port?: number
  readonly pageDir?: string
  /** YAML. */
  readonly config?: string
  readonly webhooks?: ReadonlyMap<string, Webhook>
  readonly actions?: Partial<Actions>
  readonly mcp?: NonNullable<ApiContext['mcp']>
}

/** Starts it on a free port; disposing stops it and removes its folder. */
export async function startFakeGateway(options: FakeOptions = {}): Promise<FakeGateway> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-http-'))
  const clock = options.clock ?? systemClock
  const { config } = parseConfig(options.config ?? '', undefined, { env: {}, cwd: dir, home: dir })
  const store = await openStore({ dataDir: join(dir, 'data') })
  const blobs = await DiskBlobStore.open(join(dir, 'blobs'))
  const events = new Events()
  const done: string[] = []
  const web = new WebChannel({ name: 'web', blobs, clock, maxBytes: config.media.maxBytes })
  await web.start(receiver(store, events, clock))
  const channels: Record<string, ChannelStatus> = {
    web: { type: 'web', state: 'up', since: clock.now(), detail: 'Web page', canLink: false },
  }
  const state = { isDraining: false }
  const context: ApiContext = {
    store,
    events,
    clock,
    blobs,
    web,
    version: '1.2.3',
    token: testToken,
    webhooks: options.webhooks ?? new Map(),
    configFile: {
      path: undefined,
      hash: () => 'hash-1',
      redacted: () => redactConfig(config),
      async edit(changes) {
        done.push(`edit ${changes.map(({ path }) => path).join(' ')}`)
      },
    },
    actions: { ...fakeActions(store, clock, done), ...options.actions },
    jobs: fakeJobs(store, clock, settingsOf(config)),
    ...(options.mcp && { mcp: options.mcp }),
    config: () => config,
    isDraining: () => state.isDraining,
    channels: () => channels,
    agents: () => [{ name: 'main', runtime: 'echo', detail: 'Repeats what you write.' }],
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'jackdaw_up 1\n' }),
  }
  const close = async () => {
    await web.stop()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
  const http = await startHttp(context, {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    pageDir: options.pageDir ?? join(dir, 'no-page'),
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const raw = (path: string, init: RequestInit = {}) => fetch(new URL(path, http.url), init)
  return {
    http,
    store,
    events,
    channels,
    dir,
    done,
    get isDraining() {
      return state.isDraining
    },
    set isDraining(value) {
      state.isDraining = value
    },
    raw,
    async call(method, path, body) {
      const headers: Record<string, string> = { authorization: `Bearer ${testToken}` }
      if (body === undefined) return await raw(path, { method, headers })
      headers['content-type'] = 'application/json'
      return await raw(path, { method, headers, body: JSON.stringify(body) })
    },
    async [Symbol.asyncDispose]() {
      await http.stop(0)
      await close()
    },
  }
}

/** The part of the inbox that the API needs: what comes in is stored as a run. */
function receiver(store: Store, events: Events, clock: Clock): ChannelHost {
  return {
    alive: () => undefined,
    report: () => undefined,
    places: async () => [],
    notice: async () => undefined,
    async receive(received) {
      for (const event of received) await accept(event)
    },
  }

  async function accept(event: InboundEvent): Promise<void> {
    if (event.type !== 'message') return
    const { sender, id, address, chatKind, version, text, notes, attachments, sentAt } =
      event.message
    const [accepted] = await store.inbox.accept(
      [
        {
          record: {
            kind: 'message',
            address,
            chatKind,
            author: sender,
            platformId: id,
            version,
            text,
            notes,
            attachments,
            sentAt,
          },
          intake: intakeFor(`v1:main:web:dm:${address.chat}`),
        },
      ],
      clock.now(),
    )
    if (accepted?.messageId === undefined) return
    const { messageId, disposition, runId } = accepted
    events.emit({
      type: 'message.received',
      messageId,
      platformId: id,
      address,
      chatKind,
      disposition,
      ...(runId === undefined ? {} : { runId }),
    })
  }
}

function intakeFor(sessionKey: string): RunIntake {
  return {
    as: 'run',
    agent: 'main',
    sessionKey,
    mode: 'collect',
    windowMs: 0,
    maxWindowMs: 0,
    maxAttempts: 3,
    maxQueued: 20,
    overflowNotice: () => ({ chunks: [], lane: 'control' }),
    attachmentsMs: 0,
  }
}

function fakeActions(store: Store, clock: Clock, done: string[]): Actions {
  return {
    async createRun({ text, agent, session, attachments, idempotencyKey }) {
      return await store.runs.create(
        {
          source: 'api',
          text,
          agent: agent ?? 'main',
          sessionKey: session ?? 'v1:main:api:dm:test',
          attachments,
          maxAttempts: 3,
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        },
        clock.now(),
      )
    },
    cancelRun: (id) => store.runs.requestCancel(id, clock.now()),
    async retryRun(id) {
      const result = await store.runs.again(id, 3, clock.now())
      return result === 'unknown' || result === 'not-finished'
        ? { refused: result }
        : { runId: result }
    },
    async resetSession(id) {
      await store.sessions.reset(id, clock.now())
    },
    async changeSession(id, { mode, model, agentMode, generation }) {
      if (generation !== undefined) await store.generations.resume(id, generation, clock.now())
      await store.sessions.choose(id, {
        ...(model !== undefined && { model }),
        ...(agentMode !== undefined && { mode: agentMode }),
      })
      if (mode !== undefined) await store.sessions.setMode(id, mode)
    },
    async restartChannel(name) {
      done.push(`restartChannel ${name}`)
    },
    async linkChannel(name) {
      done.push(`linkChannel ${name}`)
      return { uri: 'sgnl://linkdevice?uuid=1&pub_key=2' }
    },
    async answerApproval(id, { answer }) {
      done.push(`answer ${id} ${answer}`)
      return id === 'q1'
    },
    approvePairing: (idOrCode, isOwner) => store.access.approve(idOrCode, isOwner, clock.now()),
    rejectPairing: (id) => store.access.reject(id, clock.now()),
    async setSender({ channel, id, name }, status) {
      const sender = { account: `${channel}:1`, channel, id, name: name ?? id }
      await store.access.setSender(sender, status, clock.now())
    },
    removeSender: ({ channel, id }) => store.access.removeSender(`${channel}:1`, id, clock.now()),
    async configureConversation(id, change) {
      await store.conversations.configure(id, change)
    },
    approveChat: (address, isApproved) =>
      store.access.approveChat(address, isApproved, clock.now()),
    approveSpace: (account, spaceId, isApproved) =>
      store.access.approveSpace(account, spaceId, isApproved, clock.now()),
    addressOf: ({ channel, chat, thread }) => ({
      channel,
      account: `${channel}:1`,
      chat,
      ...(thread !== undefined && { thread }),
    }),
    async runHeartbeat(agent) {
      await store.heartbeats.demand(agent, clock.now())
      done.push(`runHeartbeat ${agent}`)
    },
    async send(to, text) {
      if (to.channel !== 'web') {
        throw new RequestError(404, 'no-such-channel', `There is no channel ${to.channel}.`)
      }
      done.push(`send ${to.chat} ${text}`)
      return ['d1']
    },
    retryDelivery: (id) => store.deliveries.again(id, clock.now()),
    async discardDelivery(id) {
      if ((await store.views.delivery(id)) === undefined) return false
      await store.deliveries.discard(id, 'by hand', clock.now())
      return true
    },
    async backup(file) {
      done.push(`backup ${file}`)
    },
  }
}
