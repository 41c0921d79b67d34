import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SpoolLockedError, SpoolStore } from './store.ts'

const account = '+4915112345678'
const everything = { limit: 500, bytes: 1_000_000 }

function makeFile() {
  const dir = mkdtempSync(join(tmpdir(), 'jackdaw-spool-'))
  const remove = () => rmSync(dir, { recursive: true, force: true })
  return { file: join(dir, 'signal-spool.db'), [Symbol.dispose]: remove }
}

const bodies = (store: SpoolStore, after = 0) =>
  store.read(account, after, everything.limit, everything.bytes).map(({ body }) => body)

test('frames wait in their order until they are acknowledged', () => {
  using folder = makeFile()
  using store = new SpoolStore(folder.file)
  store.add(account, ['"a"', '"b"', '"c"'], 1)
  const [, second] = store.read(account, 0, 2, everything.bytes)
  assert.equal(store.acknowledge(account, second?.id ?? 0, 2), 2)
  assert.deepEqual(bodies(store), ['"c"'])
  assert.deepEqual(store.waiting(account), { waiting: 1, oldestAt: 1 })
})

test('a copy of a frame is none, also after the frame was acknowledged', () => {
  using folder = makeFile()
  using store = new SpoolStore(folder.file, { memoryMs: 100 })
  assert.equal(store.add(account, ['"a"', '"a"'], 1), 1)
  assert.equal(store.add('+1', ['"a"'], 1), 1)
  const [row] = store.read(account, 0, 1, everything.bytes)
  store.acknowledge(account, row?.id ?? 0, 1)
  assert.equal(store.add(account, ['"a"'], 2), 0)
  store.acknowledge(account, 0, 200)
  assert.equal(store.add(account, ['"a"'], 200), 1)
})

test('a page ends where it would become too large, and holds one frame at least', () => {
  using folder = makeFile()
  using store = new SpoolStore(folder.file)
  store.add(account, ['"long"', '"longer"', '"longest"'], 1)
  assert.equal(store.read(account, 0, 10, 1).length, 1)
  assert.equal(store.read(account, 0, 10, 7).length, 2)
})

test('what is beyond the limits goes, the oldest first, and is counted', () => {
  using folder = makeFile()
  using store = new SpoolStore(folder.file, { maxFrames: 3, maxAgeMs: 100 })
  store.setAccounts([{ account, url: 'http://127.0.0.1:1' }], true)
  store.add(account, ['"a"', '"b"', '"c"'], 10)
  assert.equal(store.trim(20).size, 0)
  store.add(account, ['"d"', '"e"'], 50)
  assert.deepEqual([...store.trim(60)], [[account, 2]])
  assert.deepEqual(bodies(store), ['"c"', '"d"', '"e"'])
  assert.deepEqual([...store.trim(111)], [[account, 1]])
  assert.equal(store.accounts()[0]?.dropped, 3)
  assert.equal(store.waiting(account).waiting, 2)
})

test('accounts and frames are there after the file was closed', () => {
  using folder = makeFile()
  const webhook = { name: 'signal', secret: 's' }
  {
    using store = new SpoolStore(folder.file)
    store.setAccounts(
      [
        { account, url: 'http://a', webhook },
        { account: '+1', url: 'http://b' },
      ],
      false,
    )
    store.add(account, ['"a"'], 1)
  }
  using store = new SpoolStore(folder.file)
  assert.deepEqual(store.accounts(), [
    { account: '+1', url: 'http://b', dropped: 0 },
    { account, url: 'http://a', dropped: 0, webhook },
  ])
  assert.deepEqual([bodies(store), store.waiting(account).waiting], [['"a"'], 1])
  store.setAccounts([{ account, url: 'http://c' }], true)
  assert.deepEqual(store.accounts(), [{ account, url: 'http://c', dropped: 0 }])
})

test("a file that is open is nobody else's", () => {
  using folder = makeFile()
  {
    using _store = new SpoolStore(folder.file)
    assert.throws(() => new SpoolStore(folder.file), SpoolLockedError)
  }
  using store = new SpoolStore(folder.file)
  assert.deepEqual(store.accounts(), [])
})
