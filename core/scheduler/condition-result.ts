/** What a condition module came to. A failure is told, never thrown. */
export type ConditionResult =
  | {
      readonly status: 'ok'
      /** A line for the history. */
      readonly summary?: string
      /** Plain JSON for the history. */
      readonly data?: unknown
      /** Is sent as it is, without the agent. */
      readonly message?: string
      /** The agent is to be called. */
      readonly invoke?: ConditionInvoke
    }
  | { readonly status: 'failed'; readonly code: string; readonly message: string }

/** With what the agent is called; `context` is material, `prompt` the task. */
export type ConditionInvoke = {
  readonly prompt?: string
  readonly context?: string
  readonly severity?: ConditionSeverity
}

export type ConditionSeverity = 'info' | 'warn' | 'critical'

/** In characters; of `data`, as JSON. */
export const conditionLimits = {
  summary: 2000,
  data: 32_000,
  message: 10_000,
  prompt: 20_000,
  context: 50_000,
} as const

const severities: readonly unknown[] = ['info', 'warn', 'critical'] satisfies ConditionSeverity[]
const own = ['status', 'summary', 'data', 'message', 'invokeAgent']
const ofInvoke = ['shouldInvoke', 'prompt', 'context', 'severity']

/** Makes sense of what a condition module returned, or says what is wrong with it. */
export function parseConditionResult(value: unknown): ConditionResult {
  if (!isObject(value)) return wrong('It', 'an object such as { status: "ok" }', value)
  const stranger = strangerIn(value, own)
  if (stranger !== undefined) return unknown(stranger, own)
  const { status, summary, data, message, invokeAgent } = value
  if (status !== 'ok' && status !== 'error') return wrong('status', '"ok" or "error"', status)
  const bad = badText(value, ['summary', 'message']) ?? badData(data)
  if (bad) return bad
  if (status === 'error') {
    const told = isText(summary) && summary.trim() !== '' ? summary : undefined
    return failed('module-error', told ?? 'It reported an error and did not say which.')
  }
  const invoke = parseInvoke(invokeAgent)
  if (invoke && 'status' in invoke) return invoke
  const isMessage = isText(message) && message.trim() !== ''
  if (isMessage && invoke)
    return failed('bad-result', 'message: either it is sent, or the agent is called, not both.')
  return {
    status: 'ok',
    ...(isText(summary) && { summary }),
    ...(data !== undefined && data !== null && { data }),
    ...(isMessage && { message }),
    ...(invoke && { invoke }),
  }
}

type Failed = Extract<ConditionResult, { status: 'failed' }>

function parseInvoke(value: unknown): ConditionInvoke | Failed | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) return wrong('invokeAgent', 'an object with shouldInvoke', value)
  const stranger = strangerIn(value, ofInvoke)
  if (stranger !== undefined) return unknown(`invokeAgent.${stranger}`, ofInvoke)
  const { shouldInvoke, prompt, context, severity } = value
  if (typeof shouldInvoke !== 'boolean')
    return wrong('invokeAgent.shouldInvoke', 'true or false', shouldInvoke)
  const bad = badText(value, ['prompt', 'context'], 'invokeAgent.')
  if (bad) return bad
  if (severity !== undefined && !isSeverity(severity))
    return wrong('invokeAgent.severity', '"info", "warn" or "critical"', severity)
  if (!shouldInvoke) return undefined
  return {
    ...(isText(prompt) && { prompt }),
    ...(isText(context) && { context }),
    ...(severity !== undefined && { severity }),
  }
}

function badText(
  value: Readonly<Record<string, unknown>>,
  names: readonly ('summary' | 'message' | 'prompt' | 'context')[],
  prefix = '',
): Failed | undefined {
  for (const name of names) {
    const text = value[name]
    if (text === undefined || text === null) continue
    if (!isText(text)) return wrong(`${prefix}${name}`, 'text', text)
    const max = conditionLimits[name]
    if (text.length > max) return tooLong(`${prefix}${name}`, max, text.length)
  }
  return undefined
}

function badData(data: unknown): Failed | undefined {
  const length = data === undefined ? 0 : JSON.stringify(data).length
  return length > conditionLimits.data ? tooLong('data', conditionLimits.data, length) : undefined
}

function tooLong(name: string, max: number, length: number): Failed {
  const as = name === 'data' ? ' as JSON' : ''
  return failed('bad-result', `${name}: at most ${max} characters${as}, this has ${length}.`)
}

function wrong(name: string, wanted: string, seen: unknown): Failed {
  const shown = seen === undefined ? 'nothing' : short(JSON.stringify(seen))
  return failed('bad-result', `${name} must be ${wanted}; the module returned ${shown}.`)
}

function unknown(name: string, known: readonly string[]): Failed {
  return failed('bad-result', `${short(name)}: there is no such key, only ${known.join(', ')}.`)
}

function failed(code: string, message: string): Failed {
  return { status: 'failed', code, message }
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

function strangerIn(value: object, known: readonly string[]): string | undefined {
  return Object.keys(value).find((key) => !known.includes(key))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isSeverity(value: unknown): value is ConditionSeverity {
  return severities.includes(value)
}
