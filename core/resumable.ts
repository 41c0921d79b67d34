import type { AgentRuntime, Turn } from './runtime-port.ts'

/** Whether a turn was handed over before, to a runtime that can be asked what became of it. */
export function isResumable(
  runtime: AgentRuntime,
  turn: Turn,
): runtime is AgentRuntime & Required<Pick<AgentRuntime, 'resume'>> {
  return turn.promptId !== undefined && runtime.resume !== undefined
}
