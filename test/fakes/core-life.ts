import type { CoreParts } from '../../gateway/core-parts.ts'

/** Starts core's loops as the gateway does. What is given back stops them in the gateway's order. */
export async function startCore(
  core: CoreParts,
): Promise<{ stop(grace: AbortSignal): Promise<void> }> {
  const stopping = new AbortController()
  const fetching = core.fetcher.run(stopping.signal)
  core.reconciler.start()
  await core.outbox.start()
  core.presence.start()
  core.previews.start()
  core.questions.start()
  core.heartbeat.start()
  core.housekeeping.start()
  await core.dispatcher.start()
  await core.scheduler.start()
  return {
    async stop(grace) {
      stopping.abort()
      await core.channels.pause()
      await core.scheduler.stop()
      await core.dispatcher.stop(grace)
      await core.housekeeping.stop()
      await core.heartbeat.stop()
      await core.questions.stop()
      await core.previews.stop()
      await core.presence.stop()
      await fetching
      await core.outbox.stop(grace)
      await core.reconciler.stop()
      await core.channels.stop()
    },
  }
}
