import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../config/load.ts'
import { settingsOf } from './settings.ts'

const yaml = `
channels:
  home: { type: telegram, token: "1:AAE-test_token_of_thirty_five_chars_x", access: { owners: [111], allow: [222] } }
  work: { type: telegram, token: "2:AAE-test_token_of_thirty_five_chars_x", access: { owners: [999] } }
identities:
  - { name: Ann, ids: ["home:111", "work:811"] }
  - { name: Ben, ids: ["home:222", "work:822"] }
  - { name: Eve, ids: ["home:333", "work:833"] }
`
const around = { env: {}, cwd: '/tmp', home: '/tmp' }

test('the rights of one id of a person are the rights of all of them, and of nobody else', () => {
  const { policies } = settingsOf(parseConfig(yaml, '/tmp/jackdaw.yaml', around).config)
  const [home, work] = [policies.get('home'), policies.get('work')]
  assert.deepEqual([...(work?.owners ?? [])], ['999', '811'])
  assert.deepEqual([...(work?.allow ?? [])], ['822'])
  assert.deepEqual([...(home?.owners ?? [])], ['111'])
  assert.deepEqual([...(home?.allow ?? [])], ['222'])
})

test('limits are known by their agents, and people over several channels by all their ids', () => {
  const text = `${yaml}
timezone: Europe/Berlin
budget: { dailyTokens: 1000 }
prices: { gpt: { input: 1, output: 2 } }
agents: { main: { budget: { dailyUsd: 2 } }, ops: {} }
`
  const { spending } = settingsOf(parseConfig(text, '/tmp/jackdaw.yaml', around).config)
  assert.deepEqual(spending, {
    timezone: 'Europe/Berlin',
    budget: { dailyTokens: 1000, dailyUsd: 0, perSenderDailyTokens: 0 },
    agentBudgets: new Map([['main', { dailyTokens: 0, dailyUsd: 2, perSenderDailyTokens: 0 }]]),
    prices: new Map([['gpt', { input: 1, output: 2 }]]),
    people: [
      ['home:111', 'work:811'],
      ['home:222', 'work:822'],
      ['home:333', 'work:833'],
    ],
  })
})

test('on the page everybody is an owner, because they hold the token', () => {
  const { policies } = settingsOf(parseConfig('', undefined, around).config)
  assert.equal(policies.get('web')?.isTrusted, true)
})
