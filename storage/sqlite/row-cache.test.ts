import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from './connect.ts'
import { Conversations } from './conversations.ts'
import { FileDiskSync } from './disk-sync.ts'
import { RowCache } from './row-cache.ts'
import { RunEvents } from './run-events.ts'
import { Senders } from './senders.ts'
import { Writer } from './writer.ts'

const address = { channel: 'telegram', account: 'telegram:1', chat: '5' }

function open(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'jackdaw-cache-'))
  const file = join(dir, 'jackdaw.db')
  const db = connect(file)
  const writer = new Writer(db, file, new FileDiskSync(file), 0)
  const parts = {
    conversations: new Conversations(db),
    senders: new Senders(db),
    events: new RunEvents(db),
  }
  for (const kept of Object.values(parts)) writer.onRollback(() => kept.forget())
  t.after(async () => {
    await writer.close()
    db.close()
    rmSync(dir, { recursive: true })
  })
  return { db, writer, ...parts }
}

test('what a transaction read of its own changes is forgotten when it is undone', async (t) => {
  const { db, writer, conversations, senders, events } = open(t)
  const seqs = () => db.prepare('SELECT seq FROM run_events ORDER BY seq').pluck().all()
  const sender = { account: 'telegram:1', id: '7', channel: 'telegram', name: 'Ada' }
  await writer.write(() => {
    conversations.ensure(address, 'dm', 'Before', 1)
    senders.save(sender, 1)
    events.begin(1, 1, {})
  })
  const undone = writer.write(() => {
    conversations.ensure(address, 'dm', 'After', 2)
    senders.save({ ...sender, name: 'Bob' }, 2)
    events.append(1, 'run.started', 2)
    assert.equal(conversations.find(address)?.title, 'After')
    assert.equal(senders.find('telegram:1', '7')?.name, 'Bob')
    throw new Error('undone')
  })
  await assert.rejects(undone)
  assert.equal(conversations.find(address)?.title, 'Before')
  assert.equal(senders.find('telegram:1', '7')?.name, 'Ada')
  await writer.write(() => events.append(1, 'run.started', 3))
  assert.deepEqual(seqs(), [1, 2])
})

test('a place is read anew after each change of it', async (t) => {
  const { writer, conversations } = open(t)
  const seen = () => {
    const row = conversations.find(address)
    assert.deepEqual(row && conversations.byId(row.id), row)
    return row
  }
  await writer.write(() => conversations.ensure(address, 'dm', 'Title', 1))
  assert.equal(seen()?.title, 'Title')
  await writer.write(() => conversations.setAlive(address, false))
  assert.equal(seen()?.is_alive, 0)
  await writer.write(() => conversations.approve('telegram:1', '5', 1))
  assert.equal(seen()?.is_approved, 1)
  await writer.write(() => {
    const row = conversations.find(address)
    if (row) conversations.configure(row, { agent: 'writer' })
  })
  assert.equal(seen()?.agent, 'writer')
  await writer.write(() => conversations.ensure(address, 'dm', undefined, 1, { id: 's' }))
  assert.equal(seen()?.space, 's')
  await writer.write(() => conversations.rename(seen()?.id ?? 0, '6', 1))
  assert.equal(seen(), undefined)
  assert.equal(conversations.find({ ...address, chat: '6' })?.title, 'Title')
})

test('what is kept is bounded, the newest and what is read stay, and what was not found is looked for again', () => {
  const cache = new RowCache<string>()
  assert.equal(cache.keep('none', undefined), undefined)
  cache.keep('read', 'row')
  for (let key = 0; key < 10_000; key += 1) {
    cache.keep(key, 'row')
    cache.get('read')
  }
  assert.deepEqual(
    ['none', 0, 5000, 9999, 'read'].map((key) => cache.get(key)),
    [undefined, undefined, undefined, 'row', 'row'],
  )
  cache.forget('read')
  cache.clear()
  assert.deepEqual([cache.get('read'), cache.get(9999)], [undefined, undefined])
})
