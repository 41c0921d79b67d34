import assert from 'node:assert/strict'
import type { Accepted } from '../../../core/store/inbox.ts'
import { ada, bob, group, runIntake } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

async function edits(
  world: World,
  platformId: string,
  version: number,
  text: string,
): Promise<Accepted> {
  const record = world.record(text, { kind: 'edit', platformId, version })
  return await world.accept(record, {
    as: 'edit',
    correction: runIntake(ada),
    note: '[correction]',
  })
}

async function textsOf(world: World): Promise<string[]> {
  return (await world.claimOne()).messages.map(({ text }) => text)
}

export function editsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} edits`, engine)

  scene(
    'an edit of a message that waits replaces its text, and makes no second run',
    async (world) => {
      const original = await world.says('helo')
      const edit = await edits(world, '1', 1000, 'hello')
      assert.ok(edit.messageId)
      assert.equal(edit.runId, original.runId)
      assert.deepEqual(await textsOf(world), ['hello'])
    },
  )

  scene(
    'an edit delivered twice counts once, and an older one that comes late changes nothing',
    async (world) => {
      await world.says('one')
      await edits(world, '1', 2000, 'three')
      assert.equal((await edits(world, '1', 2000, 'three')).messageId, undefined)
      await edits(world, '1', 1000, 'two')
      assert.deepEqual(await textsOf(world), ['three'])
    },
  )

  scene('an edit of a message that is being answered is queued as a correction', async (world) => {
    const original = await world.says('helo')
    const run = await world.claimOne()
    const edit = await edits(world, '1', 1000, 'hello')
    assert.equal(edit.disposition, 'run')
    assert.notEqual(edit.runId, original.runId)
    await world.answers(run, 'ok')
    const [correction] = (await world.claimOne()).messages
    assert.deepEqual([correction?.text, correction?.notes], ['hello', ['[correction]']])
  })

  scene(
    'an edit of a turn whose prompt was handed over before a shutdown is a correction too',
    async (world) => {
      await world.says('helo')
      const run = await world.claimOne()
      await world.store.runs.notePrompt(run.lease, 'prompt-1')
      await world.store.runs.release(run.lease, world.now)
      assert.notEqual((await edits(world, '1', 1000, 'hello')).runId, run.id)
      assert.deepEqual(await textsOf(world), ['helo'])
    },
  )

  scene('an edit of a message that was answered is dropped, with a reason', async (world) => {
    await world.says('helo')
    await world.answers(await world.claimOne(), 'ok')
    const edit = await edits(world, '1', 1000, 'hello')
    assert.equal(edit.disposition, 'dropped')
    assert.ok(edit.reason)
    assert.ok((await world.messageOf(edit.messageId)).reason)
    assert.deepEqual(await world.claim(), [])
  })

  scene('an edit of a message nobody saw is dropped, with a reason', async (world) => {
    const edit = await edits(world, '77', 1000, 'hello')
    assert.deepEqual([edit.disposition, typeof edit.reason], ['dropped', 'string'])
  })

  scene('an edited command never runs again', async (world) => {
    await world.says('waiting')
    await world.commands({ type: 'none' }, ada, '9')
    assert.equal((await edits(world, '9', 1000, '/stop')).disposition, 'dropped')
    assert.deepEqual(await textsOf(world), ['waiting'])
    assert.equal((await world.delivers()).length, 1)
  })

  scene('an edit of what was only observed changes the context', async (world) => {
    const observed = { as: 'observed', reason: 'not addressed' } as const
    await world.accept(world.record('helo', { address: group, platformId: '4' }), observed)
    await world.accept(
      world.record('hello', { address: group, platformId: '4', kind: 'edit', version: 1000 }),
      { as: 'edit', correction: runIntake(group), note: '[correction]' },
    )
    await world.says('@bot hi', {}, { address: group })
    assert.deepEqual(await textsOf(world), ['hello', '@bot hi'])
  })

  scene(
    'a withdrawn message is not read, and a run without messages is cancelled',
    async (world) => {
      const one = await world.says('one')
      const two = await world.says('two')
      assert.deepEqual(await world.store.inbox.withdraw(ada, ['1', 'unknown'], world.now), [
        one.messageId,
      ])
      assert.equal((await world.messageOf(one.messageId)).disposition, 'dropped')
      assert.equal(await world.stateOf(two.runId), 'queued')
      await world.store.inbox.withdraw(bob, ['2'], world.now)
      assert.equal(await world.stateOf(two.runId), 'queued')
      await world.store.inbox.withdraw(ada, ['2'], world.now)
      assert.equal(await world.stateOf(two.runId), 'cancelled')
      assert.deepEqual(await world.claim(), [])
    },
  )

  scene(
    'withdrawing a message that is being answered or was answered changes nothing',
    async (world) => {
      await world.says('one')
      const run = await world.claimOne()
      await world.store.inbox.withdraw(ada, ['1'], world.now)
      assert.equal(await world.stateOf(run.id), 'running')
      await world.answers(run, 'ok')
      await world.store.inbox.withdraw(ada, ['1'], world.now)
      assert.equal(await world.stateOf(run.id), 'completed')
      assert.deepEqual(await world.delivers(), ['ok'])
    },
  )

  scene('the session goes on when its first waiting run is withdrawn', async (world) => {
    await world.says('one', { mode: 'followup' })
    await world.says('two', { mode: 'followup' })
    await world.store.inbox.withdraw(ada, ['1'], world.now)
    assert.deepEqual(await textsOf(world), ['two'])
  })
}
