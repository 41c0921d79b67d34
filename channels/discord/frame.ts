/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
export const opcodes = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

/** A frame of the gateway. `interval` is the pause between heartbeats that a hello asks for, in milliseconds. */
export type Frame = {
  readonly op: number
  readonly d: unknown
  readonly s?: number
  readonly t?: string
  readonly interval?: number
}

const minIntervalMs = 10

/** Reads a frame; `undefined` for anything that is none. Never throws. */
export function readFrame(text: string): Frame | undefined {
  const value = parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const op = Reflect.get(value, 'op')
  const d: unknown = Reflect.get(value, 'd')
  const s = Reflect.get(value, 's')
  const t = Reflect.get(value, 't')
  if (typeof op !== 'number') return undefined
  const interval = typeof d === 'object' && d !== null && Reflect.get(d, 'heartbeat_interval')
  const isInterval = typeof interval === 'number' && interval >= minIntervalMs
  return {
    op,
    d,
    ...(typeof s === 'number' && Number.isSafeInteger(s) ? { s } : {}),
    ...(typeof t === 'string' ? { t } : {}),
    ...(isInterval ? { interval } : {}),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
