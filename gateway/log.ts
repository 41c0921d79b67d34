import { join } from 'node:path'
import { type Logger, multistream, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../config/types.ts'
import { LogFile } from './log-file.ts'
import { formatLogLine } from './log-line.ts'

const logName = 'gateway.log'

/** Where the gateway says what it does. An `Error` goes under the key `err`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'> & {
  level: string
  /** Everything is written when it is said; this gives the file back. */
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
  const terminal = stderr.isTTY
    ? { write: (line: string) => stderr.write(formatLogLine(line)) }
    : { write: (line: string) => stderr.write(line) }
  const streams = [terminal, ...(file === undefined ? [] : [file])]
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      hooks: { streamWrite: scrub },
    },
    multistream(streams.map((stream) => ({ level: 'trace', stream }))),
  )
  return Object.assign(logger, { close: () => file?.close() })
}

/** Takes secrets out of a line, in whatever key or sentence they stand. */
function scrubber(secrets: readonly string[]): (line: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= minSecretLength)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
  const exact = [...new Set(known)].toSorted((a, b) => b.length - a.length)
  return (line) => {
    let text = line
    for (const secret of exact) text = text.replaceAll(secret, redacted)
    for (const pattern of tokenPatterns) text = text.replace(pattern, redacted)
    return text
  }
}
