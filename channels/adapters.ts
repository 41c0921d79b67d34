import type { ChannelConfig } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import type { BlobStore, ChannelAdapter } from '../core/ports.ts'
import { WebChannel } from './web/adapter.ts'

type Surroundings = {
  readonly clock: Clock
  readonly blobs: BlobStore
  readonly maxBytes: number
  readonly publicUrl: string
  readonly dataDir: string
}

/** Makes the adapter of one configured channel: an explicit list. A platform is loaded when somebody uses it. */
export async function createAdapter(
  name: string,
  config: ChannelConfig,
  around: Surroundings,
): Promise<ChannelAdapter> {
  const { clock, blobs, maxBytes, publicUrl, dataDir } = around
  switch (config.type) {
    case 'web':
      return new WebChannel({ name, blobs, clock, maxBytes })
    case 'telegram': {
      const { token, apiRoot, webhook } = config
      const { TelegramChannel } = await import('./telegram/adapter.ts')
      const posted = webhook && { webhook: { ...webhook, publicUrl } }
      const readsAdmins = config.access.roles.includes('admin')
      return new TelegramChannel({ name, token, apiRoot, clock, readsAdmins, ...posted })
    }
    case 'discord': {
      const { token, apiRoot, autoThread } = config
      const { DiscordChannel } = await import('./discord/adapter.ts')
      return new DiscordChannel({ name, token, apiRoot, autoThread, clock })
    }
    case 'signal': {
      const { url, account, spool, webhook } = config
      const [{ SignalChannel }, { chooseSource }] = await Promise.all([
        import('./signal/adapter.ts'),
        import('./signal/choose-source.ts'),
      ])
      const receiving = chooseSource({ name, spool, webhook, dataDir, clock })
      return new SignalChannel({ name, url, account, clock, ...receiving })
    }
  }
}
