import assert from 'node:assert/strict'
import type { ChatWelcome } from '../../../core/store/effects.ts'
import type { Accepted } from '../../../core/store/inbox.ts'
import type { ChatQuestion } from '../../../core/store/intake.ts'
import { account, ada, group, keyOf, topic } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const hourMs = 3_600_000
const weekMs = 7 * 24 * hourMs
const space = { id: 's1', title: 'Ada HQ' }
const ben = { id: 'u2', name: 'Ben', language: 'de' }

function question(world: World, changes: Partial<ChatQuestion> = {}): ChatQuestion {
  return { expiresAt: world.now + 24 * hourMs, maxPending: 3, restMs: weekMs, ...changes }
}

function welcome(freshAfter = 0): ChatWelcome {
  return {
    freshAfter,
    chunks: (lateMs) => [{ text: lateMs === undefined ? 'Open.' : `Open, ${lateMs} ms late.` }],
  }
}

async function asks(
  world: World,
  text: string,
  changes: Partial<Parameters<World['record']>[1]> = {},
  isKept = true,
): Promise<Accepted> {
  const record = world.record(text, { address: group, author: ben, ...changes })
  return await world.accept(record, {
    as: 'unapproved',
    reason: 'not approved',
    isKept,
    agent: 'main',
    sessionKey: keyOf(record.address),
    maxAttempts: 3,
    question: question(world),
  })
}

/** The owner (Ada) is asked what is due. Returns the ids of the questions. */
async function ownerIsAsked(world: World): Promise<string[]> {
  const due = await world.store.requests.dueChats(world.now)
  for (const { id } of due)
    await world.store.requests.askAboutChat(id, ada, [{ text: `May I? ${id}` }], world.now)
  return due.map(({ id }) => id)
}

async function isApproved(world: World, chat = group.chat): Promise<boolean | undefined> {
  const [facts] = await world.store.inbox.facts([{ address: { ...group, chat }, senderId: 'x' }])
  return facts?.isChatApproved
}

export function chatQuestionsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} chat questions`, engine)

  scene('being added and being asked are one question, put to one owner once', async (world) => {
    const { requests } = world.store
    await requests.addedToChat(group, { by: ben }, question(world), world.now)
    await requests.addedToChat(group, { by: ben }, question(world), world.now)
    const held = await asks(world, 'hi', { chatTitle: 'Team Ada' })
    assert.equal(held.disposition, 'held')
    assert.match(held.reason ?? '', /^not approved; an owner is asked \(q1\)$/)
    const [due, ...others] = await requests.dueChats(world.now)
    assert.deepEqual(others, [])
    const about = {
      address: group,
      title: 'Team Ada',
      space: null,
      by: { name: 'Ben', language: 'de' },
      isMembership: true,
    }
    assert.deepEqual(due, { id: 'q1', about })
    await requests.putOff('q1', world.now + hourMs)
    assert.deepEqual(await requests.dueChats(world.now), [])
    assert.equal(await requests.nextAt(), world.now + hourMs)
    world.now += hourMs
    assert.deepEqual(await ownerIsAsked(world), ['q1'])
    await requests.askAboutChat('q1', ada, [{ text: 'Again?' }], world.now)
    assert.deepEqual(await world.delivers(), ['May I? q1'])
    const found = await requests.find('q1')
    assert.deepEqual(
      [found?.kind, found?.address, found?.state, found?.about],
      ['chat', ada, 'open', about],
    )
    assert.deepEqual(await requests.openAboutChat({ ...group, thread: '5' }), found)
    assert.deepEqual(await requests.dueDigests(world.now), [])
  })

  scene('yes: the chat is approved, hears so, and what it asked is run together', async (world) => {
    await asks(world, 'one')
    await asks(world, '/status', {}, false)
    await asks(world, 'elsewhere', { address: topic })
    await asks(world, 'two')
    await ownerIsAsked(world)
    await world.delivers()
    const outcome = await world.commands({
      type: 'answer',
      requestId: 'q1',
      answer: 'yes',
      welcome: welcome(),
    })
    const run = await world.claimOne()
    assert.deepEqual([outcome.isDone, outcome.queued], [true, run.id])
    assert.deepEqual(
      run.messages.map(({ text }) => text),
      ['one', 'two'],
    )
    assert.deepEqual([run.route?.chat, run.session.key], [group.chat, keyOf(group)])
    assert.ok((await world.delivers()).includes('Open.'))
    assert.equal(await isApproved(world), true)
    await world.answers(run, 'here')
    const late = await world.commands({ type: 'answer', requestId: 'q1', answer: 'no' })
    assert.equal(late.isDone, false)
    assert.equal(await isApproved(world), true)
  })

  scene(
    'yes, but late: what is too old ends with a reason and the chat hears its age',
    async (world) => {
      const old = await asks(world, 'old')
      world.now += hourMs
      const answer = { type: 'answer', requestId: 'q1', answer: 'yes' } as const
      const outcome = await world.commands({ ...answer, welcome: welcome(world.now - 1000) })
      assert.deepEqual([outcome.isDone, outcome.queued], [true, undefined])
      assert.ok((await world.delivers()).includes(`Open, ${hourMs} ms late.`))
      assert.equal((await world.messageOf(old.messageId)).disposition, 'expired')
    },
  )

  scene('no: it stays closed, and nobody is asked for a week', async (world) => {
    const held = await asks(world, 'one')
    await world.commands({ type: 'answer', requestId: 'q1', answer: 'no' })
    assert.equal((await world.messageOf(held.messageId)).reason, 'an owner did not allow the chat')
    assert.equal(await isApproved(world), false)
    const again = await asks(world, 'two')
    assert.deepEqual(
      [again.disposition, again.reason],
      ['dropped', 'not approved; an owner said no'],
    )
    await world.store.requests.addedToChat(group, {}, question(world), world.now)
    assert.deepEqual(await world.store.requests.dueChats(world.now), [])
    world.now += weekMs
    assert.equal((await asks(world, 'three')).disposition, 'held')
  })

  scene('nobody answers: it expires, what was asked ends, and a week passes', async (world) => {
    const held = await asks(world, 'one')
    world.now += 24 * hourMs
    assert.match((await asks(world, 'two')).reason ?? '', /no owner answered/)
    assert.equal(await world.store.requests.expire(world.now, 10), 1)
    const message = await world.messageOf(held.messageId)
    assert.deepEqual(
      [message.disposition, message.reason],
      ['expired', 'no owner allowed the chat in time'],
    )
    assert.match((await asks(world, 'three')).reason ?? '', /no owner answered/)
    world.now += weekMs
    assert.equal((await asks(world, 'four')).disposition, 'held')
  })

  scene('a space is one question, and its yes is for all of it', async (world) => {
    await world.store.requests.addedToChat(group, { space, by: ben }, question(world), world.now)
    const other = { ...group, chat: '-201' }
    await asks(world, 'hi', { address: other, space })
    assert.deepEqual(await ownerIsAsked(world), ['q1'])
    assert.deepEqual((await world.store.requests.find('q1'))?.about?.space, space)
    await world.commands({ type: 'answer', requestId: 'q1', answer: 'yes', welcome: welcome() })
    assert.deepEqual([await isApproved(world), await isApproved(world, '-201')], [true, true])
    assert.equal((await world.claimOne()).route?.chat, '-201')
  })

  scene('a few may wait at once, and each keeps a few messages', async (world) => {
    for (const chat of ['-1', '-2', '-3'])
      assert.equal((await asks(world, 'hi', { address: { ...group, chat } })).disposition, 'held')
    const fourth = await asks(world, 'hi', { address: { ...group, chat: '-4' } })
    assert.match(fourth.reason ?? '', /too many other chats/)
    const states: string[] = []
    for (let count = 0; count < 10; count += 1)
      states.push((await asks(world, 'hi', { address: { ...group, chat: '-1' } })).disposition)
    assert.deepEqual(new Set(states.slice(0, 9)), new Set(['held']))
    assert.equal(states[9], 'dropped')
  })

  scene('decided by hand meanwhile, the question is over', async (world) => {
    const held = await asks(world, 'one')
    await world.store.access.approveChat(group, true, world.now)
    assert.equal((await world.store.requests.find('q1'))?.state, 'void')
    assert.match((await world.messageOf(held.messageId)).reason ?? '', /decided otherwise/)
    const late = await world.commands({ type: 'answer', requestId: 'q1', answer: 'no' })
    assert.equal(late.isDone, false)
    assert.equal(await isApproved(world), true)
  })

  scene('a question is found by the message that asks it, in its chat alone', async (world) => {
    const { requests, deliveries } = world.store
    await asks(world, 'one')
    await ownerIsAsked(world)
    assert.equal(await requests.askedBy(account, ada.chat, 'out-1'), undefined)
    const delivery = await world.claimDelivery()
    await deliveries.sent(delivery.id, 'out-1', world.now)
    assert.equal((await requests.askedBy(account, ada.chat, 'out-1'))?.id, 'q1')
    assert.equal(await requests.askedBy(account, group.chat, 'out-1'), undefined)
    assert.equal(await requests.askedBy('telegram:2', ada.chat, 'out-1'), undefined)
    await deliveries.queue(ada, { chunks: [{ text: 'A notice' }], lane: 'answer' }, 'n', world.now)
    const notice = await world.claimDelivery()
    await deliveries.sent(notice.id, 'out-2', world.now)
    assert.equal(await requests.askedBy(account, ada.chat, 'out-2'), undefined)
    await world.commands({ type: 'answer', requestId: 'q1', answer: 'no' })
    assert.equal((await requests.askedBy(account, ada.chat, 'out-1'))?.state, 'answered')
  })
}
