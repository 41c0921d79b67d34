import type { Agents } from './agents.ts'
import type { CoreParts } from './core-parts.ts'
import type { Part } from './lifecycle.ts'
import type { LiveConfig } from './live-config.ts'
import { tickEveryMinute } from './minute-tick.ts'

/** Core's loops as parts of the gateway, in the order in which they start; they stop the other way round. */
export function coreLife(
  core: CoreParts,
  agents: Agents,
  live: LiveConfig,
  stopping: AbortSignal,
  grace: AbortSignal,
): readonly Part[] {
  const {
    channels,
    reconciler,
    outbox,
    fetcher,
    presence,
    previews,
    questions,
    heartbeat,
    housekeeping,
    dispatcher,
    scheduler,
  } = core
  let ticking: Promise<() => Promise<void>> | undefined
  let fetching: Promise<void> = Promise.resolve()
  const loop = (name: string, part: { start(): void; stop(): Promise<void> }): Part => ({
    name,
    start: async () => part.start(),
    stop: () => part.stop(),
  })
  return [
    { name: 'channels', start: async () => undefined, stop: () => channels.stop() },
    loop('reconciler', reconciler),
    { name: 'outbox', start: () => outbox.start(), stop: () => outbox.stop(grace) },
    {
      name: 'attachments',
      async start() {
        fetching = fetcher.run(stopping)
      },
      stop: () => fetching,
    },
    loop('presence', presence),
    loop('previews', previews),
    loop('questions', questions),
    loop('heartbeat', heartbeat),
    loop('housekeeping', housekeeping),
    {
      name: 'dispatcher',
      async start() {
        agents.use(live.config)
        await dispatcher.start()
      },
      async stop() {
        await dispatcher.stop(grace)
        await agents.close()
      },
    },
    {
      name: 'scheduler',
      async start() {
        await scheduler.start()
        ticking = tickEveryMinute(() => scheduler.tick())
      },
      async stop() {
        await (await ticking)?.()
        await scheduler.stop()
      },
    },
    {
      name: 'receiving',
      async start() {
        live.startChannels()
        await channels.settled()
      },
      stop: () => channels.pause(),
    },
  ]
}
