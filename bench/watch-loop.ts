// Loaded into the gateway by `--import`: writes how long the turns of its event loop took to $JACKDAW_LOOP when it ends.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const stepMs = 200
const file = process.env['JACKDAW_LOOP']
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const seen: { at: number; longestMs: number; cpuMs: number }[] = []
  let cpu = process.cpuUsage()
  delay.enable()
  setInterval(() => {
    const { user, system } = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    seen.push({ at: Date.now(), longestMs: delay.max / 1e6, cpuMs: (user + system) / 1000 })
    delay.reset()
  }, stepMs).unref()
  process.once('exit', () => writeFileSync(file, JSON.stringify(seen)))
}
