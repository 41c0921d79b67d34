import type { ChannelConfig } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import type { BlobStore, ChannelAdapter } from '../core/ports.ts'
import { TelegramChannel } from './telegram/adapter.ts'
import { WebChannel } from './web/adapter.ts'

type Surroundings = {
  readonly clock: Clock
  readonly blobs: BlobStore
  readonly maxBytes: number
  readonly publicUrl: string
}

/** Makes the adapter of one configured channel: an explicit list. Undefined for a platform that comes later. */
export function createAdapter(
  name: string,
  config: ChannelConfig,
  around: Surroundings,
): ChannelAdapter | undefined {
  const { clock, blobs, maxBytes, publicUrl } = around
  switch (config.type) {
    case 'telegram': {
      const { token, apiRoot, webhook } = config
      return new TelegramChannel({
        name,
        token,
        apiRoot,
        clock,
        ...(webhook && { webhook: { ...webhook, publicUrl } }),
      })
    }
    case 'web':
      return new WebChannel({ name, blobs, clock, maxBytes })
    case 'discord':
    case 'signal':
      return undefined
  }
}
