import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Accepted } from '../../../core/store/inbox.ts'
import { account, ada, bob, keyOf } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const settleMs = 5000
const deadlineMs = 600_000

async function comesLate(world: World, text: string, address = ada): Promise<Accepted> {
  return await world.accept(world.record(text, { address }), {
    as: 'held',
    agent: 'main',
    sessionKey: keyOf(address),
    maxAttempts: 3,
    settleMs,
    expiresAt: world.now + deadlineMs,
  })
}

/** Two late messages, and the question about them asked. Returns the question's id. */
async function asked(world: World): Promise<string> {
  await comesLate(world, 'one')
  await comesLate(world, 'two')
  world.now += settleMs
  const [digest] = await world.store.requests.dueDigests(world.now)
  assert.ok(digest)
  await world.store.requests.ask(digest.id, [{ text: 'Answer 2 messages?' }], world.now)
  return digest.id
}

export function requestsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} requests`, engine)

  scene('late messages are asked about once, in one question, when no more come', async (world) => {
    assert.equal(await world.store.requests.nextAt(), undefined)
    const held = await comesLate(world, 'one')
    assert.deepEqual([held.disposition, held.runId], ['held', undefined])
    world.now += settleMs - 1
    await comesLate(world, 'two')
    await comesLate(world, 'other', bob)
    assert.deepEqual(await world.claim(), [])
    assert.deepEqual(await world.store.requests.dueDigests(world.now + settleMs - 1), [])
    assert.equal(await world.store.requests.nextAt(), world.now + settleMs)
    world.now += settleMs
    const due = await world.store.requests.dueDigests(world.now)
    assert.deepEqual(
      due.map(({ address, count }) => [address, count]),
      [
        [ada, 2],
        [bob, 1],
      ],
    )
    await world.store.requests.ask(due[0]?.id ?? '', [{ text: 'Answer 2 messages?' }], world.now)
    await world.store.requests.ask(due[0]?.id ?? '', [{ text: 'Answer 2 messages?' }], world.now)
    assert.deepEqual(await world.delivers(), ['Answer 2 messages?'])
    assert.equal((await world.store.requests.dueDigests(world.now)).length, 1)
  })

  scene(
    'yes: all of them become one run, in their order, where they were written',
    async (world) => {
      const id = await asked(world)
      assert.equal((await world.store.requests.find(id))?.state, 'open')
      const outcome = await world.commands({ type: 'answer', requestId: id, answer: 'yes' })
      const run = await world.claimOne()
      assert.deepEqual([outcome.isDone, outcome.queued], [true, run.id])
      assert.deepEqual(
        run.messages.map(({ form, text }) => `${form} ${text}`),
        ['full one', 'full two'],
      )
      assert.deepEqual([run.route?.chat, run.session.key], [ada.chat, keyOf(ada)])
      assert.equal((await world.messageOf(run.messages[0]?.id)).disposition, 'run')
      const request = await world.store.requests.find(id)
      assert.deepEqual(
        [request?.state, request?.answer, request?.kind, request?.address],
        ['answered', 'yes', 'stale', ada],
      )
      await world.answers(run, 'late but here')
    },
  )

  scene('no: they end, with a reason', async (world) => {
    const held = await comesLate(world, 'zero')
    const id = await asked(world)
    const outcome = await world.commands({ type: 'answer', requestId: id, answer: 'no' })
    assert.equal(outcome.isDone, true)
    const message = await world.messageOf(held.messageId)
    assert.equal(message.disposition, 'expired')
    assert.ok(message.reason)
    assert.deepEqual(await world.claim(), [])
  })

  scene('the first answer wins', async (world) => {
    const id = await asked(world)
    await world.commands({ type: 'answer', requestId: id, answer: 'yes' })
    const second = await world.commands({ type: 'answer', requestId: id, answer: 'no' })
    assert.equal(second.isDone, false)
    assert.ok(second.detail)
    assert.equal((await world.claimOne()).messages.length, 2)
    assert.equal(
      (await world.commands({ type: 'answer', requestId: 'q999', answer: 'yes' })).isDone,
      false,
    )
  })

  scene('what nobody answers in time ends, and a late answer changes nothing', async (world) => {
    const held = await comesLate(world, 'zero')
    const id = await asked(world)
    const deadline = await world.store.requests.nextAt()
    assert.ok(deadline !== undefined)
    assert.equal(await world.store.requests.expire(deadline - 1, 100), 0)
    world.now = deadline
    assert.equal(
      (await world.commands({ type: 'answer', requestId: id, answer: 'yes' })).isDone,
      false,
    )
    assert.equal(await world.store.requests.expire(world.now, 100), 1)
    assert.equal(await world.store.requests.expire(world.now, 100), 0)
    assert.equal((await world.store.requests.find(id))?.state, 'expired')
    assert.equal((await world.messageOf(held.messageId)).disposition, 'expired')
    assert.equal(
      (await world.commands({ type: 'answer', requestId: id, answer: 'yes' })).isDone,
      false,
    )
    assert.deepEqual(await world.claim(), [])
    assert.equal(await world.store.requests.nextAt(), undefined)
  })

  scene('a question survives a restart', async (world) => {
    const id = await asked(world)
    await world.restarts()
    assert.equal(
      (await world.commands({ type: 'answer', requestId: id, answer: 'yes' })).isDone,
      true,
    )
    assert.equal((await world.claimOne()).messages.length, 2)
  })

  scene('what comes late after the question was asked is a question of its own', async (world) => {
    const first = await asked(world)
    await comesLate(world, 'three')
    world.now += settleMs
    const [second, ...others] = await world.store.requests.dueDigests(world.now)
    assert.deepEqual(others, [])
    assert.deepEqual([second?.count, second?.id === first], [1, false])
  })

  scene('what its author deleted is not asked about', async (world) => {
    await comesLate(world, 'one')
    await comesLate(world, 'two')
    await world.store.inbox.withdraw(ada, ['1'], world.now)
    world.now += settleMs
    assert.deepEqual(
      (await world.store.requests.dueDigests(world.now)).map(({ count }) => count),
      [1],
    )
    await world.store.inbox.withdraw(ada, ['2'], world.now)
    assert.deepEqual(await world.store.requests.dueDigests(world.now), [])
  })

  scene('an owner is asked about a stranger and lets them in, or not', async (world) => {
    for (const [sender, answer, status] of [
      ['1', 'yes', 'paired'],
      ['2', 'no', undefined],
    ] as const) {
      const salt = 'salt'
      const hash = createHash('sha256').update(`${salt}:CODE222${sender}`).digest('hex')
      const address = { ...bob, chat: sender }
      const { pairingId } = await world.accept(world.record('hi', { address }), {
        as: 'pairing',
        code: { hash, salt, expiresAt: world.now + 3_600_000 },
        maxPending: 3,
        notice: { chunks: [], lane: 'control' },
      })
      const ids: string[] = []
      const chunks = (id: string) => {
        ids.push(id)
        return [{ text: 'Let them in?', buttons: [[{ label: 'Yes', data: `${id}:yes` }]] }]
      }
      await world.store.requests.askPairing(pairingId ?? '', ada, chunks, world.now)
      const delivery = await world.claimDelivery()
      assert.deepEqual([delivery.to.chat, delivery.chunk.text], [ada.chat, 'Let them in?'])
      await world.store.deliveries.sent(delivery.id, 'out', world.now)
      const id = ids.at(-1) ?? ''
      assert.equal((await world.store.requests.find(id))?.kind, 'pairing')
      assert.equal((await world.commands({ type: 'answer', requestId: id, answer })).isDone, true)
      const [facts] = await world.store.inbox.facts([{ address, senderId: sender }])
      assert.equal(facts?.senderStatus, status)
      assert.deepEqual(await world.store.access.pairings(world.now), [])
      await world.delivers()
    }
    assert.equal((await world.store.access.senders())[0]?.account, account)
  })
}
