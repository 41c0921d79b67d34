import assert from 'node:assert/strict'
import type { Spent, UsagePiece } from '../../../core/store/usage.ts'
import { ada, bob } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const day = '2026-01-01'
const nothing: Spent = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  costUsd: 0,
  unpriced: 0,
}

async function pieceOf(world: World, address = ada): Promise<UsagePiece> {
  await world.says('hi', {}, { address })
  const { id, session, agent, source } = await world.claimOne()
  const usage = { model: 'm', inputTokens: 10, outputTokens: 2, costUsd: 0.5 }
  const sender = `telegram:${address.chat}`
  return { runId: id, session, agent, source, sender, usage, day }
}

export function usageContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} usage`, engine)

  scene(
    'what is recorded counts for all, the agent, the sender and both at once',
    async (world) => {
      const { usage } = world.store
      const one = await pieceOf(world)
      const other = await pieceOf(world, bob)
      const scopes = [
        {},
        { agent: 'main' },
        { sender: 'telegram:100' },
        { agent: 'main', sender: 'telegram:101' },
        { agent: 'other' },
      ]
      assert.deepEqual(await usage.day(day, scopes), Array(5).fill(nothing))
      assert.ok(await usage.record(one, world.now))
      assert.ok(
        await usage.record({ ...other, usage: { inputTokens: 1, outputTokens: 1 } }, world.now),
      )
      const [all, main, ofAda, ofBob, ofOther] = await usage.day(day, scopes)
      const both = { ...nothing, inputTokens: 11, outputTokens: 3, costUsd: 0.5, unpriced: 1 }
      assert.deepEqual([all, main], [both, both])
      assert.deepEqual(ofAda, { ...nothing, inputTokens: 10, outputTokens: 2, costUsd: 0.5 })
      assert.deepEqual(ofBob, { ...nothing, inputTokens: 1, outputTokens: 1, unpriced: 1 })
      assert.deepEqual(ofOther, nothing)
      assert.deepEqual(await usage.day('2026-01-02', [{}]), [nothing])
    },
  )

  scene('a piece that a run tells again is counted once, also after a restart', async (world) => {
    const piece = await pieceOf(world)
    const named = { ...piece, usage: { ...piece.usage, id: 'msg_1' } }
    assert.equal(await world.store.usage.record(named, world.now), true)
    await world.restarts()
    const { usage } = world.store
    assert.equal(await usage.record(named, world.now), false)
    assert.equal(await usage.record({ ...named, usage: piece.usage }, world.now), true)
    assert.equal(await usage.record({ ...named, usage: piece.usage }, world.now), true)
    const [all] = await usage.day(day, [{}])
    assert.equal(all?.inputTokens, 30)
    const { total } = await usage.totals({ from: 0, to: world.now + 1, by: 'agent', limit: 10 })
    assert.deepEqual([total.inputTokens, total.runs], [30, 1])
  })

  scene('a session counts from its last fresh start', async (world) => {
    const { usage } = world.store
    const piece = await pieceOf(world)
    const { id } = piece.session
    await usage.record(piece, world.now)
    await usage.record({ ...piece, session: { id, generation: 2 } }, world.now)
    await usage.record({ ...piece, session: { id, generation: 2 } }, world.now)
    assert.equal((await usage.session(id, 1)).inputTokens, 10)
    assert.equal((await usage.session(id, 2)).inputTokens, 20)
    assert.deepEqual(await usage.session(id, 3), nothing)
  })

  scene('a limit is explained once for each day and key', async (world) => {
    const { usage } = world.store
    assert.equal(await usage.explained(day, 'a', world.now), true)
    assert.equal(await usage.explained(day, 'a', world.now), false)
    assert.equal(await usage.explained(day, 'b', world.now), true)
    assert.equal(await usage.explained('2026-01-02', 'a', world.now), true)
  })

  scene('totals are told by every dimension, the most tokens first, in pages', async (world) => {
    const { usage } = world.store
    const { sender: _, ...piece } = await pieceOf(world)
    const { now } = world
    const spend = async (changes: Partial<UsagePiece>, inputTokens: number, model?: string) => {
      const tokens = { inputTokens, outputTokens: 0, ...(model !== undefined && { model }) }
      await usage.record({ ...piece, ...changes, usage: tokens }, now)
    }
    await spend({ agent: 'a', sender: 'telegram:1', job: 'j1' }, 1, 'small')
    await spend({ agent: 'b', runId: 'r900' }, 5, 'large')
    await spend({ agent: 'c', runId: 'r901' }, 3)
    const range = { from: now, to: now + 1, limit: 10 }
    const keysBy = async (by: 'agent' | 'model' | 'session' | 'sender' | 'job') =>
      (await usage.totals({ ...range, by })).items.map(({ key, inputTokens }) => [key, inputTokens])
    assert.deepEqual(await keysBy('agent'), [
      ['b', 5],
      ['c', 3],
      ['a', 1],
    ])
    assert.deepEqual(await keysBy('model'), [
      ['large', 5],
      [null, 3],
      ['small', 1],
    ])
    assert.deepEqual(await keysBy('session'), [[piece.session.id, 9]])
    assert.deepEqual(await keysBy('sender'), [
      [null, 8],
      ['telegram:1', 1],
    ])
    assert.deepEqual(await keysBy('job'), [
      [null, 8],
      ['j1', 1],
    ])
    const first = await usage.totals({ ...range, by: 'agent', limit: 2 })
    assert.deepEqual([first.items.length, first.total.inputTokens, first.total.runs], [2, 9, 3])
    assert.ok(first.next)
    const rest = await usage.totals({ ...range, by: 'agent', limit: 2, cursor: first.next })
    assert.deepEqual([rest.items.map(({ key }) => key), rest.next], [['a'], null])
    const before = await usage.totals({ ...range, from: 0, to: now, by: 'agent' })
    assert.deepEqual([before.items, before.total.unpriced], [[], 0])
    await assert.rejects(usage.totals({ ...range, by: 'agent', cursor: 'x' }), /cursor/)
  })

  scene('what is older than the retention goes', async (world) => {
    const { usage, upkeep } = world.store
    const piece = await pieceOf(world)
    await usage.record(piece, world.now)
    await usage.explained(day, 'a', world.now)
    await upkeep.prune(world.now, 100)
    assert.notDeepEqual(await usage.day(day, [{}]), [nothing])
    await upkeep.prune(world.now + 1, 100)
    assert.deepEqual(await usage.day(day, [{}]), [nothing])
    assert.deepEqual(await usage.session(piece.session.id, piece.session.generation), nothing)
    assert.equal(await usage.explained(day, 'a', world.now), true)
  })
}
