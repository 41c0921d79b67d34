import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentencesFor } from './sentences.ts'
import type { Trace } from './store/views.ts'
import { wordTrace } from './why.ts'

const words = sentencesFor('en')

function why(steps: readonly string[], details: Readonly<Record<string, string>> = {}): string {
  const message = {
    id: 'm3',
    channel: 'fake',
    chat: '1',
    author: '1',
    text: 'secret',
    sentAt: 0,
    receivedAt: 0,
    disposition: 'run' as const,
    reason: null,
    runId: 'r7',
  }
  const trace: Trace = {
    message,
    steps: steps.map((step) => ({ at: 0, step, detail: details[step] ?? '' })),
  }
  return wordTrace(trace, words)
}

test('the last thing that happened decides what is said', () => {
  const begun = ['message.received', 'run.accepted', 'run.started']
  const done = [...begun, 'run.completed']
  const cases: [readonly string[], RegExp][] = [
    [['message.received', 'run.accepted'], /^It is waiting for its turn\. \(trace r7\)$/],
    [begun, /^I am working on it\./],
    [[...begun, 'run.tool'], /^I am working on it\./],
    [[...begun, 'run.retrying'], /^It is waiting for its turn\./],
    [[...begun, 'run.waiting'], /^I am waiting for an answer to a question/],
    [[...begun, 'run.waiting', 'run.resumed'], /^I am working on it\./],
    [[...begun, 'run.failed', 'delivery.sent'], /^I could not answer it; \/retry tries again\./],
    [[...begun, 'run.cancelled'], /^It was stopped\./],
    [['run.accepted', 'run.superseded'], /^It became a part of a later turn\./],
    [done, /^I have read it, and there was nothing to say\./],
    [[...done, 'delivery.sent', 'delivery.pending'], /answer is on its way\./],
    [[...done, 'delivery.sent', 'delivery.sent'], /^I have answered it\./],
    [[...done, 'delivery.sent', 'delivery.uncertain'], /cannot find out whether/],
  ]
  for (const [steps, wanted] of cases) assert.match(why(steps), wanted)
})

test('what could not be delivered says why', () => {
  const said = why(['run.completed', 'delivery.discarded'], {
    'delivery.discarded': 'd4 The person has blocked the bot.',
  })
  assert.equal(
    said,
    'I have answered it, but the answer could not be delivered: d4 The person has blocked the bot. (trace r7)',
  )
})
