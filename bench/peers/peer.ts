import { fileURLToPath } from 'node:url'
import { benchToken } from '../telegram-load.ts'

/** How to start one contestant: everything a process needs, with nothing of this machine's own configuration. */
export type PeerPlan = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Start of the line on stdout that says it is ready, for those that say so. */
  readonly readyLine?: string
}

export type Peer = {
  readonly name: string
  /** What it is, for a table: with version and the guarantees that cost something. */
  readonly title: string
  /** Prepares a start against the Bot API at `apiRoot`; `directory` is empty, private and on a real disk. */
  plan(apiRoot: string, directory: string): Promise<PeerPlan>
}

/** A peer that is one file in this folder and takes its token and server from the environment. */
export function scriptPeer(name: string, title: string): Peer {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  return {
    name,
    title,
    plan: async (apiRoot) => ({
      args: [script],
      env: { TELEGRAM_BOT_TOKEN: benchToken, TELEGRAM_API_ROOT: apiRoot },
    }),
  }
}
