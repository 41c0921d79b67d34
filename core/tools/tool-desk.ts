/**
 * Invariant: a tool acts only while a turn of the caller's session executes, for the people of that turn, and every
 * call leaves a record, whatever became of it.
 */
import type { Clock } from '../clock.ts'
import { RequestError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Execution } from '../execution.ts'
import { writeTag } from '../runtimes/failover-tag.ts'
import type { ToolStore } from '../store/tools.ts'
import { actorOf, type StandingParts, standingOf } from './standing.ts'
import type { Tool, ToolResult } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

/** Who calls, as the gateway's token says. */
export type ToolCaller = { readonly agent: string; readonly sessionId: string }

/** More calls than this in one run are a loop. */
const maxCalls = 200
/** Calls of one run at a time. */
const maxOpen = 8

type Parts = StandingParts & {
  readonly tools: ToolStore
  readonly clock: Clock
  readonly events: Events
  /** What executes now, by run. */
  readonly active: () => ReadonlyMap<string, Execution>
}

/** Where agents ask for something to be done. */
export class ToolDesk {
  readonly #parts: Parts
  readonly #counts = new Map<string, { calls: number; open: number }>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The session that an agent's runtime knows under a name of its own. */
  async sessionOf(agent: string, runtimeSession: string): Promise<string | undefined> {
    const { tools } = this.#parts
    // Where it stands in for another agent, its name is part of the session's.
    const standIn = writeTag(agent, runtimeSession, '')
    return (await tools.sessionOf(agent, runtimeSession)) ?? (await tools.sessionOf('', standIn))
  }

  /** Does it, and resolves with what the model is to read. Throws `ToolError`; anything else is a bug. */
  async call<Input>(
    caller: ToolCaller,
    name: string,
    tool: Tool<Input>,
    input: Input,
    around: { readonly signal: AbortSignal; readonly progress: (note: string) => void },
  ): Promise<string> {
    const execution = this.#executing(caller)
    const { run } = execution
    const release = this.#count(run.id)
    const over = new AbortController()
    const silence = this.#parts.events.subscribe((event) => {
      if (event.type !== 'run.changed' || event.runId !== run.id) return
      if (event.state !== 'running' && event.state !== 'waiting') over.abort()
    })
    try {
      const standing = await standingOf(run, this.#parts)
      const blocked = standing.people.find(({ status }) => status === 'blocked')
      const call = {
        standing,
        signal: AbortSignal.any([around.signal, over.signal]),
        progress: around.progress,
      }
      const record = (result: Pick<ToolResult, 'target' | 'outcome'>, isFailure: boolean) =>
        this.#record(execution, { tool: name, actor: actorOf(standing), ...result, isFailure })
      try {
        if (blocked) throw new ToolError(`${blocked.name} was blocked meanwhile.`)
        const result = await tool(call, input)
        await record(result, false)
        return result.text
      } catch (error) {
        const isExpected = error instanceof ToolError || error instanceof RequestError
        const outcome = isExpected ? 'refused' : 'failed'
        await record({ target: '-', outcome }, true)
        throw error
      }
    } finally {
      silence()
      release()
    }
  }

  /** Another agent may stand in for the run's own, so the session alone counts. */
  #executing({ sessionId }: ToolCaller): Execution {
    for (const execution of this.#parts.active().values()) {
      if (execution.run.session.id === sessionId) return execution
    }
    throw new ToolError(
      'No turn of this session is executing now, so there is nobody this call could act for.',
    )
  }

  /** Returns what gives the place back. */
  #count(runId: string): () => void {
    const active = this.#parts.active()
    for (const known of this.#counts.keys()) if (!active.has(known)) this.#counts.delete(known)
    const count = this.#counts.get(runId) ?? { calls: 0, open: 0 }
    this.#counts.set(runId, count)
    if (count.calls >= maxCalls) {
      throw new ToolError(`More than ${maxCalls} calls in one turn: this looks like a loop.`)
    }
    if (count.open >= maxOpen) {
      throw new ToolError(`More than ${maxOpen} calls at a time. Wait for one to end.`)
    }
    count.calls += 1
    count.open += 1
    return () => {
      count.open -= 1
    }
  }

  /** What was done stays done where its record cannot be written; that is a fault to be seen. */
  async #record({ run }: Execution, record: Parameters<ToolStore['record']>[1]): Promise<void> {
    const { tools, clock, events } = this.#parts
    try {
      await tools.record(run.lease, record, clock.now())
    } catch (error) {
      events.emit({ type: 'fault', where: `the record of tool ${record.tool}`, error })
    }
  }
}
