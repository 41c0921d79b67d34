// Makes dist/, or the folder that is named, for the npm package: Node strips types nowhere below node_modules, so the
// package ships JavaScript and, beside it, the files that modules look for there.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist'))
const page = 'gateway/dashboard/dist'

if (!existsSync(join(root, page, 'index.html')))
  throw new Error('The page has not been built. Run "npm run build:page" first.')

rmSync(out, { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(
  process.execPath,
  [compiler, '-p', 'tsconfig.build.json', '--outDir', out],
  { cwd: root, stdio: ['ignore', 2, 2] },
)
if (status !== 0) throw new Error('The program does not compile.')

for (const part of ['storage/sqlite/migrations', page, 'channels/signal/spool/boot.mjs'])
  cpSync(join(root, part), join(out, part), { recursive: true })

// The compiler rewrites the endings of imports, but not of addresses: the file of a worker, for example.
for (const file of globSync('**/*.js', { cwd: out })) {
  const path = join(out, file)
  const code = readFileSync(path, 'utf8')
  const mended = code.replaceAll(/(new URL\(\s*'\.[^']*)\.ts'/g, "$1.js'")
  if (mended !== code) writeFileSync(path, mended)
}

// The entry is JavaScript already.
const entry = readFileSync(join(root, 'gateway/main.mjs'), 'utf8')
writeFileSync(join(out, 'gateway/main.mjs'), entry.replaceAll("program.ts'", "program.js'"), {
  mode: 0o755,
})
