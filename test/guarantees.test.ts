import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { guaranteesWithTable } from './contracts/channel/table.ts'
import { channelScenarios } from './contracts/channel.ts'
import { channelsUnderTest } from './contracts/channels.ts'

const file = new URL('../docs/guarantees.md', import.meta.url)

test('the table of guarantees is what the contract suite says; else run npm run docs', async () => {
  assert.equal(await readFile(file, 'utf8'), await guaranteesWithTable(file, channelsUnderTest))
})

test('no channel excuses itself from a promise that does not exist', () => {
  const keys = Object.values(channelScenarios).flatMap((part) => part.map(({ key }) => key))
  assert.equal(new Set(keys).size, keys.length)
  const excuses = channelsUnderTest.flatMap(({ cannot }) => Object.keys(cannot))
  assert.deepEqual(
    excuses.filter((key) => !keys.includes(key)),
    [],
  )
})
