import type { AgentRuntime, RuntimeEvent, Turn } from '../../core/runtime-port.ts'

/** Everything a runtime says to one turn, in order. Rejects as the runtime does. */
export async function runTurn(runtime: AgentRuntime, turn: Turn): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of runtime.execute(turn, new AbortController().signal)) events.push(event)
  return events
}
