import { z } from 'zod'
import { maxMs } from './values.ts'

const msSchema = z.int().min(0).max(maxMs)

export const queueSchema = z
  .strictObject({
    concurrency: z
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .describe('Runs at a time over all sessions; each session has one at a time.'),
    mode: z
      .enum(['steer', 'collect', 'followup', 'interrupt'])
      .default('collect')
      .describe(
        'What happens to messages that arrive during a run. `collect`: together they are the next turn; `steer`: handed to the running agent where it can take them; `followup`: one turn each; `interrupt`: the running turn is stopped.',
      ),
    debounceMs: msSchema
      .default(600)
      .describe(
        'Messages this close together are one turn; 0 = off (albums and split pastes stay).',
      ),
    maxQueued: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('Waiting messages per session; the oldest beyond are folded into one line each.'),
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('Attempts of one run, crashes included.'),
    runTimeoutMs: msSchema
      .min(1)
      .default(1_800_000)
      .describe('Longest time of one run, in milliseconds.'),
    staleMs: msSchema
      .default(900_000)
      .describe('Messages older than this when first seen are digested, not run; 0 = off.'),
    senderPerMinute: z
      .int()
      .min(0)
      .max(100_000)
      .default(20)
      .describe('Messages per minute from one person; 0 = no limit.'),
  })
  .prefault({})
  .describe('How runs are queued.')
