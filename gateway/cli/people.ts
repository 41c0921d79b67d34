import type { ChannelConfig, Config } from '../../config/types.ts'
import type { SenderStatus } from '../../core/store/access.ts'
import { CliError } from './cli-error.ts'
import type { Client } from './client.ts'

type Person = {
  readonly channel: string
  readonly id: string
  readonly name: string
  readonly status: SenderStatus
}

/** Who is known to the gateway, wherever that is read and written. */
export type People = {
  list(): Promise<readonly Person[]>
  set(channel: string, id: string, status: SenderStatus, name: string | undefined): Promise<void>
}

/** The people as the running gateway knows them. */
export function peopleByApi(client: Client): People {
  return {
    async list() {
      return (await client.get<{ items: Person[] }>('senders')).items
    },
    async set(channel, id, status, name) {
      await client.call('PATCH', 'senders', { channel, id, status, name })
    },
  }
}

/** The people in the store of a stopped gateway, which cannot start until this is disposed. Throws `StoreError`. */
export async function peopleInStore(config: Config): Promise<People & AsyncDisposable> {
  const { lockDataDir } = await import('../../storage/lock.ts')
  const { openStore } = await import('../../storage/open.ts')
  const lock = await lockDataDir(config.dataDir)
  const store = await openStore({ dataDir: config.dataDir, url: config.storage.url }).catch(
    async (error: unknown) => {
      await lock.release()
      throw error
    },
  )
  return {
    list: () => store.access.senders(),
    async set(channel, id, status, name) {
      const known = (await store.access.senders()).find((one) => one.channel === channel)
      const account = known?.account ?? accountOf(config.channels[channel])
      if (account === undefined) {
        throw new CliError(
          `The account of channel ${channel} is not known before its first connection. Start the gateway once, then repeat this.`,
        )
      }
      await store.access.setSender({ account, channel, id, name: name ?? id }, status, Date.now())
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await lock.release()
    },
  }
}

/** The account of a channel that never connected, where its configuration says enough. */
function accountOf(channel: ChannelConfig | undefined): string | undefined {
  if (channel?.type === 'web') return 'web'
  // A bot's token begins with the bot's own id.
  const bot = channel?.type === 'telegram' ? /^(\d+):/.exec(channel.token)?.[1] : undefined
  return bot === undefined ? undefined : `telegram:${bot}`
}
