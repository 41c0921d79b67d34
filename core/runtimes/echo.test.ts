import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runtimeContract } from '../../test/contracts/runtime.ts'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { makeTurn } from '../../test/fakes/turn.ts'
import type { RuntimeEvent, Turn } from '../runtime-port.ts'
import { EchoRuntime } from './echo.ts'

runtimeContract(
  'echo',
  async () => {
    const clock = new ManualClock()
    const slow = new EchoRuntime({ prefix: '', delayMs: 1000, clock })
    const quick = new EchoRuntime({ prefix: '', delayMs: 0, clock })
    return {
      runtime: {
        name: 'echo',
        execute: (turn, signal) => (turn.runId === 'slow' ? slow : quick).execute(turn, signal),
      },
      answering: (answer, turn) => makeTurn({ ...turn, messages: [answer] }),
      hanging: () => ({ turn: makeTurn({ runId: 'slow' }), started: clock.untilSleeping() }),
      failing: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
  {
    skip: {
      text: 'it has no pieces: the whole answer is there at once',
      failure: 'it has no backend that could fail',
      secret: 'it has no key',
    },
  },
)

const clock = new ManualClock()

async function echo(turn: Turn, prefix = ''): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  const runtime = new EchoRuntime({ prefix, delayMs: 0, clock })
  for await (const event of runtime.execute(turn, new AbortController().signal)) events.push(event)
  return events
}

test('echo answers in plain text, with nothing but done', async () => {
  const events = await echo(makeTurn({ messages: ['**not** bold'] }))
  assert.deepEqual(events, [{ type: 'done', reply: { text: '**not** bold', format: 'plain' } }])
})

test('echo joins folded messages, notes and attachments by line breaks and leaves out the background', async () => {
  const file = { sha256: 'a', name: 'a.jpg', mime: 'image/jpeg', size: 122_880 }
  const events = await echo(
    makeTurn({
      messages: [
        { text: 'said before', form: 'context' },
        { text: 'an old one', form: 'summary' },
        {
          text: 'look',
          notes: ['[location 52.52, 13.41]'],
          attachments: [
            { kind: 'photo', name: 'a.jpg', file, path: '/a' },
            { kind: 'video', name: 'b', unavailable: '[video, 31 MB: too large]' },
            { kind: 'voice', name: 'c' },
          ],
        },
        'bye',
      ],
    }),
    '> ',
  )
  const lines = [
    '> an old one',
    'look',
    '[location 52.52, 13.41]',
    '[photo, image/jpeg, 120 KB]',
    '[video, 31 MB: too large]',
    '[voice]',
    'bye',
  ]
  assert.deepEqual(events, [{ type: 'done', reply: { text: lines.join('\n'), format: 'plain' } }])
})

test('echo waits by the clock', async () => {
  const slow = new EchoRuntime({ prefix: '', delayMs: 500, clock })
  const next = slow.execute(makeTurn(), new AbortController().signal).next()
  await clock.untilSleeping()
  await clock.advance(500)
  assert.equal((await next).value?.type, 'done')
})
