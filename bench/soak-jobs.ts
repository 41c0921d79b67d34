import { parseArgs } from 'node:util'
import { runJobCrashes } from '../test/rigs/crash-jobs.ts'

/** The long crash test of jobs: `npm run soak:jobs -- --jobs 300 --kills 40 --seed 7`. Exits 1 when a promise was broken. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    jobs: { type: 'string', default: '300' },
    kills: { type: 'string', default: '40' },
    faults: { type: 'string', default: '0.02' },
  },
})
const startedAt = performance.now()
const seed = Number(values.seed)
const report = await runJobCrashes({
  seed,
  jobs: Number(values.jobs),
  kills: Number(values.kills),
  faults: Number(values.faults),
  onProgress: (line) =>
    console.error(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${line}`),
})
const seconds = Math.round((performance.now() - startedAt) / 1000)
console.log(JSON.stringify({ seed, seconds, ...report }, null, 2))
process.exit(report.wrong.length > 0 ? 1 : 0)
