import type { Command } from 'commander'
import { CliError } from './cli-error.ts'

/** What a job is made of, as the options of `jobs add` and `jobs edit` name it. */
export type JobOptions = {
  readonly when?: string
  readonly at?: string
  readonly every?: string
  readonly cron?: string
  readonly timezone?: string
  readonly name?: string
  readonly module?: string
  readonly agent?: string
  readonly session?: string
  readonly to?: string
  readonly channel?: string
  readonly chat?: string
  readonly thread?: string
  readonly misfire?: string
  readonly overlap?: string
  readonly jitter?: string
  readonly ends?: string
  readonly maxRuns?: string
}

/** Adds the options that making and changing a job have in common. */
export function addJobOptions(command: Command): Command {
  return command
    .option('--when <words>', 'when, for example "every weekday at 8" or "in 20 minutes"')
    .option('--at <time>', 'once, for example 2026-12-24T18:00')
    .option('--every <duration>', 'again and again, for example 90m')
    .option('--cron <expression>', 'by the clock, for example "0 8 * * 1-5"')
    .option('--timezone <zone>', 'for example Europe/Berlin (default: the configured one)')
    .option('--name <name>', 'shown in lists')
    .option('--module <file>', 'file of the workspace that decides whether the agent is called')
    .option('--agent <name>', 'who does it')
    .option('--session <which>', 'own (default), or chat: the session of the chat it is for')
    .option('--to <where>', 'where the result goes: owner or none')
    .option('--channel <name>', 'where the result goes: channel, together with --chat')
    .option('--chat <id>', 'id of the chat on its platform')
    .option('--thread <id>', 'topic or thread inside the chat')
    .option('--misfire <policy>', 'times that were missed: skip, once, or how many to make up for')
    .option('--overlap <policy>', 'when the time before is unfinished: skip or queue')
    .option('--jitter <duration>', 'puts each time off by a random part of this')
    .option('--ends <time>', 'nothing is due from then on; none takes the end away')
    .option('--max-runs <number>', 'how often at most; none takes the limit away')
}

/** What the options say, in the words of the API; what is absent stays absent. Throws `CliError` with wrong usage. */
export async function jobBody(options: JobOptions): Promise<Record<string, unknown>> {
  const { name, module, agent, session, overlap, ends, maxRuns } = options
  return {
    when: whenOf(options),
    name,
    module,
    agent,
    session,
    target: targetOf(options),
    misfire: misfireOf(options.misfire),
    overlap,
    jitterMs: await jitterOf(options.jitter),
    endsAt: ends === 'none' ? null : ends,
    maxRuns: maxRuns === 'none' ? null : numberOf(maxRuns, '--max-runs'),
  }
}

function whenOf({ when, at, every, cron, timezone }: JobOptions): object | undefined {
  const named = [when, at, every, cron].filter((one) => one !== undefined)
  if (named.length > 1) throw wrong('Give one of --when, --at, --every and --cron.')
  if (named.length === 1) return { phrase: when, at, every, cron, timezone }
  if (timezone === undefined) return undefined
  throw wrong('--timezone goes with --when, --at or --cron.')
}

function targetOf({ to, channel, chat, thread }: JobOptions): unknown {
  if (to !== undefined) {
    if ((to === 'owner' || to === 'none') && channel === undefined && chat === undefined) return to
    throw wrong('--to is owner or none; a chat is named with --channel and --chat.')
  }
  if (channel === undefined && chat === undefined && thread === undefined) return undefined
  if (channel === undefined || chat === undefined)
    throw wrong('A chat is named with --channel and --chat.')
  return { channel, chat, thread }
}

function misfireOf(policy: string | undefined): object | undefined {
  if (policy === undefined || policy === 'skip' || policy === 'once') return policy && { policy }
  return { policy: 'all', max: numberOf(policy, '--misfire') }
}

async function jitterOf(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined
  const { parseDuration } = await import('../../core/scheduler/schedule/parse-duration.ts')
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw wrong(`--jitter ${text}: it is no duration; write it as 30s or 5m.`)
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw wrong(`${option} ${text}: it is no number.`)
}

function wrong(sentence: string): CliError {
  return new CliError(sentence, 2)
}
