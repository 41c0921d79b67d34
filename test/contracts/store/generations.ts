import assert from 'node:assert/strict'
import type { GenerationRow } from '../../../core/store/generations.ts'
import { ada, bob, keyOf } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const key = keyOf(ada)

async function exchange(world: World, question: string, answer: string): Promise<string> {
  await world.says(question)
  const run = await world.claimOne()
  await world.answers(run, answer)
  world.now += 60_000
  return run.session.id
}

const short = ({ generation, title, isPresent }: GenerationRow) => [generation, title, isPresent]

async function list(world: World) {
  return (await world.store.generations.list(key, 10)).map(short)
}

async function remembers(world: World): Promise<string[]> {
  await world.says('what do you know?')
  const run = await world.claimOne()
  const { id, generation } = run.session
  const history = await world.store.sessions.history(id, generation, run.id, 10)
  await world.answers(run, 'that')
  return history.map(({ text }) => text)
}

/** Where conversations of a session are kept and gone back to. */
export function generationsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} generations`, engine)

  scene('a session lists its conversations, the present one first', async (world) => {
    assert.deepEqual(await list(world), [])
    const id = await exchange(world, 'plan the trip', 'gladly')
    assert.deepEqual(await list(world), [[1, 'plan the trip', true]])
    await world.store.sessions.reset(id, world.now)
    assert.deepEqual(await list(world), [[1, 'plan the trip', false]])
    await exchange(world, 'mend the bike', 'sure')
    await world.store.sessions.reset(id, world.now)
    await exchange(world, 'third', 'yes')
    const rows = await world.store.generations.list(id, 10)
    assert.deepEqual(rows.map(short), [
      [3, 'third', true],
      [2, 'mend the bike', false],
      [1, 'plan the trip', false],
    ])
    assert.ok(rows.every(({ firstAt, lastAt }) => firstAt <= lastAt && lastAt < world.now))
    assert.equal((await world.store.generations.list(id, 2)).length, 2)
    assert.deepEqual(await world.store.generations.list(keyOf(bob), 10), [])
  })

  scene('what the runtime calls a conversation stands for its first words', async (world) => {
    const titled = async () =>
      [await list(world), (await world.store.sessions.find(key))?.title] as const
    await world.says('plan the trip')
    const run = await world.claimOne()
    assert.equal(await world.store.runs.noteTitle(run.lease, 'Rome in May'), true)
    await world.answers(run, 'gladly')
    assert.deepEqual(await titled(), [[[1, 'Rome in May', true]], 'Rome in May'])
    world.now += 60_000
    await world.commands({ type: 'reset', sessionKey: key })
    assert.deepEqual(await titled(), [[[1, 'Rome in May', false]], null])
    await world.says('mend the bike')
    const late = await world.claimOne()
    await world.commands({ type: 'reset', sessionKey: key })
    // The claim is held until the dispatcher has heard of the abort.
    await world.store.runs.noteTitle(late.lease, 'Bikes')
    assert.deepEqual((await list(world))[0], [2, 'Bikes', false])
    await world.store.runs.cancelled(late.lease, world.now)
    const back = await world.commands({ type: 'resume', sessionKey: key, generation: 1 })
    assert.equal(back.detail, 'Rome in May')
    await world.says('and Naples?')
    const again = await world.claimOne()
    await world.store.runs.noteTitle(again.lease, '')
    assert.deepEqual(await titled(), [
      [
        [1, 'plan the trip', true],
        [2, 'Bikes', false],
      ],
      null,
    ])
  })

  scene(
    'going back brings the history and the runtime session, and keeps the other',
    async (world) => {
      await world.says('one')
      const first = await world.claimOne()
      await world.store.runs.noteRuntimeSession(first.lease, 'memory-1')
      await world.answers(first, 'first')
      world.now += 60_000
      await world.commands({ type: 'reset', sessionKey: key })
      await world.says('two')
      const second = await world.claimOne()
      await world.store.runs.noteRuntimeSession(second.lease, 'memory-2')
      await world.answers(second, 'second')
      world.now += 60_000
      const back = await world.commands({ type: 'resume', sessionKey: key, generation: 1 })
      assert.deepEqual(back, { isDone: true, cancelled: [], detail: 'one' })
      assert.deepEqual(await list(world), [
        [1, 'one', true],
        [2, 'two', false],
      ])
      await world.says('three')
      const third = await world.claimOne()
      assert.deepEqual([third.session.generation, third.session.runtimeSession], [1, 'memory-1'])
      await world.answers(third, 'third')
      assert.deepEqual(await remembers(world), ['one', 'first', 'three', 'third'])
      await world.store.generations.resume(third.session.id, 2, world.now)
      assert.deepEqual(await remembers(world), ['two', 'second'])
      assert.equal((await world.store.sessions.find(key))?.generation, 2)
    },
  )

  scene(
    'a conversation gone back to keeps its number, and a new one gets the next',
    async (world) => {
      const id = await exchange(world, 'one', 'first')
      await world.store.sessions.reset(id, world.now)
      await exchange(world, 'two', 'second')
      await world.store.generations.resume(id, 1, world.now)
      await world.store.sessions.reset(id, world.now)
      await exchange(world, 'three', 'third')
      assert.deepEqual(await list(world), [
        [3, 'three', true],
        [2, 'two', false],
        [1, 'one', false],
      ])
    },
  )

  scene('a conversation in which nothing was said is not kept', async (world) => {
    const id = await exchange(world, 'one', 'first')
    await world.store.sessions.reset(id, world.now)
    await world.store.sessions.reset(id, world.now)
    await world.store.generations.resume(id, 1, world.now)
    assert.deepEqual(await list(world), [[1, 'one', true]])
  })

  scene('going back cancels what waits and says what is to be aborted', async (world) => {
    const id = await exchange(world, 'one', 'first')
    await world.store.sessions.reset(id, world.now)
    await world.says('two', { mode: 'followup' })
    const executing = await world.claimOne()
    const waiting = await world.says('three', { mode: 'followup' })
    const outcome = await world.store.generations.resume(id, 1, world.now)
    assert.deepEqual(outcome, {
      isDone: true,
      cancelled: [waiting.runId],
      abort: executing.id,
      detail: 'one',
    })
    // What it says on its last legs belongs to the conversation it was begun in.
    await world.store.runs.noteRuntimeSession(executing.lease, 'memory-2')
    await world.store.runs.cancelled(executing.lease, world.now)
    await world.says('four')
    const next = await world.claimOne()
    assert.deepEqual([next.session.generation, next.session.runtimeSession], [1, undefined])
    await world.answers(next, 'fourth')
    await world.store.generations.resume(id, 2, world.now)
    await world.says('five')
    assert.equal((await world.claimOne()).session.runtimeSession, 'memory-2')
  })

  scene('where there is nothing to go back to, nothing changes', async (world) => {
    const resume = (generation: number) =>
      world.commands({ type: 'resume', sessionKey: key, generation })
    assert.deepEqual(await resume(1), { isDone: false, cancelled: [], detail: 'unknown' })
    await exchange(world, 'one', 'first')
    assert.deepEqual(await resume(1), { isDone: false, cancelled: [], detail: 'present' })
    const waiting = await world.says('two')
    assert.deepEqual(await resume(7), { isDone: false, cancelled: [], detail: 'unknown' })
    assert.equal(await world.stateOf(waiting.runId), 'queued')
  })

  scene('a session that lay unused starts afresh with the next message', async (world) => {
    await exchange(world, 'one', 'first')
    const before = world.now
    await world.says('two', { freshBefore: before - 120_000 })
    const second = await world.claimOne()
    assert.equal(second.session.generation, 1, 'it was used since')
    await world.answers(second, 'second')
    world.now += 3_600_000
    await world.says('three', { freshBefore: world.now - 60_000 })
    await world.says('four', { freshBefore: world.now + 1 })
    const third = await world.claimOne()
    assert.equal(third.session.generation, 2)
    assert.equal(third.messages.length, 2, 'what waits is not put aside')
    await world.says('five', { freshBefore: world.now + 1 })
    await world.answers(third, 'third')
    assert.equal((await world.claimOne()).session.generation, 2, 'nor is what executes')
    assert.deepEqual(await list(world), [
      [2, 'three', true],
      [1, 'one', false],
    ])
  })

  scene(
    'a conversation just begun or gone back to does not start afresh by itself',
    async (world) => {
      const id = await exchange(world, 'one', 'first')
      world.now += 3_600_000
      await world.store.sessions.reset(id, world.now)
      await world.says('two', { freshBefore: world.now - 1 })
      const second = await world.claimOne()
      assert.equal(second.session.generation, 2)
      await world.answers(second, 'second')
      world.now += 3_600_000
      await world.store.generations.resume(id, 1, world.now)
      await world.says('three', { freshBefore: world.now - 1 })
      assert.equal((await world.claimOne()).session.generation, 1)
    },
  )

  scene('choices are handed out with every turn, also after a fresh start', async (world) => {
    const choose = (change: { model?: string | null; mode?: string | null }) =>
      world.commands({ type: 'choose', sessionKey: key, agent: 'main', change })
    await choose({ model: 'acme/fast' })
    await world.says('one')
    const first = await world.claimOne()
    assert.deepEqual(first.choices, { model: 'acme/fast' })
    await world.answers(first, 'first')
    await choose({ mode: 'plan' })
    await world.commands({ type: 'reset', sessionKey: key })
    await world.says('two')
    const second = await world.claimOne()
    assert.deepEqual(second.choices, { model: 'acme/fast', mode: 'plan' })
    await world.answers(second, 'second')
    await world.store.sessions.choose(second.session.id, { model: null })
    const session = await world.store.sessions.find(key)
    assert.deepEqual([session?.choices, session?.chat], [{ mode: 'plan' }, ada.chat])
  })

  scene('shortening waits its turn, is answered, and is no part of the history', async (world) => {
    const compact = () => world.commands({ type: 'compact', sessionKey: key, maxAttempts: 3 })
    assert.equal((await compact()).isDone, false, 'there is nothing yet')
    await exchange(world, 'one', 'first')
    await world.says('two')
    const second = await world.claimOne()
    const { queued } = await compact()
    assert.ok(queued !== undefined)
    const third = await world.says('three')
    assert.notEqual(third.runId, queued, 'a message is never folded into it')
    await world.answers(second, 'second')
    const shortening = await world.claimOne()
    assert.deepEqual([shortening.id, shortening.source], [queued, 'compact'])
    assert.equal(shortening.route?.chat, ada.chat)
    await world.answers(shortening, 'Done.')
    const last = await world.claimOne()
    assert.equal(last.id, third.runId)
    const { id, generation } = last.session
    const history = await world.store.sessions.history(id, generation, last.id, 10)
    assert.deepEqual(
      history.map(({ text }) => text),
      ['one', 'first', 'two', 'second'],
    )
  })
}
