// Loads what `jackdaw start` loads, so that its modules lie compiled in the place where main.mjs looks for them.
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
enableCompileCache(join(root, 'node_modules/.cache/jackdaw/compiled'))
for (const module of [
  'cli/program.ts',
  'cli/start.ts',
  'gateway.ts',
  'log.ts',
  'http/listener.ts',
]) {
  await import(join(import.meta.dirname, module))
}
for (const module of [
  'telegram/adapter',
  'discord/adapter',
  'signal/adapter',
  'signal/choose-source',
])
  await import(join(root, 'channels', `${module}.ts`))
for (const module of ['telegram', 'discord', 'signal', 'html'])
  await import(join(root, 'core/rendering', `${module}.ts`))
flushCompileCache()
// Nothing was started, but modules may hold handles.
process.exit(0)
