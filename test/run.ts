// Runs every test file, or those whose path holds one of the arguments: npm test -- core/inbox
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CompactReport } from './run/compact-report.ts'
import { TestGroups } from './run/groups.ts'
import { longestFirst } from './run/longest-first.ts'
import { prepareSurroundings } from './run/surroundings.ts'
import { Watch } from './run/watch.ts'

/** Files wait a good part of their time, so two more than there are cores keep these busy. */
const defaultConcurrency = availableParallelism() + 2

const usage = `Usage: npm test -- [options] [path…]
  --concurrency N    files at a time (${defaultConcurrency})
  --file-limit S     seconds for one file (240); a single test has 120 at most
  --limit S          seconds for everything (1200)`

const maxTestMs = 120_000
/** How long processes have to end once everything was stopped. */
const farewellMs = 5000

process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      concurrency: { type: 'string', default: `${defaultConcurrency}` },
      'file-limit': { type: 'string', default: '240' },
      limit: { type: 'string', default: '1200' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const found = globSync('**/*.test.ts', {
    exclude: (path) => /(^|[\\/])(node_modules|dist|data|\.\w+)$/.test(path),
  }).filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  const files = longestFirst(found)
  if (files.length === 0) {
    console.error(`No test file matches ${positionals.join(' ') || '**/*.test.ts'}.`)
    return 2
  }
  await using _ = await prepareSurroundings()
  await using groups = await TestGroups.of(files)
  const fileMs = Number(values['file-limit']) * 1000
  return await runFiles(groups, {
    concurrency: Number(values.concurrency),
    fileMs,
    limitMs: Number(values.limit) * 1000,
  })
}

async function runFiles(
  groups: TestGroups,
  limits: { concurrency: number; fileMs: number; limitMs: number },
): Promise<number> {
  const nameOf = (file: string) => groups.nameOf(file)
  const watch = new Watch(nameOf, limits)
  const tests = run({
    files: [...groups.files],
    concurrency: limits.concurrency,
    timeout: Math.min(maxTestMs, limits.fileMs),
    signal: watch.signal,
  })
  watch.follow(tests)
  let isFailed = false
  tests.on('test:fail', ({ todo }) => {
    isFailed ||= todo === undefined || todo === false
  })
  const skipped = countSkipped(tests)
  const report = process.stdout.isTTY ? undefined : new CompactReport(nameOf, tests)
  const told = report ? tests.resume() : tests.compose(spec)
  if (!report) told.pipe(process.stdout, { end: false })

  const farewell = watch.stopped.then(() => delay(farewellMs, undefined, { ref: false }))
  await Promise.race([once(told, 'end'), farewell])
  watch.close()
  for (const [reason, count] of skipped)
    console.log(`Skipped ${count} ${count === 1 ? 'test' : 'tests'}: ${reason}`)
  if (watch.problem !== undefined) console.log(`Stopped: ${watch.problem}`)
  report?.printSummary()
  return isFailed || watch.problem !== undefined ? 1 : 0
}

/** How many tests were skipped for the same reason. */
function countSkipped(tests: ReturnType<typeof run>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  tests.on('test:pass', ({ name, skip }) => {
    if (skip === undefined || skip === false) return
    const reason = typeof skip === 'string' ? skip : name
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  })
  return counts
}
