import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { DiskBlobStore } from '../storage/blobs.ts'
import { ManualClock } from '../test/fakes/manual-clock.ts'
import { AttachmentFetcher } from './attachments.ts'
import { DeliveryError, StoreError } from './errors.ts'
import { type CoreEvent, Events } from './events.ts'
import type { InboundAttachment, StoredFile } from './model.ts'
import type { ChannelAdapter } from './ports.ts'
import type { PendingAttachment } from './store.ts'

type Fetch = ChannelAdapter['fetch']

/** The rows of files, in memory: what a store keeps of them, and nothing else. */
class Rows {
  readonly waiting = new Map<string, PendingAttachment>()
  readonly ended = new Map<string, StoredFile | string>()
  looks = 0
  failure: Error | undefined

  add(id: string, attachment: Partial<InboundAttachment> = {}, channel = 'chat'): void {
    this.waiting.set(id, {
      id,
      address: { channel, account: `${channel}:1`, chat: 'c1' },
      attachment: { ref: id, kind: 'photo', ...attachment },
    })
  }

  async pending(limit: number): Promise<readonly PendingAttachment[]> {
    this.looks++
    if (this.failure) throw this.failure
    const rows = [...this.waiting.values()].slice(0, limit)
    await turnOfTheLoop()
    return rows
  }

  async stored(id: string, file: StoredFile): Promise<void> {
    this.#end(id, file)
  }

  async unavailable(id: string, reason: string): Promise<void> {
    this.#end(id, reason)
  }

  #end(id: string, outcome: StoredFile | string): void {
    if (this.failure) throw this.failure
    assert.ok(this.waiting.delete(id), `${id} ends once`)
    this.ended.set(id, outcome)
  }
}

function adapterOf(fetch: Fetch, maxDownloadBytes = 1_000_000): ChannelAdapter {
  return {
    name: 'chat',
    type: 'chat',
    capabilities: {
      maxTextLength: 100,
      maxUploadBytes: 0,
      maxDownloadBytes,
      canEdit: false,
      hasButtons: false,
      hasReactions: false,
      typingMs: 0,
      reportsDeletions: false,
    },
    render: () => ({ chunks: [] }),
    start: async () => ({ account: 'chat:1', title: 'chat' }),
    send: async () => ({ id: '1' }),
    fetch,
    pause: async () => undefined,
    stop: async () => undefined,
  }
}

async function setUp(t: TestContext, fetch: Fetch, maxBytes = 1_000_000) {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-attachments-'))
  const rows = new Rows()
  const blobs = await DiskBlobStore.open(dir)
  const clock = new ManualClock()
  const events = new Events()
  const seen: CoreEvent[] = []
  events.subscribe((event) => seen.push(event))
  const adapters = new Map([['chat', adapterOf(fetch)]])
  let told = 0
  const fetcher = new AttachmentFetcher({
    store: rows,
    blobs,
    channels: (name) => adapters.get(name),
    clock,
    events,
    maxBytes: () => maxBytes,
    onStored: () => told++,
  })
  const stop = new AbortController()
  const start = () => {
    const running = fetcher.run(stop.signal)
    t.after(async () => {
      stop.abort()
      await running
      await rm(dir, { recursive: true, force: true })
    })
    return running
  }
  return { dir, rows, blobs, clock, seen, adapters, fetcher, stop, start, told: () => told }
}

/** Files are real, so their ends are waited for; time stands still meanwhile. */
async function until(isTrue: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!isTrue()) {
    assert.ok(performance.now() < giveUpAt, 'it must come true')
    await turnOfTheLoop()
  }
}

const text = (content: string) => Readable.from([content], { objectMode: false })

test('files are stored with the type of their content and a safe name', async (t) => {
  const { rows, blobs, start, told } = await setUp(t, async ({ ref }) =>
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
  const { rows, start } = await setUp(t, async ({ ref }) => {
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
  const { rows, start } = await setUp(
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

test('a fetch that fails is tried three times, with longer and longer waits', async (t) => {
  const times: number[] = []
  const context = await setUp(t, async () => {
    times.push(clock.now())
    throw new DeliveryError('retry', 'The network is down.')
  })
  const { rows, clock, start, seen, told } = context
  rows.add('v', { kind: 'voice' })
  const began = clock.now()
  void start()
  for (const attempt of [1, 2, 3]) {
    await until(() => times.length === attempt)
    await clock.untilSleeping()
    await clock.advance(10_000)
  }
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('v'), '[voice message: could not be fetched]')
  assert.deepEqual(times[0], began)
  assert.equal(times.length, 3)
  assert.equal(told(), 1)
  assert.deepEqual(seen, [])
})

test('what the platform refuses for good is not asked for again', async (t) => {
  let calls = 0
  const { rows, start } = await setUp(t, async () => {
    calls++
    throw new DeliveryError('rejected', 'The file is gone.')
  })
  rows.add('a')
  void start()
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('a'), '[photo: could not be fetched]')
  assert.equal(calls, 1)
})

test('the platform may ask to wait', async (t) => {
  let calls = 0
  const { rows, clock, start } = await setUp(t, async () => {
    if (++calls > 1) return text('late')
    throw new DeliveryError('retry', 'Too many requests.', { retryAfterMs: 5000 })
  })
  rows.add('a')
  void start()
  await until(() => calls === 1)
  await clock.untilSleeping()
  await clock.advance(4999)
  assert.equal(calls, 1)
  await clock.advance(1)
  await until(() => rows.ended.size === 1)
  assert.equal(calls, 2)
})

test('a file that never comes is given up after a minute, also where the adapter does not listen', async (t) => {
  let calls = 0
  const { rows, clock, start } = await setUp(t, async () => {
    calls++
    return calls === 1
      ? await new Promise<Readable>(() => undefined)
      : new Readable({ read: () => undefined })
  })
  rows.add('a')
  void start()
  for (let minute = 0; minute < 12 && rows.ended.size === 0; minute++) {
    await clock.untilSleeping()
    await clock.advance(30_000)
    for (let turn = 0; turn < 50; turn++) await turnOfTheLoop()
  }
  assert.equal(rows.ended.get('a'), '[photo: could not be fetched]')
  assert.equal(calls, 3)
})

test('the files of a channel that is down wait, and those of others do not', async (t) => {
  const { rows, adapters, fetcher, start, clock } = await setUp(t, async () => text('x'))
  rows.add('down', {}, 'other')
  rows.add('up')
  void start()
  await until(() => rows.ended.has('up'))
  await clock.untilSleeping()
  await clock.advance(600_000)
  assert.ok(rows.waiting.has('down'))
  adapters.set(
    'other',
    adapterOf(async () => text('x')),
  )
  fetcher.wake()
  await until(() => rows.ended.has('down'))
})

test('a disk that fails is reported and the agent told', async (t) => {
  const { rows, dir, clock, start, seen } = await setUp(t, async () => text('x'))
  await rm(dir, { recursive: true })
  rows.add('a')
  void start()
  for (const attempt of [1, 2, 3]) {
    await until(() => seen.length === attempt)
    await clock.untilSleeping()
    await clock.advance(10_000)
  }
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('a'), '[photo: could not be stored]')
  const [fault] = seen
  assert.ok(fault?.type === 'fault' && fault.error instanceof StoreError)
})

test('a store that cannot be written is asked again, but not without pause', async (t) => {
  const { rows, clock, fetcher, start, seen } = await setUp(t, async () => text('x'))
  rows.failure = new StoreError('unavailable', 'The database is gone.')
  rows.add('a')
  void start()
  await until(() => seen.length === 1)
  await clock.untilSleeping()
  for (let turn = 0; turn < 50; turn++) await turnOfTheLoop()
  assert.equal(rows.looks, 1)
  rows.failure = undefined
  fetcher.wake()
  await until(() => rows.ended.size === 1)
})

test('an idle fetcher sleeps, and a stop leaves what is under way pending', async (t) => {
  const { rows, clock, fetcher, stop, start, told } = await setUp(t, async (_, signal) => {
    return await new Promise<Readable>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  })
  const running = start()
  await clock.untilSleeping()
  for (let turn = 0; turn < 50; turn++) await turnOfTheLoop()
  assert.equal(rows.looks, 1)
  rows.add('a')
  fetcher.wake()
  await clock.untilSleeping(2)
  stop.abort()
  await running
  assert.ok(rows.waiting.has('a'))
  assert.equal(told(), 0)
  assert.equal(clock.sleeping, 0)
})
