import type { Config } from '../../config/types.ts'
import type { OwnTools } from '../agents.ts'
import type { McpEndpoint } from './endpoint.ts'
import type { ToolTokens } from './tokens.ts'

/** The gateway's tools as runtimes are given them. `url` is the gateway's own, once it listens. */
export function ownTools(parts: {
  readonly tokens: ToolTokens
  readonly catalog: () => McpEndpoint['catalog']
  readonly url: () => string | undefined
}): OwnTools {
  return {
    server(agent, sessionId) {
      const url = parts.url()
      if (url === undefined) return undefined
      const token = parts.tokens.mint({ agent, ...(sessionId !== undefined && { sessionId }) })
      const headers = { Authorization: `Bearer ${token}` }
      return { name: 'jackdaw', url: new URL('mcp', reachable(url)).href, headers }
    },
    definitions: async () =>
      parts.catalog().map(({ name, description, schema }) => {
        return { name, description, schema: schema() }
      }),
  }
}

/** The folders an agent works in: its workspace, and where its runtime works if that is elsewhere. */
export function foldersOf(config: Config, agent: string): readonly string[] {
  const found = config.agents[agent]
  if (!found) return []
  const { runtime, workspace } = found
  const own =
    runtime.type === 'opencode' ? runtime.directory : runtime.type === 'acp' ? runtime.cwd : ''
  return own === '' || own === workspace ? [workspace] : [own, workspace]
}

/** Agents run on this machine: where the gateway listens on every address, they call this one. */
function reachable(url: string): string {
  const address = new URL(url)
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1'
  if (address.hostname === '[::]') address.hostname = '[::1]'
  return address.href
}
