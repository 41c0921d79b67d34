import type { Standing } from './standing.ts'

/** One call of a tool, with what the gateway (never the model) knows of it. */
export type ToolCall = {
  readonly standing: Standing
  /** Aborted when the caller gives up or the turn ends. */
  readonly signal: AbortSignal
  /** Tells the caller that it is still being worked on. */
  readonly progress: (note: string) => void
}

/** `text` is what the model reads; the others are for the record, and hold nothing that was said. */
export type ToolResult = {
  readonly text: string
  readonly target: string
  readonly outcome: string
}

/** What a tool does. Throws `ToolError` for what cannot be done. */
export type Tool<Input> = (call: ToolCall, input: Input) => Promise<ToolResult>
