import type { Clock } from '../../core/clock.ts'
import type { CoreEvent, Events } from '../../core/events.ts'
import { Wakeup } from '../../core/wakeup.ts'
import type { StreamClient } from './event-streams.ts'

/** Looked at this often without a hint, for what another process wrote. */
const lookMs = 15_000

/**
 * Keeps a stream up with the store: calls `sendNew` at once, then whenever a core event concerns it, until the
 * reader has gone. `sendNew` says whether there is more. Nothing that happens meanwhile is missed.
 */
export async function follow(
  of: {
    readonly client: StreamClient
    readonly events: Events
    readonly clock: Clock
    concerns(event: CoreEvent): boolean
  },
  sendNew: () => Promise<boolean>,
): Promise<void> {
  const { client, events, clock } = of
  const wakeup = new Wakeup(clock)
  const end = events.subscribe((event) => {
    if (of.concerns(event)) wakeup.wake()
  })
  try {
    while (!client.signal.aborted) {
      if (await sendNew()) await client.drained()
      else await wakeup.sleep(clock.now() + lookMs, client.signal)
    }
  } finally {
    end()
  }
}
