import { SignalChannel, type SignalOptions } from '../../channels/signal/adapter.ts'
import { systemClock } from '../../core/clock.ts'
import type { Chunk, ReplyRoute } from '../../core/model.ts'
import type { OutboundDelivery } from '../../core/ports.ts'
import {
  type SignalServer,
  type SignalServerOptions,
  startSignalServer,
} from '../servers/signal.ts'
import { RecordingHost } from './channel-host.ts'

/** Short enough for tests that wait for a failure, long enough for a busy machine. */
export const quickTiming = { readMs: 10_000, textMs: 10_000, fileMs: 20_000, keepFileMs: 0 }

export const signal = new AbortController().signal

/** A started channel, the server behind it and the host before it, all stopped together. */
export class SignalRig implements AsyncDisposable {
  readonly server: SignalServer
  readonly channel: SignalChannel
  readonly host = new RecordingHost()

  constructor(server: SignalServer, options: Partial<SignalOptions>) {
    this.server = server
    this.channel = new SignalChannel({
      name: 'signal',
      url: server.url,
      account: server.account,
      clock: systemClock,
      timing: quickTiming,
      ...options,
    })
  }

  get account(): string {
    return `signal:${this.server.self.uuid}`
  }

  /** A delivery to `chat`, or to wherever `to` says. */
  deliveryOf(
    chat: string,
    chunk: string | Chunk,
    to: Partial<ReplyRoute> = {},
    filePath?: string,
  ): OutboundDelivery {
    return {
      id: 'd1',
      key: 'd1',
      to: { channel: 'signal', account: this.account, chat, chatKind: 'dm', ...to },
      chunk: typeof chunk === 'string' ? { text: chunk } : chunk,
      ...(filePath === undefined ? {} : { filePath }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.stop()
    await this.server[Symbol.asyncDispose]()
  }
}

/** Starts a server and a channel on it that receives. */
export async function startSignalRig(
  options: Partial<SignalOptions> & { server?: SignalServerOptions } = {},
): Promise<SignalRig> {
  const { server: serverOptions, ...channelOptions } = options
  const server = await startSignalServer(serverOptions)
  const rig = new SignalRig(server, channelOptions)
  try {
    await rig.channel.start(rig.host, signal)
    await rig.host.waitFor(() => rig.host.state === 'up')
    await server.waitFor(() => server.counts.get('GET /v1/groups/{number}'))
    return rig
  } catch (error) {
    await rig[Symbol.asyncDispose]()
    throw error
  }
}
