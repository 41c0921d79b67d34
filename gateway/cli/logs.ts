import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { CliError } from './cli-error.ts'
import { optionsOf } from './command-options.ts'
import { loadSettings } from './settings.ts'

type LogsOptions = { lines: string; follow?: boolean }

const lookMs = 300

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('Show the log of the gateway, running or not')
    .option('-n, --lines <number>', 'how many lines of the past', '100')
    .option('-f, --follow', 'go on with what is written from now on')
    .action(async (_options: object, command: Command) => {
      const { json, lines, follow, ...options } = optionsOf<LogsOptions>(command)
      const count = Number(lines)
      if (!Number.isSafeInteger(count) || count < 0) {
        throw new CliError(`--lines is ${lines}; it must be a whole number.`, 2)
      }
      const { config } = await loadSettings(options)
      const { formatLogLine } = await import('../log-line.ts')
      const file = join(config.dataDir, 'gateway.log')
      const show = (line: string) =>
        process.stdout.write(json ? `${line}\n` : formatLogLine(`${line}\n`))
      const size = await showLast(file, count, show)
      if (follow) await showNew(file, size, show)
    })
}

/** Shows the newest lines of the file and the one before it; resolves with how much of the file is shown. */
async function showLast(
  file: string,
  count: number,
  show: (line: string) => void,
): Promise<number> {
  const current = await readIfThere(file)
  const older = await readIfThere(`${file}.1`)
  if (current === undefined && older === undefined) {
    throw new CliError(`There is no log yet: ${file} is written when the gateway starts.`)
  }
  const lines = `${older ?? ''}${current ?? ''}`.split('\n').filter((line) => line !== '')
  for (const line of count === 0 ? [] : lines.slice(-count)) show(line)
  return Buffer.byteLength(current ?? '')
}

/** Shows what is appended until the process is ended; a file that became shorter is a new one. */
async function showNew(file: string, from: number, show: (line: string) => void): Promise<never> {
  let offset = from
  let rest = ''
  const decoder = new StringDecoder('utf8')
  for (;;) {
    const { size } = await stat(file).catch(() => ({ size: 0 }))
    if (size < offset) offset = 0
    if (size > offset) {
      const bytes = await readPart(file, offset, size - offset)
      offset += bytes.length
      const lines = (rest + decoder.write(bytes)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) show(line)
    }
    await delay(lookMs)
  }
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file)
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
