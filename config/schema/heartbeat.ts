import { z } from 'zod'
import { durationSchema, idSchema, nameSchema, timeOfDaySchema } from './values.ts'

const every = durationSchema.describe('Time between two check-ins: `90s`, `30m`, `12h`, `1d`.')
const target = z
  .union([
    z.literal('owner'),
    z.strictObject({
      channel: nameSchema.describe('Name of a channel.'),
      chat: idSchema.describe('Id of a direct chat.'),
    }),
  ])
  .meta({ 'x-wanted': 'owner, or { channel, chat }' })
  .describe('Who hears about it: `owner` or `{ channel, chat }`. Never a group.')
const prompt = z.string().min(1).describe('What the agent is asked.')
const activeHours = z
  .strictObject({
    start: timeOfDaySchema.prefault('08:00').describe('First minute, in `timezone`.'),
    end: timeOfDaySchema.prefault('22:00').describe('End, not included; may lie after midnight.'),
  })
  .describe('Hours outside which nothing is asked.')
const enabled = z.boolean().describe('Whether the agent checks in by itself.')

export const heartbeatSchema = z
  .strictObject({
    every: every.default('30m'),
    agent: z
      .string()
      .default('')
      .meta({ 'x-default': '`defaultAgent`' })
      .describe('Agent that is asked.'),
    target: target.prefault('owner'),
    prompt: prompt.default(
      'Read HEARTBEAT.md in your workspace and do what it asks. Answer HEARTBEAT_OK when nothing needs attention.',
    ),
    activeHours: activeHours.prefault({}),
    enabled: enabled.default(false),
  })
  .prefault({})
  .describe("The agent's own check-in.")

/** The same keys for one agent; what is absent is taken from `heartbeat`. */
export const agentHeartbeatSchema = z.strictObject({
  every: every.optional(),
  target: target.optional(),
  prompt: prompt.optional(),
  activeHours: activeHours.optional(),
  enabled: enabled.optional(),
})
