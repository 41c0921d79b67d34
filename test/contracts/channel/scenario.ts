import type { ChannelRig } from './rig.ts'

/** One promise about a channel, and how it is seen to be kept. */
export type Scenario = {
  readonly key: string
  /** As the table of guarantees says it. */
  readonly promise: string
  run(rig: ChannelRig): Promise<void>
}
