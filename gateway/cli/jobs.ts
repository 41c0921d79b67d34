import type { Command } from 'commander'
import type { z } from 'zod'
import type {
  jobPreviewShape,
  jobShape,
  occurrenceShape,
  simulatedShape,
} from '../http/job-shapes.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { addJobOptions, type JobOptions, jobBody } from './job-options.ts'
import { formatWhen, print, printable, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Job = z.infer<typeof jobShape>
type Said = z.infer<typeof jobPreviewShape>
type Occurrence = z.infer<typeof occurrenceShape>
type Times = { from: string; to: string; items: z.infer<typeof simulatedShape>[] }

export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('Plan what is done at its time, and follow it')

  jobs
    .command('list', { isDefault: true })
    .description('List jobs, newest first')
    .option('--all', 'also those that have ended')
    .option('--limit <number>', 'how many', '50')
    .action(async (_options: object, command: Command) => {
      const { json, all, limit, ...options } = optionsOf<{ all?: boolean; limit: string }>(command)
      const path = `jobs${queryOf({ open: all === true ? 'false' : 'true', limit })}`
      const page = await (await connect(options)).get<{ items: Job[] }>(path)
      if (json) return printJson(page)
      const rows = page.items.map((one) => [
        one.id,
        one.state,
        one.kind,
        one.description,
        formatWhen(one.nextAt),
        one.name,
      ])
      printTable(['JOB', 'STATE', 'KIND', 'WHEN', 'NEXT', 'NAME'], rows, 'Nothing is planned.')
    })

  jobs
    .command('show <job>')
    .description('Show a job and the times it was due')
    .option('--limit <number>', 'how many of them', '10')
    .action(async (id: string, _options: object, command: Command) => {
      const { json, limit, ...options } = optionsOf<{ limit: string }>(command)
      const client = await connect(options)
      const path = `jobs/${encodeURIComponent(id)}`
      const job = await client.get<Job>(path)
      const history = `${path}/occurrences${queryOf({ limit })}`
      const { items } = await client.get<{ items: Occurrence[] }>(history)
      if (json) return printJson({ job, occurrences: items })
      printJob(job)
      print(printable(job.text))
      const rows = items.map((one) => [
        one.id,
        formatWhen(one.scheduledFor),
        one.state,
        one.run?.id ?? null,
        one.delivery.state,
        one.error?.message ?? one.reason,
      ])
      print('')
      const headings = ['OCCURRENCE', 'DUE', 'STATE', 'RUN', 'DELIVERY', 'DETAIL']
      printTable(headings, rows, 'It has not been due yet.')
    })

  addJobOptions(jobs.command('add [text]'))
    .description('Plan a job: the text is what the agent is told')
    .option('--message', 'the text is sent as it is, without any agent')
    .option('--preview', 'only show what would be made of it')
    .action(async (text: string | undefined, _options: object, command: Command) => {
      const { json, message, preview, config, ...options } = optionsOf<AddOptions>(command)
      const kind = options.module === undefined ? 'agent' : 'module'
      const body = {
        ...(await jobBody(options)),
        kind: message === true ? 'message' : kind,
        text,
      }
      const client = await connect(config === undefined ? {} : { config })
      if (preview === true) {
        const said = await client.call<Said>('POST', 'jobs/preview', body)
        if (json) return printJson(said)
        return printSaid(said)
      }
      const job = await client.call<Job>('POST', 'jobs', body)
      if (json) printJson(job)
      else printJob(job)
    })

  addJobOptions(jobs.command('edit <job>'))
    .description('Change a job; what is not named stays')
    .option('--text <text>', 'what the agent is told, or what is sent')
    .action(async (id: string, _options: object, command: Command) => {
      const { json, text, config, ...options } = optionsOf<JobOptions & { text?: string }>(command)
      const body = { ...(await jobBody(options)), text }
      const client = await connect(config === undefined ? {} : { config })
      const job = await client.call<Job>('PATCH', `jobs/${encodeURIComponent(id)}`, body)
      if (json) printJson(job)
      else printJob(job)
    })

  jobs
    .command('remove <job>')
    .description('Remove a job with its history')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const answer = await (await connect(options)).call('DELETE', `jobs/${encodeURIComponent(id)}`)
      if (options.json) printJson(answer)
      else print(`Job ${id} is removed.`)
    })

  jobs
    .command('pause <job>')
    .description('Pause a job; what is queued is not run either')
    .action((id: string, _options: object, command: Command) => act(id, 'pause', command, printJob))

  jobs
    .command('resume <job>')
    .description('Let a paused job go on; nothing is made up for')
    .action((id: string, _options: object, command: Command) =>
      act(id, 'resume', command, printJob),
    )

  jobs
    .command('accept <job>')
    .description('Accept the module of a job as it is now')
    .action((id: string, _options: object, command: Command) =>
      act(id, 'accept', command, printJob),
    )

  jobs
    .command('run <job>')
    .description('Run a job now, besides its schedule')
    .action((id: string, _options: object, command: Command) =>
      act<Occurrence>(id, 'run', command, (one) => print(`Job ${id} runs now, as ${one.id}.`)),
    )

  jobs
    .command('simulate')
    .description('List the times of all active jobs in a range')
    .option('--from <time>', 'from then on, for example 2026-03-29T00:00 (default: now)')
    .option('--to <time>', 'up to then (default: a day later)')
    .action(async (_options: object, command: Command) => {
      const { json, from, to, ...options } = optionsOf<{ from?: string; to?: string }>(command)
      const client = await connect(options)
      const times = await client.get<Times>(`jobs/simulate${queryOf({ from, to })}`)
      if (json) return printJson(times)
      const rows = times.items.map((one) => [one.local, one.job, one.name, one.note])
      printTable(['TIME', 'JOB', 'NAME', 'NOTE'], rows, 'Nothing is due then.')
    })
}

type AddOptions = JobOptions & { message?: boolean; preview?: boolean }

async function act<Answer = Job>(
  id: string,
  verb: string,
  command: Command,
  say: (answer: Answer) => void,
): Promise<void> {
  const options = optionsOf(command)
  const client = await connect(options)
  const answer = await client.call<Answer>('POST', `jobs/${encodeURIComponent(id)}/${verb}`)
  if (options.json) printJson(answer)
  else say(answer)
}

function printJob(job: Job): void {
  const reason = job.reason === null ? '' : ` (${printable(job.reason)})`
  const state = job.state === 'active' ? '' : `, ${job.state}${reason}`
  print(`${job.id} ${printable(job.name)}${state}`)
  printSaid(job)
}

function printSaid({ description, next }: Said): void {
  print(description)
  for (const { local, note } of next) print(`  ${local}${note === null ? '' : ` (${note})`}`)
}
