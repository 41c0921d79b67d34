import { tmpdir } from 'node:os'
import { systemClock } from '../../core/clock.ts'
import { type OpenCodeOptions, OpenCodeRuntime } from '../../core/runtimes/opencode/runtime.ts'
import { foreignServer } from '../../core/runtimes/opencode/server.ts'

/** The runtime for the server at `url`, which looks more often and gives up sooner than in earnest. */
export function makeOpenCodeRuntime(
  url: string,
  options: Partial<OpenCodeOptions> & { readonly password?: string } = {},
): OpenCodeRuntime {
  const { password = '', limits, ...rest } = options
  return new OpenCodeRuntime({
    server: foreignServer({ url, username: 'opencode', password }, tmpdir()),
    directory: '/work',
    instructions: '',
    clock: systemClock,
    formatTime: (at) => new Date(at).toISOString(),
    ...rest,
    limits: { pollMs: 50, startMs: 400, idleMs: 100, awayMs: 5_000, ...limits },
  })
}
