// Starts the spool: the first argument names its module, the others are the module's. Without others the module is only
// compiled, for the start after. This is JavaScript so that Node does not load what strips types (17 MB): the modules
// behind it lie stripped in the cache.
import { constants, enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Optimised code of a process that does little and lives long costs 10 MB and saves nothing anybody would notice.
for (const flag of ['--no-opt', '--no-maglev', '--no-sparkplug']) setFlagsFromString(flag)
const ours = fileURLToPath(
  new URL('../../../node_modules/.cache/jackdaw/compiled', import.meta.url),
)
if (enableCompileCache(ours).status === constants.compileCacheStatus.FAILED) enableCompileCache()
const [module, ...args] = process.argv.slice(2)
const { runSpool } = await import(pathToFileURL(module).href)
flushCompileCache()
if (args.length > 0) await runSpool(args)
