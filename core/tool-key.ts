const pattern = /^tool:(r\d+):/

/** Names what the agent of a run sends with a tool: `what` is unique within the run. */
export function toolKey(runId: string, what: string): string {
  return `tool:${runId}:${what}`
}

/** The run whose agent sent the delivery of this name with a tool; undefined for all others. */
export function toolRunOf(key: string): string | undefined {
  return pattern.exec(key)?.[1]
}
