import { suite, test } from 'node:test'
import { asking } from './channel/asking.ts'
import { failing } from './channel/failing.ts'
import type { Platform } from './channel/platform.ts'
import { receiving } from './channel/receiving.ts'
import { startChannelRig } from './channel/rig.ts'
import type { Scenario } from './channel/scenario.ts'
import { sending } from './channel/sending.ts'

/** All promises, by what they are about. */
export const channelScenarios: Readonly<Record<string, readonly Scenario[]>> = {
  Receiving: receiving,
  Sending: sending,
  Asking: asking,
  'When sending goes wrong': failing,
}

/** A channel as the suite runs it. */
export type ChannelUnderTest = {
  /** For people, for example `Telegram`. */
  readonly name: string
  start(): Promise<Platform>
  /**
   * How many scenarios run at a time: by default one. They wait for most of their time (retries, time limits, commits),
   * and each has a platform and a gateway of its own.
   */
  readonly concurrency?: number
  /** Promises that this platform makes impossible, by key, each with the reason people read. */
  readonly cannot: Readonly<Record<string, string>>
}

/** Runs every promise on a channel; what it cannot keep is skipped with its reason, and stands in the table. */
export function channelContract(channel: ChannelUnderTest): void {
  const scenarios = Object.values(channelScenarios).flat()
  suite(channel.name, { concurrency: channel.concurrency ?? 1 }, () => {
    for (const { key, promise, run } of scenarios) {
      const skip = channel.cannot[key]
      test(`${channel.name}: ${promise}`, skip === undefined ? {} : { skip }, async () => {
        await using platform = await channel.start()
        await using rig = await startChannelRig(platform)
        await run(rig)
      })
    }
  })
}
