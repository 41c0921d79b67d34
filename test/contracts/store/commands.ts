import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { EffectOutcome } from '../../../core/store/effects.ts'
import { ada, bob, keyOf } from './places.ts'
import { type Engine, scenes } from './world.ts'

const sessionKey = keyOf(ada)

export function commandsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} commands`, engine)

  scene(
    'a command is answered from its outcome, in a lane that waits for no answer',
    async (world) => {
      await world.says('one')
      await world.answers(await world.claimOne(), 'part one', 'part two')
      const inFlight = await world.claimDelivery()
      await world.says('two')
      const run = await world.claimOne()
      const waiting = await world.says('three', { mode: 'followup' })
      const outcome = await world.commands({ type: 'stop', sessionKey })
      assert.deepEqual(outcome, { isDone: true, cancelled: [waiting.runId], abort: run.id })
      const reply = await world.claimDelivery()
      assert.deepEqual([reply.lane, JSON.parse(reply.chunk.text)], ['control', outcome])
      await world.store.deliveries.sent(reply.id, 'out-1', world.now)
      await world.store.deliveries.sent(inFlight.id, 'out-2', world.now)
      assert.deepEqual(await world.delivers(), ['part two'])
    },
  )

  scene(
    'stop: what waits is cancelled, what executes is named, and nothing to stop is said',
    async (world) => {
      assert.deepEqual(await world.commands({ type: 'stop', sessionKey }), {
        isDone: false,
        cancelled: [],
      })
      const waiting = await world.says('one')
      assert.deepEqual(await world.commands({ type: 'stop', sessionKey }), {
        isDone: true,
        cancelled: [waiting.runId],
      })
      await world.says('two')
      const run = await world.claimOne()
      assert.equal((await world.commands({ type: 'stop', sessionKey })).abort, run.id)
      await world.restarts()
      await world.store.runs.recover('gateway-2', world.now)
      assert.equal((await world.claimOne()).isCancelled, true)
    },
  )

  scene('stop: leaves other sessions alone', async (world) => {
    await world.says('one')
    const other = await world.says('two', {}, { address: bob })
    await world.commands({ type: 'stop', sessionKey })
    assert.equal((await world.claimOne()).id, other.runId)
  })

  scene('a command delivered twice is obeyed once', async (world) => {
    await world.says('one')
    await world.commands({ type: 'reset', sessionKey }, ada, '50')
    const waiting = await world.says('two')
    const reply = () => [{ text: 'again' }]
    const again = await world.accept(world.record('/new', { platformId: '50' }), {
      as: 'control',
      command: 'new',
      effect: { type: 'reset', sessionKey },
      reply,
    })
    assert.equal(again.messageId, undefined)
    assert.equal((await world.claimOne()).id, waiting.runId)
    assert.equal((await world.store.sessions.find(sessionKey))?.generation, 2)
    assert.equal((await world.delivers()).length, 1)
  })

  scene('reset: starts afresh', async (world) => {
    const waiting = await world.says('one')
    const outcome = await world.commands({ type: 'reset', sessionKey })
    assert.deepEqual([outcome.isDone, outcome.cancelled], [true, [waiting.runId]])
    assert.equal((await world.store.sessions.find(sessionKey))?.generation, 2)
  })

  scene('mode: holds for what comes, also in a session that was not there', async (world) => {
    const outcome = await world.commands({
      type: 'mode',
      sessionKey,
      agent: 'main',
      mode: 'followup',
    })
    assert.equal(outcome.isDone, true)
    assert.equal((await world.store.sessions.find(sessionKey))?.mode, 'followup')
    assert.notEqual((await world.says('one')).runId, (await world.says('two')).runId)
  })

  scene('retry: makes the last failed or cancelled run again, and no other', async (world) => {
    assert.equal((await world.commands({ type: 'retry', sessionKey })).isDone, false)
    await world.says('one')
    const first = await world.claimOne()
    assert.equal((await world.commands({ type: 'retry', sessionKey })).isDone, false)
    await world.fails(first)
    const outcome = await world.commands({ type: 'retry', sessionKey })
    const second = await world.claimOne()
    assert.deepEqual([outcome.isDone, outcome.queued], [true, second.id])
    assert.deepEqual(second.messages, first.messages)
    await world.answers(second, 'ok')
    assert.equal((await world.commands({ type: 'retry', sessionKey })).isDone, false)
  })

  scene('approve: gives a stranger rights by their code, and says whom', async (world) => {
    const code = {
      hash: createHash('sha256').update('salt:ABCD2345').digest('hex'),
      salt: 'salt',
      expiresAt: world.now + 1000,
    }
    await world.accept(world.record('hi', { address: bob }), {
      as: 'pairing',
      code,
      maxPending: 3,
      notice: { chunks: [{ text: 'Your code.' }], lane: 'control' },
    })
    const wrong = await world.commands({ type: 'approve', code: 'WRONG234', isOwner: false })
    assert.deepEqual([wrong.isDone, typeof wrong.detail], [false, 'string'])
    const right = await world.commands({ type: 'approve', code: 'ABCD2345', isOwner: false })
    assert.deepEqual([right.isDone, right.detail], [true, `Person ${bob.chat}`])
    const [facts] = await world.store.inbox.facts([{ address: bob, senderId: bob.chat }])
    assert.equal(facts?.senderStatus, 'paired')
  })

  scene('none: changes nothing and is answered all the same', async (world) => {
    const outcome: EffectOutcome = await world.commands({ type: 'none' })
    assert.deepEqual(outcome.cancelled, [])
    assert.equal((await world.delivers()).length, 1)
  })
}
