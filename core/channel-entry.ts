import type { ChannelAdapter, ChannelState } from './ports.ts'

/** How a channel is, for people. */
export type ChannelStatus = {
  readonly type: string
  readonly state: ChannelState
  readonly since: number
  readonly detail: string
  readonly account: string | undefined
  /** Whether its account is linked with a phone (`ChannelAdapter.link`). */
  readonly canLink: boolean
  /** Last proof of inbound life. */
  readonly aliveAt: number | undefined
}

/** A configured channel with what core keeps of it; `Channels` alone changes it. */
export type ChannelEntry = {
  readonly adapter: ChannelAdapter
  status: ChannelStatus
  /** Whether it can send: started, and not stopped since. */
  isConnected: boolean
  /** What it calls itself; stands as the detail while it is up. */
  title: string
  stop: AbortController
  starting: Promise<void>
  /** Restarting and removing take turns. */
  turn: Promise<void>
  /** Resolves once the first attempt to start has ended, well or not. */
  readonly tried: PromiseWithResolvers<void>
}

/** The entry of a channel that is about to start for the first time. */
export function newChannelEntry(adapter: ChannelAdapter, now: number): ChannelEntry {
  return {
    adapter,
    status: {
      type: adapter.type,
      state: 'starting',
      since: now,
      detail: '',
      account: undefined,
      canLink: adapter.link !== undefined,
      aliveAt: undefined,
    },
    isConnected: false,
    title: '',
    turn: Promise.resolve(),
    stop: new AbortController(),
    starting: Promise.resolve(),
    tried: Promise.withResolvers(),
  }
}
