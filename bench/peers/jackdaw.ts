import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { benchToken } from '../telegram-load.ts'
import type { Peer } from './peer.ts'

/**
 * The gateway as it ships, durable and with its default settings, except that every message is a turn of its own, as it
 * is for the other peers, and that the limits which protect an operator from a flood are lifted: as with grammY's runner,
 * every chat may have a turn at the same time.
 */
export const jackdaw: Peer = {
  name: 'jackdaw',
  title: 'Jackdaw (durable)',
  async plan(apiRoot, directory) {
    const config = path.join(directory, 'jackdaw.yaml')
    await writeFile(config, stringify(settings(apiRoot, directory)))
    return {
      args: [
        // As `npm start` runs it: a small young generation, and the parser of HTTP compiled once and not again.
        '--max-semi-space-size=4',
        '--liftoff-only',
        fileURLToPath(new URL('../../gateway/main.mjs', import.meta.url)),
        'start',
        '--config',
        config,
      ],
      env: {},
      readyLine: 'Jackdaw is ready: ',
    }
  },
}

function settings(apiRoot: string, directory: string): object {
  return {
    dataDir: path.join(directory, 'data'),
    http: { host: '127.0.0.1', port: 0 },
    agents: { main: { runtime: { type: 'echo' } } },
    channels: {
      telegram: {
        type: 'telegram',
        token: benchToken,
        apiRoot,
        access: { dm: 'open' },
      },
    },
    queue: {
      mode: 'followup',
      debounceMs: 0,
      maxQueued: 10_000,
      senderPerMinute: 0,
      concurrency: 100,
    },
  }
}
