// Builds the page after `npm ci`, with whatever Node runs npm; the gateway itself needs no build.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vite = join(root, 'node_modules/vite/bin/vite.js')
const packagedNode = join(root, 'node_modules/.bin/node')

if (existsSync(vite)) {
  const isRecent = Number.parseInt(process.versions.node, 10) >= 24
  const node = isRecent || !existsSync(packagedNode) ? process.execPath : packagedNode
  const build = spawnSync(node, [vite, 'build', 'gateway/dashboard', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  process.exitCode = build.status ?? 1
} else {
  console.error('The page was not built because its development packages are not installed.')
}
