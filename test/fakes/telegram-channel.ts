import { TelegramChannel, type TelegramOptions } from '../../channels/telegram/adapter.ts'
import { systemClock } from '../../core/clock.ts'
import type { Chunk, ReplyRoute } from '../../core/model.ts'
import type { OutboundDelivery } from '../../core/ports.ts'
import {
  startTelegramServer,
  type TelegramServer,
  type TelegramServerOptions,
} from '../servers/telegram.ts'
import { RecordingHost } from './channel-host.ts'

/** Short enough for tests that wait for a failure, long enough for a busy machine. */
export const quickTiming = {
  pollMs: 20_000,
  answerMs: 5_000,
  minBackoffMs: 10,
  maxBackoffMs: 50,
  conflictBackoffMs: 10,
}

export const signal = new AbortController().signal

/** A started channel, the server behind it and the host before it, all stopped together. */
export class TelegramRig implements AsyncDisposable {
  readonly server: TelegramServer
  readonly channel: TelegramChannel
  readonly host = new RecordingHost()

  constructor(server: TelegramServer, options: Partial<TelegramOptions>) {
    this.server = server
    this.channel = new TelegramChannel({
      name: 'telegram',
      token: server.token,
      apiRoot: server.url,
      clock: systemClock,
      timing: quickTiming,
      ...options,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.stop()
    await this.server[Symbol.asyncDispose]()
  }
}

/** Starts a server and a channel on it, with one private chat (5) in which somebody has said hello. */
export async function startRig(
  options: Partial<TelegramOptions> & { server?: TelegramServerOptions } = {},
): Promise<TelegramRig> {
  const { server: serverOptions, ...channelOptions } = options
  const server = await startTelegramServer(serverOptions)
  const rig = new TelegramRig(server, channelOptions)
  server.says(5, 'hello')
  try {
    await rig.channel.start(rig.host, signal)
    await rig.host.waitFor(() => rig.host.state === 'up')
    return rig
  } catch (error) {
    await rig[Symbol.asyncDispose]()
    throw error
  }
}

let deliveries = 0

/** A delivery to chat 5, or to wherever `to` says. */
export function deliveryOf(
  chunk: string | Chunk,
  to: Partial<ReplyRoute> = {},
  filePath?: string,
): OutboundDelivery {
  const id = `d${++deliveries}`
  return {
    id,
    key: id,
    to: { channel: 'telegram', account: 'telegram:7000001', chat: '5', chatKind: 'dm', ...to },
    chunk: typeof chunk === 'string' ? { text: chunk } : chunk,
    ...(filePath === undefined ? {} : { filePath }),
  }
}
