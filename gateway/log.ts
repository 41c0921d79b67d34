import { join } from 'node:path'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../config/types.ts'
import { LogFile } from './log-file.ts'
import { formatLogLine } from './log-line.ts'
import { LogLines } from './log-lines.ts'

const logName = 'gateway.log'

/** Where the gateway says what it does. An `Error` goes under the key `err`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'> & {
  level: string
  /** Writes what was said and gives the file back. */
  close(): void
}

/** Tokens by their look, for what a library puts into the message of an error. */
const tokenPatterns = [
  /(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}/g,
  /\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g,
  /(?<=\b(?:Bearer|Bot|Basic) )[A-Za-z0-9._~+/=-]{8,}/g,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
]
const redacted = '[redacted]'
/** A shorter secret would turn ordinary words into gaps. */
const minSecretLength = 6

/**
 * Logs to stderr, as JSON or on a terminal as short lines, and to `gateway.log` in `dataDir` where one is given.
 * None of `secrets`, and nothing that looks like a token, is ever written.
 */
export function openLog(options: {
  readonly level: LogLevel
  readonly dataDir?: string
  readonly secrets: readonly string[]
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}): Log {
  const { stderr, dataDir } = options
  const scrub = scrubber(options.secrets)
  const file = dataDir === undefined ? undefined : new LogFile(join(dataDir, logName))
  const lines = new LogLines((said) => {
    const text = scrub(said)
    stderr.write(stderr.isTTY ? text.replace(/.+\n/g, formatLogLine) : text)
    file?.write(text)
  })
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    lines,
  )
  const close = () => {
    lines.close()
    file?.close()
  }
  return Object.assign(logger, { close })
}

/** Takes secrets out of lines, in whatever key or sentence they stand. */
function scrubber(secrets: readonly string[]): (lines: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= minSecretLength)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
  const exact = [...new Set(known)].toSorted((a, b) => b.length - a.length)
  return (lines) => {
    let text = lines
    for (const secret of exact) text = text.replaceAll(secret, redacted)
    for (const pattern of tokenPatterns) text = text.replace(pattern, redacted)
    return text
  }
}
