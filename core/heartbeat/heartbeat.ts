/**
 * The agents' own check-ins. Invariants: what is due, under way and told are rows, so a check-in is one run or none,
 * and what it has to say is told once; nobody is asked while there is nothing to look at.
 */
import type { Clock } from '../clock.ts'
import type { CoreEvent, Events } from '../events.ts'
import type { Settings } from '../settings.ts'
import type { HeartbeatResult, HeartbeatRow, HeartbeatStore } from '../store/heartbeats.ts'
import { Wakeup } from '../wakeup.ts'
import { isActive, nextActive } from './active-hours.ts'
import { HeartbeatEnds, type HeartbeatEndsParts } from './heartbeat-ends.ts'
import { readHeartbeatFile } from './heartbeat-file.ts'
import { heartbeatPrompt } from './heartbeat-prompt.ts'
import type { HeartbeatSettings } from './heartbeat-settings.ts'
import { localDay, localTime } from './local-time.ts'
import { ownerIds } from './owner-ids.ts'

/** The backstop: a clock that was set or a machine that slept is noticed after so long. */
const roundMs = 60_000
const busyMs = 2 * 60_000

type Parts = HeartbeatEndsParts & {
  readonly store: HeartbeatStore
  readonly clock: Clock
  readonly events: Events
  readonly settings: () => Settings
  readonly accountOf: (channel: string) => string | undefined
  /** A run was queued. */
  readonly onRuns: () => void
}

export class Heartbeat {
  readonly #parts: Parts
  readonly #ends: HeartbeatEnds
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #underWay = new Set<string>()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#ends = new HeartbeatEnds(parts)
    this.#wakeup = new Wakeup(parts.clock)
  }

  start(): void {
    this.#loop = this.#run(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  /** Something may have changed. Never waits. */
  wake(): void {
    this.#wakeup.wake()
  }

  /** Listens for the end of a check-in and for the command. */
  follow(event: CoreEvent): void {
    const isEnd = event.type === 'run.changed' && this.#underWay.has(event.runId)
    if (isEnd || (event.type === 'command.done' && event.command === 'heartbeat')) this.wake()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#parts
    while (!signal.aborted) {
      let next: number | undefined = clock.now() + roundMs
      try {
        const due = await this.#round()
        next = due === undefined ? undefined : Math.min(next, due)
      } catch (error) {
        events.emit({ type: 'fault', where: 'heartbeat', error })
      }
      await this.#wakeup.sleep(next, signal)
    }
  }

  /** Looks at every agent once; returns when the next is due, or undefined while no agent has anything to wait for. */
  async #round(): Promise<number | undefined> {
    const { store, settings, events } = this.#parts
    const rows = new Map((await store.list()).map((row) => [row.agent, row]))
    const { heartbeats } = settings()
    const isQuiet =
      [...heartbeats.values()].every(({ isEnabled }) => !isEnabled) &&
      [...rows.values()].every((row) => row.runId === null && row.demandedAt === null)
    let next = Number.POSITIVE_INFINITY
    for (const agent of new Set([...heartbeats.keys(), ...rows.keys()])) {
      try {
        const due = await this.#look(agent, heartbeats.get(agent), rows.get(agent))
        next = Math.min(next, due ?? next)
      } catch (error) {
        events.emit({ type: 'fault', where: `heartbeat of ${agent}`, error })
      }
    }
    return isQuiet ? undefined : next
  }

  async #look(
    agent: string,
    settings: HeartbeatSettings | undefined,
    row: HeartbeatRow | undefined,
  ): Promise<number | undefined> {
    const { store, clock } = this.#parts
    if (row && row.runId !== null) {
      this.#underWay.add(row.runId)
      if (!(await this.#ends.settle(row, settings))) return undefined
      this.#underWay.delete(row.runId)
      return row.dueAt ?? undefined
    }
    const isDemanded = row !== undefined && row.demandedAt !== null
    const dueAt = row?.dueAt ?? null
    const now = clock.now()
    if (settings === undefined || !(settings.isEnabled || isDemanded)) {
      if (dueAt !== null) await store.plan(agent, null, undefined, now)
      return undefined
    }
    if (!isDemanded) {
      // A clock that was set back must not put it off for hours; one that is new begins after its pause.
      const latest = latestDue(settings, now)
      if (dueAt === null || dueAt > latest) return this.#plan(agent, latest, undefined)
      if (dueAt > now) return dueAt
    }
    return this.#beat(agent, settings, row, isDemanded)
  }

  /** Asks the agent, or finds a reason not to. */
  async #beat(
    agent: string,
    settings: HeartbeatSettings,
    row: HeartbeatRow | undefined,
    isDemanded: boolean,
  ): Promise<number | undefined> {
    const { store, clock, onRuns } = this.#parts
    const now = clock.now()
    const nextDueAt = nextDue(settings, row?.dueAt ?? now, now)
    if (!isDemanded && !isActive(settings.hours, now)) {
      return this.#plan(agent, nextActive(settings.hours, now), 'outside-hours')
    }
    const file = readHeartbeatFile(settings.workspace)
    if (!isDemanded && !file) return this.#plan(agent, nextDueAt, 'nothing-to-do')
    const core = this.#parts.settings()
    const owners = ownerIds(core, this.#parts.accountOf)
    const happened = await store.happened(agent, owners)
    if (!isDemanded && happened.isBusy) return this.#plan(agent, now + busyMs, 'deferred')
    const isQuiet = happened.messages === 0 && happened.results.length === 0
    if (!isDemanded && isQuiet && file?.fingerprint === row?.fingerprint) {
      return this.#plan(agent, nextDueAt, 'unchanged')
    }
    const { timezone } = settings.hours
    const time = `${localTime(now, timezone)} (${timezone})`
    const commit = store.begin(
      {
        agent,
        key: `heartbeat:${agent}:${row?.demandedAt ?? row?.dueAt ?? now}:${now}`,
        // A session a day: what it remembers stays small.
        sessionKey: `v1:${agent}:heartbeat:dm:${localDay(now, timezone)}`,
        text: heartbeatPrompt({ prompt: settings.prompt, file: file?.text, time, happened }),
        fingerprint: file?.fingerprint ?? '',
        maxAttempts: core.queue.maxAttempts,
        nextDueAt: settings.isEnabled ? nextDueAt : null,
      },
      now,
    )
    const runId = await commit
    if (runId === undefined) return undefined
    this.#underWay.add(runId)
    onRuns()
    return undefined
  }

  async #plan(agent: string, dueAt: number, result: HeartbeatResult | undefined): Promise<number> {
    const { store, clock } = this.#parts
    await store.plan(agent, dueAt, result, clock.now())
    return dueAt
  }
}

/** Evenly after the last, unless that was missed: then it is one pause from now, however many were missed. */
function nextDue({ everyMs }: HeartbeatSettings, dueAt: number, now: number): number {
  const next = dueAt + everyMs
  return next > now && next <= now + everyMs ? next : now + everyMs
}

function latestDue({ everyMs, hours }: HeartbeatSettings, now: number): number {
  return isActive(hours, now) ? now + everyMs : Math.max(now + everyMs, nextActive(hours, now))
}
