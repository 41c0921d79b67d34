import assert from 'node:assert/strict'
import type { Address } from '../../../core/model.ts'
import type { Arrival, PointedAt } from '../../../core/store/arrivals.ts'
import type { ClaimedDelivery } from '../../../core/store/deliveries.ts'
import type { Accepted } from '../../../core/store/inbox.ts'
import { account, ada, bob, keyOf } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const text = 'Answer 2 messages? Question 1'

/** A late message and the question about it, which is being sent. */
async function sending(world: World, address = ada): Promise<ClaimedDelivery> {
  await world.accept(world.record('late', { address }), {
    as: 'held',
    agent: 'main',
    sessionKey: keyOf(address),
    maxAttempts: 3,
    settleMs: 0,
    expiresAt: world.now + 600_000,
  })
  const [digest] = await world.store.requests.dueDigests(world.now)
  assert.ok(digest)
  const closings = { isEdit: true, expired: { text: 'Too late.' }, void: { text: 'Gone.' } }
  await world.store.requests.ask(digest.id, [{ text }], world.now, closings)
  return await world.claimDelivery()
}

/** Somebody answers by pointing at a message. */
function answers(world: World, arrived: Arrival, address: Address = ada): Promise<Accepted> {
  return world.accept(world.record('no', { address }), {
    as: 'control',
    command: 'answer',
    effect: {
      type: 'answer',
      requestId: arrived.requestId,
      answer: 'no',
      closing: () => ({ isEdit: true, chunk: { text: 'Answered.' } }),
    },
    reply: () => [],
    arrived,
  })
}

const pointed = (more: Partial<PointedAt> = {}): PointedAt => ({
  account,
  chat: ada.chat,
  messageId: '77',
  text,
  ...more,
})

export function arrivalsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} arrivals`, engine)

  scene('an answer proves that its question arrived, and changes its message', async (world) => {
    const asking = await sending(world)
    await world.store.deliveries.recover(world.now)
    const accepted = await answers(world, { requestId: 'q1', messageId: '77' })
    assert.equal(accepted.arrived, asking.id)
    assert.equal(accepted.outcome?.isDone, true)
    assert.deepEqual(await world.store.deliveries.unsettled(account), [])
    const edit = await world.claimDelivery()
    assert.deepEqual([edit.chunk.text, edit.edits], ['Answered.', '77'])
    await world.store.deliveries.sent(edit.id, '77', world.now)
  })

  scene('what the outbox or a proof says later changes nothing any more', async (world) => {
    const asking = await sending(world)
    const accepted = await answers(world, { requestId: 'q1', messageId: '77' })
    assert.equal(accepted.arrived, asking.id)
    const { deliveries } = world.store
    assert.equal((await deliveries.sent(asking.id, '77', world.now)).isNew, false)
    await deliveries.uncertain(asking.id, 'No answer.', world.now)
    await deliveries.postpone(asking.id, world.now, 'Not sent.', true, world.now)
    await deliveries.park(asking.id, 'Nobody knows.', world.now)
    await deliveries.discard(asking.id, 'Refused.', world.now)
    assert.deepEqual(await world.delivers(), ['Answered.'])
    const row = await world.store.views.delivery(asking.id)
    assert.deepEqual([row?.state, row?.platformMessageId], ['sent', '77'])
  })

  scene(
    'a send that was given up, or is to be made again, has arrived all the same',
    async (world) => {
      for (const [address, chat] of [
        [ada, '77'],
        [bob, '78'],
      ] as const) {
        const asking = await sending(world, address)
        if (address === ada)
          await world.store.deliveries.park(asking.id, 'Nobody knows.', world.now)
        else
          await world.store.deliveries.postpone(asking.id, world.now, 'Not sent.', true, world.now)
        const requestId = asking.key.slice(0, -':0'.length)
        const accepted = await answers(world, { requestId, messageId: chat }, address)
        assert.equal(accepted.arrived, asking.id)
        const edit = await world.claimDelivery()
        assert.deepEqual([edit.chunk.text, edit.edits], ['Answered.', chat])
        await world.store.deliveries.sent(edit.id, chat, world.now)
      }
    },
  )

  scene(
    'a message whose id is known keeps it, and an answer from elsewhere proves nothing',
    async (world) => {
      const asking = await sending(world)
      const elsewhere = await answers(world, { requestId: 'q1', messageId: '77' }, bob)
      assert.equal(elsewhere.arrived, undefined)
      await world.store.deliveries.sent(asking.id, '76', world.now)
      await answers(world, { requestId: 'q1', messageId: '77' })
      const row = await world.store.views.delivery(asking.id)
      assert.equal(row?.platformMessageId, '76')
      await world.delivers()
    },
  )

  scene(
    'an unknown message of ours is the one question that is on its way there',
    async (world) => {
      const { arrivals, deliveries } = world.store
      const asks = (more?: Partial<PointedAt>) => arrivals.questionFor(pointed(more))
      const asking = await sending(world)
      const { text: _, ...silent } = pointed()
      const timed = (sentAt?: number) =>
        arrivals.questionFor({ ...silent, ...(sentAt !== undefined && { sentAt }) })
      assert.equal(await asks(), 'q1')
      assert.equal(
        await asks({ text: '**Answer 2 mess…' }),
        'q1',
        'quotes are cut and have no markup',
      )
      assert.equal(await asks({ text: 'Something else' }), undefined)
      assert.equal(await asks({ chat: bob.chat }), undefined)
      assert.equal(await timed(world.now), 'q1')
      assert.equal(await timed(world.now - 60_000), undefined, 'it was there before the question')
      assert.equal(await timed(world.now + 600_000), undefined)
      assert.equal(await timed(), undefined)
      await deliveries.recover(world.now)
      assert.equal(await asks(), 'q1')
      await deliveries.park(asking.id, 'Nobody knows.', world.now)
      assert.equal(await asks(), 'q1')
      await deliveries.again(asking.id, world.now)
      await world.claimDelivery()
      await deliveries.sent(asking.id, '76', world.now)
      assert.equal(await asks(), undefined)
    },
  )

  scene('what may be another message of ours is nobody’s answer', async (world) => {
    const { arrivals, deliveries } = world.store
    await sending(world)
    await world.says('hello')
    const run = await world.claimOne()
    await world.answers(run, `You said: ${text}`)
    const answer = await world.claimDelivery()
    assert.equal(await arrivals.questionFor(pointed()), undefined)
    await deliveries.sent(answer.id, '77', world.now)
    assert.equal(await arrivals.questionFor(pointed()), undefined, 'the id is the answer’s')
    assert.equal(await arrivals.questionFor(pointed({ messageId: '78' })), 'q1')
    await world.store.requests.expire(world.now + 600_000, 10)
    assert.equal(await arrivals.questionFor(pointed({ messageId: '78' })), undefined)
  })
}
