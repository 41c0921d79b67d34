import { join, resolve } from 'node:path'
import { editConfig } from '../config/edit.ts'
import type { LoadedConfig, LoadOptions } from '../config/load.ts'
import { redactConfig } from '../config/redact.ts'
import { watchConfig } from '../config/watch.ts'
import { systemClock } from '../core/clock.ts'
import { Events } from '../core/events.ts'
import { createTranscriber } from '../core/runtimes/openai/transcribe.ts'
import { DiskBlobStore } from '../storage/blobs.ts'
import { lockDataDir } from '../storage/lock.ts'
import { openStore } from '../storage/open.ts'
import { createActions } from './actions.ts'
import { Agents } from './agents.ts'
import { checkDatabase } from './check-database.ts'
import { coreLife } from './core-life.ts'
import { assembleCore } from './core-parts.ts'
import { Endpoints } from './endpoints.ts'
import { settleHeap } from './heap.ts'
import type { ApiContext } from './http/api-context.ts'
import { type HttpServer, startHttp } from './http/server.ts'
import { Lifecycle, type Part } from './lifecycle.ts'
import { LiveConfig } from './live-config.ts'
import type { Log } from './log.ts'
import { logEvents } from './log-events.ts'
import { createAgentTools } from './mcp/agent-tools.ts'
import { McpEndpoint } from './mcp/endpoint.ts'
import { foldersOf, ownTools } from './mcp/own-tools.ts'
import { ToolTokens, toolKey } from './mcp/tokens.ts'
import { startMetrics } from './metrics.ts'
import { accessToken, removeRunFile, wasKilled, writeRunFile } from './run-file.ts'

export type GatewayOptions = {
  readonly loaded: LoadedConfig
  /** How `loaded` was found, to find it again when it changes. */
  readonly loadOptions: LoadOptions
  readonly version: string
  /** Makes the log once the secrets to keep out of it are known. */
  readonly openLog: (secrets: readonly string[]) => Log
}

/** A running gateway. */
export type Gateway = AsyncDisposable & {
  /** For example `http://127.0.0.1:7700/`. */
  readonly url: string
  /** A link that signs a browser in once, within ten minutes. */
  oneTimeLink(): string
  /** Stops receiving, lets what runs finish within `shutdown.graceMs`, then closes everything. */
  stop(): Promise<void>
}

/** Work that is left to do once people are served. */
const settleMs = 500
/** How long open requests may take once everything else has stopped. */
const httpGraceMs = 1000

/**
 * Builds the gateway and starts it: this function is the architecture. Resolves when it is ready. Throws `StoreError`
 * and `StartError` for what a person has to mend; whatever had started is stopped again.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { loaded, loadOptions, version } = options
  const { dataDir } = loaded.config
  await using undo = new AsyncDisposableStack()

  const lock = await lockDataDir(dataDir)
  undo.defer(() => lock.release())
  const isAfterCrash = wasKilled(dataDir)
  const token = await accessToken(loaded.config.http.token, dataDir)
  const log = options.openLog([token])
  undo.defer(() => log.close())

  const clock = systemClock
  let http: HttpServer | undefined
  const events = new Events()
  undo.defer(logEvents(events, log))
  const store = await openStore({ dataDir, url: loaded.config.storage.url })
  undo.defer(() => store.close())
  const blobs = await DiskBlobStore.open(join(dataDir, 'attachments'))

  const tokens = new ToolTokens(await toolKey(dataDir), clock)
  const agents = new Agents({
    clock,
    env: loadOptions.env,
    own: ownTools({ tokens, catalog: () => mcp.catalog, url: () => http?.url }),
    onChoice: (agent, reason, hint) =>
      log.info({ agent, ...(hint !== undefined && { hint }) }, reason),
  })
  const settings = () => live.settings
  const transcriber = () => {
    const { transcribe } = live.config.media
    return transcribe && createTranscriber(transcribe)
  }
  const workspaceOf = (agent: string) => live.config.agents[agent]?.workspace
  const core = assembleCore({
    ...{ store, blobs, clock, events, agents, settings, transcriber },
    workspaceOf,
  })
  const mcp: McpEndpoint = new McpEndpoint({
    tools: createAgentTools({
      store,
      core,
      blobs,
      clock,
      events,
      settings,
      timezone: () => live.config.timezone,
      foldersOf: (agent) => foldersOf(live.config, agent),
    }),
    tokens,
    events,
    version,
  })
  const endpoints = new Endpoints()
  const live: LiveConfig = new LiveConfig(loaded, {
    channels: core.channels,
    agents,
    clock,
    blobs,
    onAdapter: (adapter) => endpoints.adopt(adapter),
    onApplied: () => {
      core.dispatcher.wake()
      core.heartbeat.wake()
    },
  })
  const applyConfig = async (next: LoadedConfig) => {
    for (const line of (await live.apply(next)).lines) log.info(line)
  }

  const stopping = new AbortController()
  const channels = () => Object.fromEntries(core.channels.statuses())
  const metrics = startMetrics({ events, store, clock, channels })
  const context: ApiContext = {
    store,
    events,
    clock,
    blobs,
    version,
    token,
    channels,
    webhooks: endpoints.webhooks,
    mcp,
    jobs: core.jobs,
    get web() {
      return endpoints.web
    },
    configFile: {
      path: loaded.file,
      hash: () => live.loaded.hash,
      redacted: () => redactConfig(live.config),
      async edit(changes, expectedHash) {
        const file = live.loaded.file ?? resolve(loadOptions.cwd, 'jackdaw.yaml')
        await applyConfig(await editConfig(file, changes, { ...loadOptions, expectedHash }))
      },
    },
    actions: createActions({
      ...core,
      store,
      clock,
      settings,
      hasAgent: (name) => Object.hasOwn(live.config.agents, name),
      runtimeFor: (name) => agents.runtime(name),
    }),
    config: () => live.config,
    isDraining: () => stopping.signal.aborted,
    agents: () => agents.list(),
    metrics: () => metrics.read(),
  }

  const grace = new AbortController()
  const life = new Lifecycle()
  const parts: readonly Part[] = [
    {
      name: 'http',
      async start() {
        await live.makeAdapters()
        http = await startHttp(context, live.config.http)
      },
      async stop() {
        metrics.stop()
        await http?.stop(httpGraceMs)
      },
    },
    ...coreLife(core, agents, live, stopping.signal, grace.signal),
  ]
  let isListed = false
  const stopAll = async () => {
    stopping.abort()
    const stopped = new AbortController()
    void clock.sleep(live.config.shutdown.graceMs, stopped.signal).then(() => grace.abort())
    await life.stop()
    stopped.abort()
    // Last, so that whoever asks while it drains still finds it, and a kill while it drains counts as one.
    if (isListed) removeRunFile(dataDir)
  }
  undo.defer(stopAll)
  await life.start(parts)

  const url = http?.url ?? ''
  await writeRunFile(dataDir, url)
  isListed = true
  for (const notice of loaded.notices) log.warn(notice)
  void watchConfig(
    { load: loadOptions, current: loaded, sleep: clock.sleep, signal: stopping.signal },
    (change) => {
      const failed = (error: unknown) =>
        log.error({ err: error }, 'the edited configuration is refused; the running one stays')
      if ('error' in change) failed(change.error)
      else applyConfig(change).catch(failed)
    },
  )
  if (isAfterCrash) void checkDatabase(loaded.config.storage.url, log)
  void clock.sleep(settleMs, stopping.signal).then(settleHeap)

  const running = undo.move()
  const stop = () => running.disposeAsync()
  return { url, oneTimeLink: () => http?.oneTimeLink() ?? url, stop, [Symbol.asyncDispose]: stop }
}
