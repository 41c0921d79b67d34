import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { DiskBlobStore } from '../storage/blobs.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'

const hour = 3_600_000

test('finished work older than the retention goes, and what is younger stays', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { retentionMs: 2 * hour },
  })
  await rig.chat.says('old')
  await rig.chat.hears('re: old')
  await rig.leap(hour)
  await rig.chat.says('young')
  await rig.chat.hears('re: young')
  await rig.leap(hour + 600_000)
  assert.deepEqual(
    (await rig.runs()).map(({ text }) => text),
    ['young'],
  )
})

test('nothing goes that is not finished', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words === 'work' ? runtime.holds : `re: ${words}`)
  await using rig = await startRig({
    runtime,
    settings: { retentionMs: hour },
    queue: { runTimeoutMs: 100 * hour },
  })
  const other = rig.direct({ id: '2' })
  rig.channel.onSend = ({ to }) => {
    if (to.chat === '2') return new Promise(() => undefined)
  }
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('waiting')
  await other.says('not sent yet')
  await rig.leap(3 * hour)
  assert.deepEqual(
    (await rig.runs()).map(({ text, state }) => `${text}: ${state}`),
    ['work: running', 'waiting: queued', 'not sent yet: completed'],
  )
  rig.channel.onSend = () => undefined
})

test('a retention of 0 keeps everything', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await rig.chat.says('old')
  await rig.chat.hears('re: old')
  await rig.leap(3 * hour)
  assert.equal((await rig.runs()).length, 1)
})

test('files that nobody refers to go once they are old, and those in use stay', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(() => 'x'.repeat(50_000)),
    settings: { media: { maxBytes: 1_000_000, retentionMs: hour } },
    // Files carry the machine's own time: for this clock they are hours old.
    startAt: Date.now() + 3 * hour,
  })
  await rig.chat.says('long, please')
  await rig.chat.hearsSomething()
  const { delivery } = await rig.chat.hearsSomething()
  const used = delivery.filePath ?? ''
  const blobs = await DiskBlobStore.open(join(rig.dir, 'attachments'))
  const { path: unused } = await blobs.put(Readable.from(['nobody wants this']), 100)
  assert.ok(existsSync(used) && existsSync(unused))
  await rig.pass(301_000)
  while (existsSync(unused)) await rig.settle()
  assert.ok(existsSync(used))
})

test('a retention of files of 0 keeps them for ever', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { retentionMs: hour },
    startAt: Date.now() + 3 * hour,
  })
  const blobs = await DiskBlobStore.open(join(rig.dir, 'attachments'))
  const { path: unused } = await blobs.put(Readable.from(['nobody wants this']), 100)
  await rig.leap(hour)
  // The sweep comes before the log is emptied, so that a round is over once it is.
  await rig.chat.says('hello')
  await rig.leap(301_000)
  while (rig.store.upkeep.walBytes() > 0) await rig.settle()
  assert.ok(existsSync(unused))
})

test('the log of the database is emptied regularly', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  for (let index = 0; index < 20; index += 1) await rig.chat.says(`message ${index}`)
  await rig.settle()
  assert.ok(rig.store.upkeep.walBytes() > 0)
  await rig.leap(301_000)
  while (rig.store.upkeep.walBytes() > 0) await rig.settle()
})

test('a round that fails is a fault, and the next one is made', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { retentionMs: hour },
  })
  await rig.chat.says('old')
  await rig.chat.hears('re: old')
  const { settings } = rig
  let failures = 0
  rig.settings = {
    ...settings,
    get retentionMs(): number {
      failures += 1
      throw new Error('no settings')
    },
  }
  await rig.leap(2 * hour)
  assert.ok(failures > 1)
  rig.settings = settings
  await rig.leap(600_000)
  assert.equal((await rig.runs()).length, 1, 'the newest row stays, so that ids never repeat')
  assert.equal(rig.faults().length, failures)
})
