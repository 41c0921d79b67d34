import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { setUpFetcher, text, until } from '../test/fakes/fetching.ts'

test('files are stored with the type of their content and a safe name', async (t) => {
  const { rows, blobs, start, told } = await setUpFetcher(t, async ({ ref }) =>
    text(ref === 'a' ? '%PDF-1.7\n' : 'plain words'),
  )
  rows.add('a', { kind: 'document', name: '../evil\u202Ename.txt', mime: 'text/plain' })
  rows.add('b', { kind: 'document', name: 'notes.md', mime: 'text/markdown' })
  void start()
  await until(() => rows.ended.size === 2)
  const file = rows.ended.get('a')
  assert.ok(file && typeof file !== 'string')
  assert.deepEqual(
    { ...file, sha256: '' },
    { sha256: '', name: '_evil_name.txt.pdf', mime: 'application/pdf', size: 9 },
  )
  assert.equal(await readFile(blobs.path(file.sha256), 'utf8'), '%PDF-1.7\n')
  const notes = rows.ended.get('b')
  assert.ok(notes && typeof notes !== 'string')
  assert.deepEqual([notes.name, notes.mime], ['notes.md', 'text/markdown'])
  await until(() => told() === 2)
})

test('at most four files are fetched at a time, each once', async (t) => {
  const gates: (() => void)[] = []
  const fetched: string[] = []
  const { rows, start } = await setUpFetcher(t, async ({ ref }) => {
    fetched.push(ref)
    await new Promise<void>((open) => gates.push(open))
    return text(ref)
  })
  const names = Array.from({ length: 11 }, (_, i) => `f${i}`)
  for (const name of names) rows.add(name)
  void start()
  for (let ended = 0; ended < names.length; ended++) {
    await until(() => gates.length === Math.min(4, names.length - ended))
    for (let turn = 0; turn < 20; turn++) await turnOfTheLoop()
    assert.equal(gates.length, Math.min(4, names.length - ended))
    gates.shift()?.()
    await until(() => rows.ended.size === ended + 1)
  }
  assert.deepEqual(fetched.sort(), names.sort())
})

test('a file that is too large becomes a line that says so', async (t) => {
  const fetched: string[] = []
  const { rows, start } = await setUpFetcher(
    t,
    async ({ ref }) => {
      fetched.push(ref)
      return text('x'.repeat(3000))
    },
    2048,
  )
  rows.add('claimed', { size: 31 * 2 ** 20 })
  rows.add('silent', { kind: 'video' })
  rows.add('wrong', { kind: 'document', name: 'list.csv', size: 10 })
  void start()
  await until(() => rows.ended.size === 3)
  assert.deepEqual(Object.fromEntries(rows.ended), {
    claimed: '[photo, 31 MB: too large]',
    silent: '[video, over 2 KB: too large]',
    wrong: '[file list.csv, over 2 KB: too large]',
  })
  assert.deepEqual(fetched.sort(), ['silent', 'wrong'])
})

test('a voice message is turned into text, and is there without when that fails', async (t) => {
  const { rows, start, seen } = await setUpFetcher(
    t,
    async ({ ref }) => text(ref),
    undefined,
    async ({ path }) => {
      const said = await readFile(path, 'utf8')
      if (said === 'noise') throw new Error('Nothing is said.')
      return ` ${said}! `
    },
  )
  rows.add('hello', { kind: 'voice' })
  rows.add('noise', { kind: 'voice' })
  rows.add('music', { kind: 'audio' })
  void start()
  await until(() => rows.ended.size === 3)
  assert.deepEqual([...rows.transcripts], [['hello', 'hello!']])
  assert.deepEqual(
    seen.flatMap((event) => (event.type === 'fault' ? [event.where] : [])),
    ['turning speech into text'],
  )
})

test('speech that takes too long to turn into text is not waited for', async (t) => {
  let asked: AbortSignal | undefined
  const { rows, start, clock } = await setUpFetcher(
    t,
    async ({ ref }) => text(ref),
    undefined,
    (_, signal) => {
      asked = signal
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    },
  )
  rows.add('hello', { kind: 'voice' })
  void start()
  await until(() => asked !== undefined)
  await clock.advance(31_000)
  await until(() => rows.ended.size === 1)
  assert.deepEqual([asked?.aborted, rows.transcripts.size], [true, 0])
})
