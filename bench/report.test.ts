import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from './measure.ts'
import { formatAligned, formatMarkdown, replaceMarked, tabulate } from './report.ts'

const clean = { lost: 0, doubled: 0, outOfOrder: 0, misplaced: 0, merged: 0, unknown: 0 }
const sample: Sample = {
  burstPerSecond: 3000,
  p50Ms: 0.5,
  p95Ms: 1.25,
  p99Ms: 4,
  cpuSecondsPerThousand: 0.2,
  peakMb: 200,
  idleMb: 60,
  readyMs: 120,
  readyLineMs: undefined,
  tally: { ...clean, calls: { getUpdates: 70, sendChatAction: 50, sendMessage: 100 } },
}

test('a cell is the median with the range of all repetitions', () => {
  const samples = [3000, 1000, 2000].map((burstPerSecond) => ({ ...sample, burstPerSecond }))
  const rows = tabulate([{ title: 'peer', samples }])
  assert.deepEqual(row(rows, 'burst, messages/s'), ['2,000 [1,000–3,000]'])
  assert.deepEqual(row(rows, 'ready (own word), ms'), ['–'])
})

test('polls are not counted as calls for a message', () => {
  const rows = tabulate([{ title: 'peer', samples: [sample] }])
  assert.deepEqual(row(rows, 'calls per message'), ['1.50 [1.50–1.50]'])
})

test('every fault is shown with its number, over all repetitions', () => {
  const faulty = { ...sample, tally: { ...sample.tally, lost: 2, misplaced: 1 } }
  const rows = tabulate([
    { title: 'one', samples: [faulty, faulty] },
    { title: 'other', samples: [sample] },
  ])
  const faults = row(rows, 'lost, doubled, out of order')
  assert.deepEqual(faults, ['4 lost, 2 in the wrong chat', 'none'])
})

test('the table has the same columns for a terminal and as Markdown', () => {
  const rows = [
    ['', 'a'],
    ['long label', '1'],
  ]
  assert.equal(formatAligned(rows), '             a\n──────────   ─\nlong label   1')
  assert.equal(formatMarkdown(rows), '|            | a |\n| ---------- | - |\n| long label | 1 |')
})

test('only what stands between the marks is replaced', () => {
  const document = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n'
  const replaced = replaceMarked(document, 'new')
  assert.equal(replaced, 'before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n')
  assert.equal(replaceMarked(replaced, 'new'), replaced)
  assert.throws(() => replaceMarked('no marks', 'new'), /<!-- bench:begin -->/)
})

function row(rows: readonly (readonly string[])[], label: string): readonly string[] | undefined {
  return rows.find((cells) => cells[0] === label)?.slice(1)
}
