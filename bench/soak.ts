import { parseArgs } from 'node:util'
import { runCrashes } from '../test/rigs/crash-run.ts'

/**
 * The long crash test: `npm run soak -- --platform discord --messages 5000 --kills 200 --seed 7`. Exits 1 when a
 * promise was broken.
 */
const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: 'telegram' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    messages: { type: 'string', default: '5000' },
    chats: { type: 'string', default: '50' },
    kills: { type: 'string', default: '200' },
    faults: { type: 'string', default: '0.02' },
  },
})
const startedAt = performance.now()
const { platform } = values
if (platform !== 'telegram' && platform !== 'discord' && platform !== 'signal') {
  console.error(`--platform ${platform}: it is telegram, discord or signal.`)
  process.exit(2)
}
const report = await runCrashes({
  platform,
  seed: Number(values.seed),
  messages: Number(values.messages),
  chats: Number(values.chats),
  kills: Number(values.kills),
  faults: Number(values.faults),
  onProgress: (line) =>
    console.error(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${line}`),
})
console.log(
  JSON.stringify(
    {
      platform,
      seed: Number(values.seed),
      seconds: Math.round((performance.now() - startedAt) / 1000),
      ...report,
    },
    null,
    2,
  ),
)
const isBroken =
  report.lost.length +
    report.doubled.length +
    report.disordered.length +
    report.violations.length +
    report.strangeTexts.length >
  0
process.exit(isBroken ? 1 : 0)
