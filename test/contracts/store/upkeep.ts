import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { account, ada, bob } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const dayMs = 86_400_000

async function exchange(world: World, text: string): Promise<string> {
  await world.says(text)
  const run = await world.claimOne()
  await world.answers(run, `answer to ${text}`)
  await world.delivers()
  return run.id
}

async function pruneAll(world: World, before: number): Promise<number> {
  let total = 0
  for (let round = 0; round < 1000; round++) {
    const gone = await world.store.upkeep.prune(before, 10)
    assert.ok(gone <= 10, 'a batch keeps to its limit')
    total += gone
    if (gone === 0) return total
  }
  throw new assert.AssertionError({ message: 'pruning never ends' })
}

export function upkeepContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} upkeep`, engine)

  scene(
    'pruning takes what is finished and old, in batches, and leaves the rest',
    async (world) => {
      for (let index = 0; index < 6; index++) await exchange(world, `old ${index}`)
      await world.accept(world.record('spam'), { as: 'dropped', reason: 'blocked' })
      world.now += 10 * dayMs
      const recent = await exchange(world, 'recent')
      assert.ok((await pruneAll(world, world.now - dayMs)) >= 6)
      const { items } = await world.store.views.runs({ limit: 100 })
      assert.deepEqual(
        items.map(({ id }) => id),
        [recent],
      )
      assert.deepEqual(await world.typesOf(recent), [
        'run.accepted',
        'run.started',
        'run.completed',
        'delivery.sent',
      ])
      assert.equal(await world.store.views.trace('m1'), undefined)
      assert.equal((await world.store.views.deliveries({ limit: 100 })).items.length, 1)
    },
  )

  scene('pruning leaves open work alone, however old', async (world) => {
    await exchange(world, 'old')
    await world.says('undelivered')
    await world.answers(await world.claimOne(), 'undelivered answer')
    const running = await world.says('running')
    await world.claimOne()
    const waiting = await world.says('waiting')
    const other = await world.says('queued', {}, { address: bob })
    const held = await world.accept(world.record('late', { address: bob }), {
      as: 'held',
      agent: 'main',
      sessionKey: 'v1:late',
      maxAttempts: 3,
      settleMs: 0,
      expiresAt: world.now + 100 * dayMs,
    })
    world.now += 50 * dayMs
    await pruneAll(world, world.now)
    await world.isSound()
    for (const { runId } of [running, waiting, other]) {
      assert.notEqual((await world.run(runId)).text, '')
    }
    assert.equal((await world.messageOf(held.messageId)).text, 'late')
    assert.deepEqual(await world.delivers(), ['undelivered answer'])
    assert.ok(await world.store.sessions.find((await world.run(running.runId)).sessionId))
  })

  scene('pruning takes the old records of what was spent and who was let in', async (world) => {
    const undelivered = { text: 'hi', files: [], chunks: [{ text: 'hi' }] }
    await world.says('hello')
    const { lease, id: runId, session, agent, source } = await world.claimOne()
    const usage = { inputTokens: 10, outputTokens: 2 }
    const piece = { runId, session, agent, source, usage, day: '2026-01-01' }
    assert.ok(await world.store.usage.record(piece, world.now))
    assert.ok(await world.store.runs.complete(lease, undelivered, world.now))
    const guest = { account, channel: ada.channel, id: 'g', name: 'Guest' }
    await world.store.access.setSender(guest, 'allowed', world.now)
    assert.equal(await pruneAll(world, world.now), 0)
    assert.equal(await pruneAll(world, world.now + 1), 5, 'the piece, three sums, the record')
    assert.equal((await world.store.access.senders()).length, 1)
  })

  scene('a file is referenced until the last message that has it is pruned', async (world) => {
    const file = { sha256: 'd'.repeat(64), name: 'd.png', mime: 'image/png', size: 1 }
    const attachments = [{ ref: 'f', kind: 'photo' as const }]
    await world.says('look', {}, { attachments })
    const [pending] = await world.store.attachments.pending(1)
    await world.store.attachments.stored(pending?.id ?? '', file, world.now)
    await world.answers(await world.claimOne(), 'seen')
    await world.delivers()
    assert.ok(await world.store.attachments.isReferenced(file.sha256, world.now))
    world.now += 10 * dayMs
    await exchange(world, 'recent')
    await pruneAll(world, world.now - dayMs)
    assert.equal(await world.store.attachments.isReferenced(file.sha256, world.now), false)
  })

  scene('a backup made while everything runs opens, and holds a state that was', async (world) => {
    await world.says('before')
    const dir = await mkdtemp(join(tmpdir(), 'jackdaw-backup-'))
    try {
      const file = join(dir, 'backup.db')
      let isDone = false
      const backup = world.store.upkeep.backup(file).then(() => {
        isDone = true
      })
      let written = 0
      while (!isDone && written < 500) {
        await world.says(`during ${written++}`, { maxQueued: 1000 })
      }
      await backup
      const restored = join(dir, 'restored')
      await engine.restore(file, restored)
      const copy = await engine.open(restored)
      try {
        assert.deepEqual(await copy.upkeep.violations(world.now), [])
        const { runs } = await copy.runs.claim({
          owner: 'x',
          now: world.now,
          leaseMs: 1000,
          limit: 10,
        })
        const texts = runs[0]?.messages.map(({ text }) => text) ?? []
        assert.deepEqual(texts, ['before', ...texts.slice(1).map((_, index) => `during ${index}`)])
      } finally {
        await copy.close()
      }
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
    assert.equal((await world.claimOne()).messages[0]?.text, 'before')
  })

  scene('the queue knows its depth, its oldest and what executes', async (world) => {
    assert.deepEqual(await world.store.views.queue(world.now), {
      depth: 0,
      oldestAt: undefined,
      executing: 0,
    })
    const began = world.now
    await world.says('one', { mode: 'followup' })
    world.now += 100
    await world.says('two', { mode: 'followup' })
    assert.deepEqual(await world.store.views.queue(world.now), {
      depth: 2,
      oldestAt: began,
      executing: 0,
    })
    await world.claimOne()
    assert.deepEqual(await world.store.views.queue(world.now), {
      depth: 1,
      oldestAt: began + 100,
      executing: 1,
    })
  })

  scene('the log is emptied on demand', async (world) => {
    await exchange(world, 'hi')
    assert.ok((await world.store.upkeep.checkpoint()) >= 0)
    assert.equal(world.store.upkeep.walBytes(), 0)
    await exchange(world, 'still here')
  })

  scene('what breaks a promise is found and named', async (world) => {
    const { messageId } = await world.says('forgotten')
    await world.store.close()
    await engine.damage(world.dir, messageId ?? '')
    world.store = await engine.open(world.dir)
    const violations = await world.store.upkeep.violations(world.now)
    assert.ok(violations.some((line) => line.includes(messageId ?? '?')))
    await world.store.close()
    await rm(world.dir, { recursive: true })
    world.store = await engine.open(world.dir)
  })

  scene('a closed store refuses, and what was asked for before is done', async (world) => {
    const last = world.says('last')
    await world.store.close()
    const { messageId } = await last
    assert.ok(messageId)
    await assert.rejects(world.store.inbox.accept([], world.now))
    await world.store.close()
    world.store = await engine.open(world.dir)
    assert.equal((await world.claimOne()).messages[0]?.text, 'last')
    assert.equal((await world.store.inbox.facts([{ address: ada, senderId: 'x' }])).length, 1)
  })
}
