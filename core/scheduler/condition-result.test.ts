import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionLimits, parseConditionResult } from './condition-result.ts'

const table: readonly (readonly [unknown, string])[] = [
  [undefined, 'It must be an object such as { status: "ok" }; the module returned nothing.'],
  [null, 'It must be an object such as { status: "ok" }; the module returned null.'],
  [['ok'], 'It must be an object such as { status: "ok" }; the module returned ["ok"].'],
  [{}, 'status must be "ok" or "error"; the module returned nothing.'],
  [{ status: 'fine' }, 'status must be "ok" or "error"; the module returned "fine".'],
  [
    { status: 'ok', invoke: {} },
    'invoke: there is no such key, only status, summary, data, message, invokeAgent.',
  ],
  [{ status: 'ok', summary: 5 }, 'summary must be text; the module returned 5.'],
  [{ status: 'ok', summary: 'x'.repeat(2001) }, 'summary: at most 2000 characters, this has 2001.'],
  [
    { status: 'ok', data: 'x'.repeat(conditionLimits.data) },
    'data: at most 32000 characters as JSON, this has 32002.',
  ],
  [
    { status: 'ok', invokeAgent: true },
    'invokeAgent must be an object with shouldInvoke; the module returned true.',
  ],
  [
    { status: 'ok', invokeAgent: { shouldInvoke: 'yes' } },
    'invokeAgent.shouldInvoke must be true or false; the module returned "yes".',
  ],
  [
    { status: 'ok', invokeAgent: { shouldInvoke: true, promt: '' } },
    'invokeAgent.promt: there is no such key, only shouldInvoke, prompt, context, severity.',
  ],
  [
    { status: 'ok', invokeAgent: { shouldInvoke: true, context: {} } },
    'invokeAgent.context must be text; the module returned {}.',
  ],
  [
    { status: 'ok', invokeAgent: { shouldInvoke: false, severity: 'bad' } },
    'invokeAgent.severity must be "info", "warn" or "critical"; the module returned "bad".',
  ],
  [
    { status: 'ok', message: 'a', invokeAgent: { shouldInvoke: true } },
    'message: either it is sent, or the agent is called, not both.',
  ],
]

test('a result that makes no sense is refused with what was wanted and what came', () => {
  for (const [value, message] of table)
    assert.deepEqual(parseConditionResult(value), { status: 'failed', code: 'bad-result', message })
})

test('an error of the module is a failure in its words', () => {
  const code = 'module-error'
  assert.deepEqual(parseConditionResult({ status: 'error', summary: 'no disk' }), {
    status: 'failed',
    code,
    message: 'no disk',
  })
  const message = 'It reported an error and did not say which.'
  const silent = parseConditionResult({ status: 'error' })
  assert.deepEqual(silent, { status: 'failed', code, message })
})
