// Jackdaw beside its peers: the same machine, the same Node, the same load, in turns. See docs/performance.md.
import { readFile, statfs, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure, type Sample, type Shape } from './measure.ts'
import { jackdaw } from './peers/jackdaw.ts'
import { type Peer, scriptPeer } from './peers/peer.ts'
import { formatAligned, formatMarkdown, replaceMarked, tabulate } from './report.ts'

const usage = `Usage: npm run bench -- [options]
  --reps N         repetitions, 5 unless said otherwise
  --only a,b       of: jackdaw, grammy, chat-sdk, bare (the ceiling of the harness; not run by default)
  --quick          a smaller load, to see that everything works; its numbers mean nothing
  --write FILE     also put the table between the marks of this Markdown file`

const full: Shape = {
  chats: 100,
  burstMessages: 5000,
  ratePerSecond: 200,
  rateSeconds: 20,
  warmUpSeconds: 2,
  idleMs: 2000,
  stallMs: 10_000,
}
const quick: Shape = { ...full, burstMessages: 1000, rateSeconds: 3, warmUpSeconds: 1, idleMs: 500 }

/** Below the checkout and not in the temporary directory, which on many machines is memory: durability must cost. */
const workDirectory = fileURLToPath(new URL('../.tmp/bench/', import.meta.url))

async function main(): Promise<void> {
  if (process.platform !== 'linux') {
    throw new Error('The benchmark reads CPU time and memory from /proc, so it runs on Linux only.')
  }
  const { values } = parseArgs({
    options: {
      reps: { type: 'string' },
      only: { type: 'string', default: 'grammy,chat-sdk,jackdaw' },
      quick: { type: 'boolean', default: false },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const peers = await choosePeers(values.only.split(','))
  const reps = parseReps(values.reps ?? (values.quick ? '1' : '5'))
  const shape = values.quick ? quick : full

  const busy = loadavg()[0] ?? 0
  if (busy > 0.5)
    console.error(
      `This machine is busy (load ${busy.toFixed(1)}): expect worse numbers than it can do.`,
    )
  const rows = tabulate(await measureInTurns(peers, reps, shape))
  const conditions = [describeLoad(shape, reps), await describeMachine()]
  console.log(`\n${formatAligned(rows)}\n\n${conditions.join('\n')}`)
  if (values.write) {
    const content = `${conditions.join('\n\n')}\n\n${formatMarkdown(rows)}`
    await writeFile(values.write, replaceMarked(await readFile(values.write, 'utf8'), content))
  }
}

/** Every repetition runs all peers, each time another one first, so that a noisy minute falls on all of them. */
async function measureInTurns(peers: readonly Peer[], reps: number, shape: Shape) {
  const results = peers.map((peer) => ({ peer, title: peer.title, samples: [] as Sample[] }))
  for (let rep = 0; rep < reps; rep++) {
    const first = rep % results.length
    for (const { peer, samples } of [...results.slice(first), ...results.slice(0, first)]) {
      const sample = await measure(peer, shape, workDirectory)
      samples.push(sample)
      const burst = Math.round(sample.burstPerSecond)
      console.error(
        `${rep + 1}/${reps} ${peer.name}: ${burst} messages/s, p50 ${sample.p50Ms.toFixed(2)} ms`,
      )
    }
  }
  return results
}

async function choosePeers(names: readonly string[]): Promise<Peer[]> {
  const known = [
    scriptPeer('grammy', `grammY ${await versionOf('grammy')} + runner`),
    scriptPeer('chat-sdk', `Chat SDK ${await versionOf('chat')}`),
    jackdaw,
    scriptPeer('bare', 'bare loop'),
  ]
  return names.map((name) => {
    const peer = known.find((each) => each.name === name)
    if (!peer) throw new Error(`There is no peer "${name}".\n${usage}`)
    return peer
  })
}

function parseReps(text: string): number {
  const reps = Number(text)
  if (!Number.isInteger(reps) || reps < 1)
    throw new Error(`--reps takes a whole number from 1, not "${text}".`)
  return reps
}

async function versionOf(name: string): Promise<string> {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return version
}

function describeLoad(shape: Shape, reps: number): string {
  const number = (value: number) => value.toLocaleString('en')
  return (
    `Median [range] of ${reps}; ${shape.chats} chats; a burst of ${number(shape.burstMessages)}; ` +
    `steady ${shape.ratePerSecond}/s for ${shape.rateSeconds} s.`
  )
}

async function describeMachine(): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const { type } = await statfs(fileURLToPath(new URL('.', import.meta.url)))
  const fileSystem = fileSystems[type] ?? `file system 0x${type.toString(16)}`
  const day = new Date().toISOString().slice(0, 10)
  return (
    `${model}, ${availableParallelism()} cores shared with the load generator, Linux ${release()}, ` +
    `${fileSystem}, Node ${process.version}, ${day}.`
  )
}

/** The numbers statfs(2) gives the file systems one is likely to meet. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
  16914836: 'tmpfs',
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
