import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission, question } from '../test/fakes/asking-agent.ts'
import { buttonsOf } from '../test/fakes/chat.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'
import { openPolicy } from '../test/fakes/settings.ts'

const two = (now: () => number) => [
  new FakeChannel({ name: 'first', now }),
  new FakeChannel({ name: 'second', now }),
]

/** Two platforms on which everybody may talk, with owners; Ana is on both. */
function startTwo(agent: AskingAgent) {
  const policy = { ...openPolicy, owners: new Set(['9']) }
  return startRig({
    runtime: agent,
    channels: two,
    settings: {
      policies: new Map([
        ['first', policy],
        ['second', policy],
      ]),
      identities: [
        [
          { channel: 'first', id: '1' },
          { channel: 'second', id: '11' },
        ],
      ],
    },
  })
}

test('in a group those who asked may answer, and owners; others hear one sentence, or nothing', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startTwo(agent)
  const group = rig.group('g')
  await group.asks('work')
  const [allow] = buttonsOf(await group.hears(/May I/))
  assert.ok(allow)
  const other = group.as({ id: '2' })
  await other.presses(allow)
  await group.hears('That question is for others to answer.')
  await other.says('yes 1')
  await other.asks('yes 1')
  await group.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['waiting'])
  await group.says('yes 1')
  await group.hears('work: once')
  await group.sees('Allowed once by Person 1.')
})

test('an owner answers for anybody, also from another platform', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startTwo(agent)
  await rig.chat.says('work')
  await rig.chat.hears(/May I/)
  await rig.settle()
  const owner = rig.direct({ id: '9', name: 'Eva' }, rig.channels[1])
  await owner.says('yes 1')
  await owner.hears('Question 1: Allowed once by Eva.')
  await rig.chat.hears('work: once')
  await rig.chat.sees('Allowed once by Eva.')
})

test('a person answers from another platform, if the configuration says they are one', async () => {
  const agent = new AskingAgent(question)
  await using rig = await startTwo(agent)
  await rig.chat.says('work')
  await rig.chat.hears(/Which colour/)
  await rig.settle()
  const stranger = rig.direct({ id: '12' }, rig.channels[1])
  await stranger.says('1 1')
  await stranger.hears(/Which colour/)
  await rig.direct({ id: '11', name: 'Ana elsewhere' }, rig.channels[1]).says('1 2')
  await rig.chat.hears('work: 1')
  await rig.chat.sees('Answered by Ana elsewhere: Blue')
})

test('what a run without a chat asks is put to an owner, and answered over the API too', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startTwo(agent)
  const owner = rig.direct({ id: '9', name: 'Eva' })
  agent.asks = []
  await owner.says('hello')
  await owner.hears('hello:')
  agent.asks = [permission]
  const run = () =>
    rig.store.runs.create(
      {
        source: 'api',
        text: 'job',
        agent: 'main',
        sessionKey: 'k',
        attachments: [],
        maxAttempts: 3,
      },
      rig.clock.now(),
    )
  const { runId } = await run()
  rig.core.dispatcher.wake()
  const [allow] = buttonsOf(await owner.hears(/May I/))
  assert.ok(allow)
  await owner.presses(allow)
  await owner.sees('Allowed once by Eva.')
  await rig.hears('run.changed', (event) => event.runId === runId && event.state === 'completed')

  agent.asks = [{ ...permission, id: 'per_2', title: 'another' }]
  await run()
  rig.core.dispatcher.wake()
  await owner.hears(/another/)
  await rig.settle()
  const args = { answer: 'deny', note: 'Not today.', scope: 'session', by: 'the API' } as const
  const outcome = await rig.core.answers.answerByApi('q2', args)
  rig.core.outbox.wake()
  await rig.core.asking.settled(outcome.answered ?? [])
  await owner.sees('Denied by the API.')
  assert.deepEqual(await agent.answered('per_2'), { option: 'reject', note: 'Not today.' })
  await assert.rejects(
    rig.core.answers.answerByApi('q2', { ...args, answer: 'perhaps' }),
    /none of the answers/,
  )
})

test('a run without a chat is asked over the API where no owner has a chat', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.store.runs.create(
    { source: 'api', text: 'job', agent: 'main', sessionKey: 'k', attachments: [], maxAttempts: 3 },
    rig.clock.now(),
  )
  rig.core.dispatcher.wake()
  await rig.hears('run.changed', ({ state }) => state === 'waiting')
  const { items } = await rig.store.approvals.list({ state: 'open', limit: 10 })
  assert.deepEqual(
    items.map(({ id, address, state }) => [id, address, state]),
    [['q1', null, 'open']],
  )
  const args = { answer: 'once', scope: 'session', by: 'the API' } as const
  const outcome = await rig.core.answers.answerByApi('q1', args)
  await rig.core.asking.settled(outcome.answered ?? [])
  await rig.hears('run.changed', ({ state }) => state === 'completed')
})

test('"always" is remembered for the session: asked again only after it was taken back', async () => {
  const agent = new AskingAgent(permission)
  await using rig = await startRig({ runtime: agent })
  await rig.chat.says('work')
  const [, always] = buttonsOf(await rig.chat.hears(/May I/))
  assert.ok(always)
  await rig.chat.presses(always)
  await rig.chat.hears('work: once')
  await rig.chat.sees('Allowed from now on by Ana.')

  const ask = async (id: string, words: string, chat = rig.chat) => {
    agent.asks = [{ ...permission, id, title: 'bash: git status -s' }]
    await chat.says(words)
  }
  await ask('per_2', 'again')
  await rig.chat.hears('again: once')
  const events = await rig.store.views.runEvents('r2', 0, 100)
  const titles = events.flatMap(({ data }) => ('title' in data ? [data['title']] : []))
  assert.deepEqual(titles, ['bash: git status -s: allowed (grant g1)'])

  await ask('per_3', 'elsewhere', rig.direct({ id: '2' }))
  await rig.direct({ id: '2' }).hears(/May I/)
  const { items } = await rig.store.approvals.grants({ limit: 10 })
  assert.deepEqual(
    items.map(({ id, agent, words, by }) => [id, agent, words, by]),
    [['g1', 'main', 'bash: git status *', 'Ana']],
  )
  assert.equal(await rig.store.approvals.revoke('g1'), true)
  assert.equal(await rig.store.approvals.revoke('g1'), false)
  await ask('per_4', 'once more')
  await rig.chat.hears(/May I/)
})
