import assert from 'node:assert/strict'
import type { Intake } from '../../../core/store/intake.ts'
import { account, ada, bob, group, keyOf, runIntake, topic } from './places.ts'
import { type Engine, scenes } from './world.ts'

export function inboxContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} inbox`, engine)

  scene('a message becomes a run with everything it carried', async (world) => {
    const parts = {
      quote: { author: 'Bob', text: 'earlier', isOwn: false },
      forward: { origin: 'News' },
      notes: ['[location 52.52, 13.41]'],
      author: { id: 'u1', name: 'Ada', language: 'de' },
      address: topic,
      chatTitle: 'The group',
    }
    const accepted = await world.says('hello', { replyTo: '1' }, parts)
    assert.equal(accepted.disposition, 'run')
    assert.ok(accepted.messageId)
    assert.ok(!accepted.isFolded && !accepted.isOverflow)
    const run = await world.claimOne()
    assert.equal(run.id, accepted.runId)
    assert.deepEqual(run.route, { ...topic, chatKind: 'thread', replyTo: '1' })
    assert.deepEqual([run.agent, run.source, run.createdAt], ['main', 'message', world.now])
    assert.deepEqual([run.session.key, run.session.generation], [keyOf(topic), 1])
    assert.equal(run.session.runtimeSession, undefined)
    const [message, ...others] = run.messages
    assert.deepEqual(others, [])
    assert.deepEqual(message, {
      id: accepted.messageId,
      platformId: '1',
      form: 'full',
      author: { id: 'u1', name: 'Ada' },
      sentAt: world.now,
      text: 'hello',
      quote: parts.quote,
      forward: parts.forward,
      notes: parts.notes,
      attachments: [],
    })
  })

  scene('a message delivered twice by the platform runs once', async (world) => {
    const first = await world.accept(world.record('hi', { platformId: '5' }), runIntake(ada))
    const second = await world.accept(world.record('hi', { platformId: '5' }), runIntake(ada))
    assert.ok(first.messageId)
    assert.equal(second.messageId, undefined)
    assert.equal((await world.claimOne()).messages.length, 1)
  })

  scene(
    'a message repeated within one batch runs once, and the answers keep the order',
    async (world) => {
      const batch = ['1', '2', '1', '3', '2'].map((platformId) => ({
        record: world.record(`text ${platformId}`, { platformId }),
        intake: runIntake(ada),
      }))
      const accepted = await world.store.inbox.accept(batch, world.now)
      assert.deepEqual(
        accepted.map(({ messageId }) => messageId !== undefined),
        [true, true, false, true, false],
      )
      const run = await world.claimOne()
      assert.deepEqual(
        run.messages.map(({ text }) => text),
        ['text 1', 'text 2', 'text 3'],
      )
    },
  )

  scene(
    'the same number in another chat, of another author or in another thread is another message',
    async (world) => {
      const author = { id: 'someone', name: 'Someone else' }
      for (const changes of [
        { address: ada },
        { address: bob },
        { address: ada, author },
        { address: topic },
        { address: group },
      ]) {
        const { messageId } = await world.says('hi', {}, { platformId: '5', ...changes })
        assert.ok(messageId)
      }
    },
  )

  scene('a button pressed once counts once', async (world) => {
    const press = () => world.record('yes', { kind: 'press', platformId: 'update-9' })
    const intake: Intake = {
      as: 'dropped',
      reason: 'expired',
      notice: { chunks: [{ text: 'Too late.' }], lane: 'control' },
    }
    assert.ok((await world.accept(press(), intake)).messageId)
    assert.equal((await world.accept(press(), intake)).messageId, undefined)
    assert.deepEqual(await world.delivers(), ['Too late.'])
  })

  scene(
    'a batch is stored whole or not at all, and takes no other batch with it',
    async (world) => {
      const broken: Intake = {
        as: 'control',
        command: 'help',
        effect: { type: 'stop', sessionKey: keyOf(ada) },
        reply: () => {
          throw new Error('no words')
        },
      }
      const hello = world.record('hello')
      const results = await Promise.allSettled([
        world.says('before', {}, { address: bob }),
        world.store.inbox.accept(
          [
            { record: hello, intake: runIntake(ada) },
            { record: world.record('/help'), intake: broken },
          ],
          world.now,
        ),
        world.says('after', {}, { address: bob }),
      ])
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      const [only, ...others] = await world.claim()
      assert.deepEqual(others, [])
      assert.deepEqual(
        only?.messages.map(({ text }) => text),
        ['before', 'after'],
      )
      assert.ok((await world.accept(hello, runIntake(ada))).messageId, 'the platform may repeat it')
    },
  )

  scene('what comes in at the same moment keeps its order', async (world) => {
    const texts = Array.from({ length: 300 }, (_, index) => `text ${index}`)
    await Promise.all(texts.map(async (text) => await world.says(text, { maxQueued: 1000 })))
    const run = await world.claimOne()
    assert.deepEqual(
      run.messages.map(({ text }) => text),
      texts,
    )
  })

  scene('what is dropped keeps its reason, and may be answered with a notice', async (world) => {
    const dropped = await world.accept(world.record('spam'), {
      as: 'dropped',
      reason: 'blocked',
      notice: { chunks: [{ text: 'Not here.' }, { text: 'Really.' }], lane: 'answer' },
    })
    assert.deepEqual([dropped.disposition, dropped.reason], ['dropped', 'blocked'])
    const message = await world.messageOf(dropped.messageId)
    assert.deepEqual(
      [message.disposition, message.reason, message.runId],
      ['dropped', 'blocked', null],
    )
    assert.deepEqual(await world.claim(), [])
    assert.deepEqual(await world.delivers(), ['Not here.', 'Really.'])
  })

  scene(
    'what was only observed is context of the next run, the last fifty, once',
    async (world) => {
      const observe = async (text: string, address = group) =>
        await world.accept(world.record(text, { address }), {
          as: 'observed',
          reason: 'not addressed',
        })
      for (let index = 1; index <= 60; index++) await observe(`aside ${index}`)
      await observe('elsewhere', topic)
      await world.says('@bot what now?', {}, { address: group })
      const run = await world.claimOne()
      assert.deepEqual(
        run.messages.map(({ form, text }) => `${form} ${text}`),
        [
          ...Array.from({ length: 50 }, (_, index) => `context aside ${index + 11}`),
          'full @bot what now?',
        ],
      )
      await world.answers(run, 'this')
      await observe('later')
      await world.says('@bot and now?', {}, { address: group })
      assert.deepEqual(
        (await world.claimOne()).messages.map(({ form, text }) => `${form} ${text}`),
        ['context later', 'full @bot and now?'],
      )
    },
  )

  scene('what is said between two mentions of one turn comes along', async (world) => {
    await world.says('@bot first', {}, { address: group })
    await world.accept(world.record('aside', { address: group }), {
      as: 'observed',
      reason: 'not addressed',
    })
    await world.says('@bot second', {}, { address: group })
    assert.deepEqual(
      (await world.claimOne()).messages.map(({ form, text }) => `${form} ${text}`),
      ['full @bot first', 'context aside', 'full @bot second'],
    )
  })

  scene('facts tell what is known of people and chats, in the order asked', async (world) => {
    await world.store.access.setSender(
      { account, channel: 'telegram', id: '+49151', name: 'Ada' },
      'owner',
      world.now,
    )
    await world.store.access.approveChat(group, true, world.now)
    await world.store.inbox.setMembership(bob, 'dm', undefined, false, world.now)
    const facts = await world.store.inbox.facts([
      { address: ada, senderId: 'uuid-1', alias: '+49151' },
      { address: topic, senderId: 'stranger' },
      { address: bob, senderId: 'stranger' },
    ])
    assert.deepEqual(facts, [
      { senderStatus: 'owner', isChatApproved: false, isChatAlive: true },
      { senderStatus: undefined, isChatApproved: true, isChatAlive: true },
      { senderStatus: undefined, isChatApproved: false, isChatAlive: false },
    ])
  })
}
