import { z } from '@hono/zod-openapi'
import { RequestError } from '../../core/errors.ts'
import type { Address } from '../../core/model.ts'
import type { JobChange, JobDraft, JobTarget } from '../../core/scheduler/job.ts'
import { parsePhrase } from '../../core/scheduler/phrases/parse-phrase.ts'
import { parseInstant } from '../../core/scheduler/schedule/parse-instant.ts'
import { parseSchedule } from '../../core/scheduler/schedule/parse-schedule.ts'
import { parseZone } from '../../core/scheduler/schedule/parse-zone.ts'
import type { Schedule } from '../../core/scheduler/schedule/schedule.ts'
import type { Destination } from './api-context.ts'

/** Planned work as clients write it. */

const line = z.string().max(200)

const whenInput = z
  .strictObject({
    phrase: line.optional().openapi({ example: 'every weekday at 8' }),
    at: line.optional().openapi({ description: 'ISO 8601; local without an offset.' }),
    every: line.optional().openapi({ example: '30m' }),
    anchor: line.optional().openapi({ description: 'Where `every` counts from; now if absent.' }),
    cron: line.optional().openapi({ example: '0 8 * * 1-5' }),
    timezone: line
      .optional()
      .openapi({ description: 'An IANA name; the configured one if absent.' }),
  })
  .openapi('WhenInput', { description: 'Exactly one of phrase, at, every and cron.' })

const targetInput = z.union([
  z.enum(['owner', 'none']),
  z.strictObject({
    channel: z.string().min(1).max(100),
    chat: z.string().min(1).max(300),
    thread: z.string().min(1).max(300).optional(),
  }),
])

const misfireInput = z.union([
  z.strictObject({ policy: z.enum(['skip', 'once']) }),
  z.strictObject({ policy: z.literal('all'), max: z.int() }),
])

/** What a job is made of and what a change of it may name alike. */
const common = {
  name: z.string().trim().min(1).max(60),
  text: z.string().max(20_000),
  module: z.string().min(1).max(300),
  agent: z.string().min(1).max(100),
  session: z.enum(['own', 'chat']),
  target: targetInput,
  misfire: misfireInput,
  overlap: z.enum(['skip', 'queue']),
  jitterMs: z.int(),
}

const local = z.string().max(100).openapi({ description: 'ISO 8601; local without an offset.' })

export const jobInput = z
  .strictObject({
    kind: z.enum(['agent', 'message', 'module']),
    when: whenInput,
    ...z.object(common).partial().shape,
    target: targetInput.default('owner'),
    endsAt: local.optional(),
    maxRuns: z.int().optional(),
  })
  .openapi('JobInput')

export const jobChangeInput = z
  .strictObject({
    when: whenInput.optional(),
    ...z.object(common).partial().shape,
    endsAt: local.nullable().optional(),
    maxRuns: z.int().nullable().optional(),
  })
  .openapi('JobChangeInput', { description: 'What is absent stays; null takes away.' })

type Around = {
  readonly now: number
  readonly timezone: string
  readonly addressOf: (to: Destination) => Address
}

/** A draft of what a client wrote. Throws `RequestError` for times and places that make no sense. */
export async function readDraft(
  input: z.infer<typeof jobInput>,
  around: Around,
): Promise<JobDraft> {
  const { kind, when, endsAt, maxRuns, target } = input
  const { schedule, rest } = await readWhen(when, around)
  if (rest !== '' && input.text !== undefined) throw leftOver(when.phrase, rest)
  return {
    kind,
    schedule,
    ...readCommon(input),
    text: input.text ?? rest,
    target: readTarget(target, around),
    ...(endsAt !== undefined && { endsAt: readEnd(endsAt, around) }),
    ...(maxRuns !== undefined && { maxRuns }),
  }
}

/** A change of what a client wrote; as `readDraft`. */
export async function readChange(
  input: z.infer<typeof jobChangeInput>,
  around: Around,
): Promise<JobChange> {
  const { when, endsAt, maxRuns, text, target } = input
  const found = when && (await readWhen(when, around))
  if (found && found.rest !== '') throw leftOver(when?.phrase, found.rest)
  return {
    ...readCommon(input),
    ...(found && { schedule: found.schedule }),
    ...(text !== undefined && { text }),
    ...(target !== undefined && { target: readTarget(target, around) }),
    ...(typeof endsAt === 'string' && { endsAt: readEnd(endsAt, around) }),
    ...(endsAt === null && { endsAt }),
    ...(maxRuns !== undefined && { maxRuns }),
  }
}

function readCommon(
  input: z.infer<typeof jobChangeInput>,
): Omit<JobChange, 'text' | 'target' | 'endsAt' | 'maxRuns'> {
  const { name, module, agent, session, misfire, overlap, jitterMs } = input
  return {
    ...(name !== undefined && { name }),
    ...(module !== undefined && { module }),
    ...(agent !== undefined && { agent }),
    ...(session !== undefined && { session }),
    ...(misfire !== undefined && { misfire }),
    ...(overlap !== undefined && { overlap }),
    ...(jitterMs !== undefined && { jitterMs }),
  }
}

/** `rest`: what of a phrase is no time, so what it is about. */
async function readWhen(
  { phrase, ...structured }: z.infer<typeof whenInput>,
  { now, timezone }: Around,
): Promise<{ readonly schedule: Schedule; readonly rest: string }> {
  if (phrase === undefined) {
    return { schedule: parseSchedule(structured, { now, timezone, path: 'body.when' }), rest: '' }
  }
  const { timezone: zone, ...others } = structured
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? []
  if (other !== undefined) throw refuse(`body.when: it has a phrase, so leave ${other} out.`)
  const found = await parsePhrase(phrase, {
    now,
    timezone: zone === undefined ? timezone : readText('body.when.timezone', zone, parseZone),
  })
  if (found) return found
  throw refuse(
    `body.when.phrase: ${JSON.stringify(phrase)}: no time to come was found in it; write it as "every weekday at 8", "in 20 minutes" or "tomorrow at 17:00".`,
  )
}

function readEnd(text: string, { timezone }: Around): number {
  return readText('body.endsAt', text, (end) => parseInstant(end, timezone))
}

/** Says where a text stands when something is wrong with it. */
function readText<T>(path: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw refuse(`${path}: ${JSON.stringify(text)}: ${error.message}.`)
  }
}

function readTarget(target: z.infer<typeof targetInput>, { addressOf }: Around): JobTarget {
  if (typeof target === 'string') return { type: target }
  const { channel, chat, thread } = target
  const to = thread === undefined ? { channel, chat } : { channel, chat, thread }
  return { type: 'chat', address: addressOf(to) }
}

function leftOver(phrase: string | undefined, rest: string): RequestError {
  return refuse(
    `body.when.phrase: ${JSON.stringify(phrase)}: "${rest}" is no part of a time; leave it out.`,
  )
}

function refuse(sentence: string): RequestError {
  return new RequestError(400, 'bad-schedule', sentence)
}
