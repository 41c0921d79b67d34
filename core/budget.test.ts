import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsFor, priced, type SpendingRules } from './budget.ts'

const rules: SpendingRules = {
  timezone: 'UTC',
  budget: { dailyTokens: 100, dailyUsd: 2, perSenderDailyTokens: 10 },
  agentBudgets: new Map([['ops', { dailyTokens: 0, dailyUsd: 1, perSenderDailyTokens: 5 }]]),
  prices: new Map(),
  people: [['telegram:1', 'signal:+49']],
}

test('the limits of a run are the general ones and its agent’s, for all and for the person', () => {
  assert.deepEqual(
    limitsFor(rules, 'ops', 'telegram:2').map(({ key }) => key),
    [
      'budget.dailyTokens',
      'budget.dailyUsd',
      'budget.perSenderDailyTokens',
      'agents.ops.budget.dailyUsd',
      'agents.ops.budget.perSenderDailyTokens',
    ],
  )
  assert.deepEqual(
    limitsFor(rules, 'main', undefined).map(({ key }) => key),
    ['budget.dailyTokens', 'budget.dailyUsd'],
  )
})

test('a person on several channels has one limit', () => {
  const personal = limitsFor(rules, 'ops', 'signal:+49').filter(({ isPersonal }) => isPersonal)
  assert.deepEqual(
    personal.map(({ scopes }) => scopes),
    [
      [{ sender: 'telegram:1' }, { sender: 'signal:+49' }],
      [
        { agent: 'ops', sender: 'telegram:1' },
        { agent: 'ops', sender: 'signal:+49' },
      ],
    ],
  )
})

test('a cost is what the runtime says, else what its model’s price makes it, else unknown', () => {
  const usage = { model: 'openai/gpt', inputTokens: 1_000_000, outputTokens: 500_000 }
  const price = { input: 2, output: 10 }
  const of = (prices: Record<string, typeof price & { cached?: number }>, more = {}) =>
    priced({ ...usage, ...more }, new Map(Object.entries(prices))).costUsd
  assert.equal(of({}), undefined)
  assert.equal(of({ other: price }), undefined)
  assert.equal(of({ 'openai/gpt': price }), 7)
  assert.equal(of({ gpt: price }), 7)
  assert.equal(of({ gpt: price, 'openai/gpt': { input: 0, output: 0 } }), 0)
  assert.equal(of({ gpt: price }, { costUsd: 0.25 }), 0.25)
  assert.equal(of({ gpt: price }, { cachedTokens: 500_000 }), 7)
  assert.equal(of({ gpt: { ...price, cached: 0.2 } }, { cachedTokens: 500_000 }), 6.1)
  assert.equal(
    priced({ inputTokens: 1, outputTokens: 1 }, new Map([['', price]])).costUsd,
    undefined,
  )
})
