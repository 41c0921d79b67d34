import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PeerProcess } from './peer-process.ts'
import type { Peer } from './peers/peer.ts'
import { median, percentile } from './statistics.ts'
import { type Tally, TelegramLoad } from './telegram-load.ts'

/** The load of one repetition. */
export type Shape = {
  readonly chats: number
  readonly burstMessages: number
  readonly ratePerSecond: number
  readonly rateSeconds: number
  /** Not measured: lets every peer compile what it runs. */
  readonly warmUpSeconds: number
  readonly idleMs: number
  /** Messages still open when nothing was answered for this long are lost. */
  readonly stallMs: number
}

/** What one repetition of one peer measured. */
export type Sample = {
  readonly burstPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly cpuSecondsPerThousand: number
  readonly peakMb: number
  readonly idleMb: number
  /** From spawn to the first `getUpdates`. */
  readonly readyMs: number
  /** From spawn to the ready line, for a peer that prints one. */
  readonly readyLineMs: number | undefined
  readonly tally: Tally
}

/**
 * Runs one peer once, in a fresh process: ready, idle, warm-up, steady rate, burst. Data goes below `parent`, and away
 * afterwards. Throws when the peer does not start.
 */
export async function measure(peer: Peer, shape: Shape, parent: string): Promise<Sample> {
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(path.join(parent, `${peer.name}-`))
  const load = await TelegramLoad.listen()
  try {
    const plan = await peer.plan(load.apiRoot, directory)
    const contestant = new PeerProcess(plan, directory, path.join(directory, 'stderr.log'))
    try {
      const readyMs = await contestant.sinceSpawn(load.firstPollAt)
      const readyLineMs =
        plan.readyLine === undefined
          ? undefined
          : await contestant.sinceSpawn(contestant.readyLineAt)
      const idleMb = await idle(contestant, shape.idleMs)
      return { readyMs, readyLineMs, idleMb, ...(await drive(load, contestant, shape)) }
    } finally {
      await contestant.stop()
    }
  } finally {
    await load.close()
    await rm(directory, { recursive: true, force: true })
  }
}

/** The median of the second half, when starting up has died down. */
async function idle(contestant: PeerProcess, idleMs: number): Promise<number> {
  const samples: number[] = []
  const until = performance.now() + idleMs
  while (performance.now() < until) {
    samples.push(contestant.rssMb())
    await delay(50)
  }
  return median(samples.slice(Math.floor(samples.length / 2)))
}

async function drive(load: TelegramLoad, contestant: PeerProcess, shape: Shape) {
  const { chats, stallMs, ratePerSecond: perSecond } = shape
  await load.rate({ perSecond, seconds: shape.warmUpSeconds, chats, stallMs })
  const rate = await load.rate({ perSecond, seconds: shape.rateSeconds, chats, stallMs })

  const cpuBefore = contestant.cpuSeconds()
  const burst = await load.burst({ messages: shape.burstMessages, chats, stallMs })
  // A moment for what comes after the answers: the last rows written, and answers given twice.
  await delay(500)
  return {
    burstPerSecond: burst.answered / (burst.elapsedMs / 1000),
    cpuSecondsPerThousand: (contestant.cpuSeconds() - cpuBefore) / (burst.answered / 1000),
    p50Ms: percentile(rate.latenciesMs, 50),
    p95Ms: percentile(rate.latenciesMs, 95),
    p99Ms: percentile(rate.latenciesMs, 99),
    peakMb: contestant.peakMb(),
    tally: load.tally(),
  }
}
