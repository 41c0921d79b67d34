import { styleText } from 'node:util'

const hidden = new Set(['level', 'time', 'msg', 'err'])

/** One JSON line of the log as a person reads it: time, level, message, details; the stack of an error below. */
export function formatLogLine(json: string): string {
  const entry = parse(json)
  if (entry === undefined) return json
  const { level, time, msg, err } = entry
  const details = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const words = [
    formatClock(time),
    formatLevel(level),
    oneLine(msg),
    styleText('dim', details.join(' ')),
  ]
  return `${words
    .filter((word) => word !== '')
    .join(' ')
    .trimEnd()}\n${formatError(err)}`
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Local, because a person compares it with a watch. */
function formatClock(time: unknown): string {
  const at = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN)
  return Number.isNaN(at.getTime()) ? '' : at.toLocaleTimeString('en-GB')
}

function formatLevel(level: unknown): string {
  const name = String(level)
  const word = name.padEnd(5)
  if (name === 'error' || name === 'fatal') return styleText('red', word)
  return name === 'warn' ? styleText('yellow', word) : styleText('dim', word)
}

function formatError(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return ''
  return `${String(err.stack).replace(/^/gm, '    ')}\n`
}

function oneLine(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\s*\n\s*/g, ' ') : ''
}
