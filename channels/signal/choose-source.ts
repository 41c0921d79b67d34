import type { Clock } from '../../core/clock.ts'
import { SocketSource } from './receive/socket.ts'
import type { FrameSource, SourceOptions, Take } from './receive/source.ts'
import { SpoolSource } from './receive/spool-client.ts'
import { SignalWebhook } from './receive/webhook.ts'
import { launchSpool, requireSpool } from './spool/launch.ts'
import { defaultWebhookPort } from './spool/protocol.ts'

export type ReceivingOptions = {
  /** The channel's name in the configuration. */
  readonly name: string
  /** Who keeps messages safe until they are stored. */
  readonly spool: 'child' | 'external' | 'off'
  /** What signal-cli-rest-api posts to, besides the WebSocket; `port` is the spool's. */
  readonly webhook?: { readonly secret: string; readonly port?: number | undefined } | undefined
  readonly dataDir: string
  readonly clock: Clock
}

export type Receiving = {
  readonly source: (options: SourceOptions) => FrameSource
  /** What the gateway's own HTTP server hands posts to; the spool takes them itself. */
  readonly webhook?: SignalWebhook
}

/** How messages of one account come in, as the configuration has it: by way of the spool, or straight. */
export function chooseSource(options: ReceivingOptions): Receiving {
  const { name, spool, webhook, dataDir, clock } = options
  if (spool !== 'off') {
    const port = webhook === undefined ? 0 : (webhook.port ?? defaultWebhookPort)
    const open = (signal: AbortSignal) =>
      spool === 'child'
        ? launchSpool({ dataDir, port }, clock, signal)
        : requireSpool(dataDir, signal)
    const posts = webhook && { webhook: { name, secret: webhook.secret } }
    return { source: (common) => new SpoolSource({ ...common, ...posts, open }) }
  }
  if (webhook === undefined) return { source: (common) => new SocketSource(common) }
  const posted = new SignalWebhook({ path: `/webhooks/${name}`, secret: webhook.secret, clock })
  const source = (common: SourceOptions) => both(new SocketSource(common), posted)
  return { source, webhook: posted }
}

/** Two ways in that say the same: one batch at a time is taken, and the store knows what it has seen. */
function both(one: FrameSource, other: FrameSource): FrameSource {
  return {
    async run(take, signal) {
      let turn: Promise<unknown> = Promise.resolve()
      const inTurn: Take = (frames) => {
        const taken = turn.then(() => take(frames))
        turn = taken.catch(() => undefined)
        return taken
      }
      await Promise.all([one.run(inTurn, signal), other.run(inTurn, signal)])
    },
  }
}
