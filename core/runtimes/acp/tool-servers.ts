import { isAbsolute } from 'node:path'
import { findProgram } from '../find-program.ts'
import type { ToolServer } from '../tool-server.ts'
import type { Said } from './said.ts'

/** The tool servers of a session as the agent starts them itself; those on HTTP only where it can use them. */
export function toolServersFor(
  servers: readonly ToolServer[],
  options: { readonly takesHttp: boolean; readonly path: string },
): readonly Said[] {
  return servers.flatMap((server): Said[] => {
    if ('url' in server) {
      if (!options.takesHttp) return []
      const { name, url } = server
      return [{ type: 'http', name, url, headers: pairs(server.headers) }]
    }
    const [program = '', ...args] = server.command
    const found = isAbsolute(program) ? program : findProgram(program, options.path)
    // The protocol has no folder for them, so a shell goes there first.
    const words = ['-c', 'cd "$0" && exec "$@"', server.cwd, found ?? program, ...args]
    return [{ name: server.name, command: '/bin/sh', args: words, env: pairs(server.env) }]
  })
}

function pairs(values: Readonly<Record<string, string>>): readonly Said[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}
