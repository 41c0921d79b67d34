// After `npm ci`, with whatever Node runs npm: builds the page, and compiles the program's modules once, so that already
// the first start is quick. The gateway itself needs no build.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vite = join(root, 'node_modules/vite/bin/vite.js')
const packagedNode = join(root, 'node_modules/.bin/node')

const isRecent = Number.parseInt(process.versions.node, 10) >= 24
const node = isRecent || !existsSync(packagedNode) ? process.execPath : packagedNode

if (existsSync(vite)) {
  const build = spawnSync(node, [vite, 'build', 'gateway/dashboard', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  process.exitCode = build.status ?? 1
} else {
  console.error('The page was not built because its development packages are not installed.')
}

// A failure costs the first start some time and nothing else, so it is not one of the installation. An older Node than
// the program's cannot do it. The flag is that of `npm start`: what was compiled under other flags does not count.
if (isRecent || node === packagedNode) {
  const compile = (...args) => spawnSync(node, args, { cwd: root, stdio: ['ignore', 2, 2] })
  compile('--max-semi-space-size=4', '--liftoff-only', join(root, 'gateway/warm.mjs'))
  // The spool of Signal is a process of its own, with flags of its own; without a place it only compiles.
  const spool = join(root, 'channels/signal/spool')
  compile('--max-semi-space-size=1', join(spool, 'boot.mjs'), join(spool, 'process.ts'))
}
