/** The files that take longest, begun first: what is left at the end is short, and no core waits for one long file. */
const longest = [
  'test/stopped-agent',
  'test/opencode-tools',
  'storage/sqlite/store',
  'gateway/cli/commands',
  'test/crash',
  'channels/signal/contract',
  'test/package',
  'core/scheduler/many-due',
  'test/opencode',
  'test/page',
  'gateway/dashboard/page',
  'test/opencode-acp',
  'test/opencode-chat',
  'test/opencode-acp-chat',
  'gateway/dashboard/places-layout',
  'channels/telegram/contract',
  'channels/discord/contract',
  'core/runtimes/acp/start',
  'gateway/dashboard/questions',
  'gateway/dashboard/jobs',
  'test/crash-jobs',
  'channels/telegram/poll',
  'core/rendering/rendering.property',
  'gateway/dashboard/usage',
  'core/heartbeat/heartbeat',
].map((name) => `${name}.test.ts`)

/** Puts the longest files first, as far as they are among `files`. */
export function longestFirst(files: readonly string[]): readonly string[] {
  const placeOf = (file: string) => {
    const place = longest.indexOf(file)
    return place < 0 ? longest.length : place
  }
  return files.toSorted((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
}
