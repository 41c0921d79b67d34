import assert from 'node:assert/strict'
import type {
  Closing,
  Closings,
  PersonsAnswer,
  RunQuestion,
} from '../../../core/store/approvals.ts'
import type { ClaimedRun } from '../../../core/store/runs.ts'
import { permission } from '../../fakes/asking-agent.ts'
import { ada } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const limitMs = 600_000
const closings: Closings = {
  isEdit: true,
  expired: { text: 'Nobody answered.' },
  void: { text: 'No longer needed.' },
}
const closing: Closing = { isEdit: true, chunk: { text: 'Allowed by Ada.' } }
const yes: PersonsAnswer = { told: { option: 'once' }, words: 'allowed once', by: 'Ada' }
const unanswered = { option: 'reject', note: 'Nobody answered.' }

function asks(world: World, more: Partial<RunQuestion['request']> = {}): RunQuestion {
  return {
    request: { ...permission, ...more },
    expiresAt: world.now + limitMs,
    granted: { option: 'once' },
    unanswered,
    tooMany: { option: 'reject' },
    message: (id) => ({ chunks: [{ text: `May I? ${id}` }], closings }),
  }
}

/** A run that has asked, with its question sent. */
async function waiting(world: World): Promise<ClaimedRun> {
  await world.says('work')
  const run = await world.claimOne()
  const asked = await world.store.approvals.ask(run.lease, asks(world), world.now)
  assert.deepEqual(asked, { id: 'q1', state: 'open', isNew: true, tell: unanswered })
  assert.deepEqual(await world.delivers(), ['May I? q1'])
  return run
}

async function waits(world: World, runId: string): Promise<string[]> {
  return (await world.typesOf(runId)).filter((type) => /waiting|resumed/.test(type))
}

export function approvalsContract(name: string, engine: Engine): void {
  const scene = scenes(name, engine)

  scene('what a run asks is a row, a message and a waiting run, once', async (world) => {
    const run = await waiting(world)
    assert.equal(await world.stateOf(run.id), 'waiting')
    const again = await world.store.approvals.ask(run.lease, asks(world), world.now)
    assert.deepEqual([again?.id, again?.isNew], ['q1', false])
    assert.deepEqual(await world.delivers(), [])
    const found = await world.store.requests.find('q1')
    assert.deepEqual(found?.address, ada)
    assert.deepEqual(
      found?.run?.authors.map(({ id }) => id),
      [ada.chat],
    )
    assert.equal(await world.store.requests.nextAt(), world.now + limitMs)
    await world.answers(run, 'done')
  })

  scene('the first answer wins, changes the message, and lets the run go on', async (world) => {
    const run = await waiting(world)
    const outcome = await world.store.approvals.answer('q1', yes, closing, world.now)
    assert.deepEqual([outcome.isDone, outcome.answered, outcome.closedIn], [true, ['q1'], ada])
    assert.equal((await world.store.approvals.answer('q1', yes, closing, world.now)).isDone, false)
    assert.equal(await world.stateOf(run.id), 'running')
    const edit = await world.claimDelivery()
    assert.deepEqual([edit.chunk.text, edit.edits], ['Allowed by Ada.', 'out-d1'])
    await world.store.deliveries.sent(edit.id, 'out-d1', world.now)
    assert.deepEqual(await waits(world, run.id), ['run.waiting', 'run.resumed'])
    const state = await world.store.approvals.stateOf('q1')
    assert.deepEqual([state?.state, state?.tell], ['answered', yes.told])
    const row = await world.store.approvals.find('q1')
    assert.deepEqual([row?.answer, row?.answeredBy], ['allowed once', 'Ada'])
    const line = await world.store.views.chatLine('d1')
    assert.equal(line?.text, 'Allowed by Ada.', 'a chat shows what its message says now')
    assert.equal((await world.store.views.chatLine(edit.id))?.id, 'd1')
    await world.store.approvals.refused('q1', world.now)
    assert.deepEqual(await world.delivers(), ['No longer needed.'])
    await world.answers(run, 'done')
  })

  scene('equal ones share a message and an answer; others keep the run waiting', async (world) => {
    const run = await waiting(world)
    const { approvals } = world.store
    await approvals.ask(run.lease, asks(world, { id: 'per_2' }), world.now)
    await approvals.ask(run.lease, asks(world, { id: 'per_3', title: 'other' }), world.now)
    assert.deepEqual(await world.delivers(), ['May I? q3'])
    await approvals.close(run.lease, 'per_1', world.now)
    assert.deepEqual(await world.delivers(), [], 'one of them still needs the answer')
    const outcome = await approvals.answer('q1', yes, closing, world.now)
    assert.deepEqual(outcome.answered, ['q2'])
    assert.equal(await world.stateOf(run.id), 'waiting')
    await approvals.close(run.lease, 'per_3', world.now)
    assert.equal(await world.stateOf(run.id), 'running')
    assert.deepEqual(await world.delivers(), ['Allowed by Ada.', 'No longer needed.'])
    await world.answers(run, 'done')
  })

  scene('a run that ends takes its questions with it, however it ends', async (world) => {
    const { runs, approvals } = world.store
    const ends: ((run: ClaimedRun) => Promise<unknown>)[] = [
      (run) => world.answers(run, 'done'),
      (run) => runs.cancelled(run.lease, world.now),
      (run) => world.fails(run),
      (run) => runs.retry(run.lease, { code: 'x', message: 'x' }, world.now + 1e9, world.now),
    ]
    for (const [index, end] of ends.entries()) {
      await world.says(`work ${index}`)
      const run = await world.claimOne()
      const asked = await approvals.ask(run.lease, asks(world), world.now)
      await world.delivers()
      await end(run)
      assert.equal((await approvals.find(asked?.id ?? ''))?.state, 'void', String(index))
      assert.ok((await world.delivers()).includes('No longer needed.'))
      const late = await approvals.answer(asked?.id ?? '', yes, closing, world.now)
      assert.equal(late.isDone, false)
    }
  })

  scene('whoever lost the lease asks nobody', async (world) => {
    await world.says('work')
    const run = await world.claimOne()
    assert.ok(await world.store.runs.release(run.lease, world.now))
    assert.equal(await world.store.approvals.ask(run.lease, asks(world), world.now), undefined)
    assert.deepEqual(await world.delivers(), [])
  })

  scene('a question survives a crash, and an answer meanwhile is kept', async (world) => {
    const { id } = await waiting(world)
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    assert.equal((await world.store.approvals.answer('q1', yes, closing, world.now)).isDone, true)
    assert.equal(await world.stateOf(id), 'queued')
    const run = await world.claimOne()
    const asked = await world.store.approvals.ask(run.lease, asks(world), world.now)
    assert.deepEqual([asked?.state, asked?.tell], ['answered', yes.told])
    assert.equal(await world.stateOf(id), 'running')
    await world.answers(run, 'done')
  })

  scene('what nobody answers in time ends with what stands then', async (world) => {
    const run = await waiting(world)
    const { approvals } = world.store
    assert.deepEqual(await approvals.expire(world.now + limitMs - 1, 10), [])
    world.now += limitMs
    assert.equal((await approvals.answer('q1', yes, closing, world.now)).isDone, false)
    assert.deepEqual(await approvals.expire(world.now, 10), ['q1'])
    assert.deepEqual(await world.delivers(), ['Nobody answered.'])
    const state = await approvals.stateOf('q1')
    assert.deepEqual([state?.state, state?.tell], ['expired', unanswered])
    assert.equal(await world.stateOf(run.id), 'running')
    await world.answers(run, 'done')
  })

  scene('a run that somebody has stopped takes no answer any more', async (world) => {
    const run = await waiting(world)
    assert.equal(await world.store.runs.requestCancel(run.id, world.now), 'executing')
    assert.equal((await world.store.approvals.answer('q1', yes, closing, world.now)).isDone, false)
    assert.ok(await world.store.runs.cancelled(run.lease, world.now))
  })

  scene(
    'what was allowed for always is answered without a message, until it is taken back',
    async (world) => {
      const run = await waiting(world)
      const { approvals } = world.store
      await approvals.answer('q1', { ...yes, grant: 'session' }, closing, world.now)
      await world.delivers()
      const asked = await approvals.ask(run.lease, asks(world, { id: 'per_2' }), world.now)
      assert.deepEqual([asked?.state, asked?.tell], ['answered', { option: 'once' }])
      assert.deepEqual(await world.delivers(), [])
      const other = await approvals.ask(
        run.lease,
        asks(world, { id: 'per_3', grant: 'bash: git push *' }),
        world.now,
      )
      assert.equal(other?.state, 'open')
      const [grant, ...more] = (await approvals.grants({ limit: 10 })).items
      assert.deepEqual([grant?.words, grant?.by, more], [permission.grant, 'Ada', []])
      assert.equal(await approvals.revoke(grant?.id ?? ''), true)
      const anew = await approvals.ask(run.lease, asks(world, { id: 'per_4' }), world.now)
      assert.equal(anew?.state, 'open')
      await world.answers(run, 'done')
    },
  )

  scene('a run without a chat is asked where it is put, or nowhere', async (world) => {
    const { approvals, runs } = world.store
    for (const place of [ada, undefined]) {
      const { runId } = await runs.create(
        {
          source: 'api',
          text: 'job',
          agent: 'main',
          sessionKey: `k${place?.chat}`,
          attachments: [],
          maxAttempts: 3,
        },
        world.now,
      )
      const run = await world.claimOne()
      assert.equal(run.id, runId)
      const question = { ...asks(world), ...(place && { place }) }
      const asked = await approvals.ask(run.lease, question, world.now)
      assert.deepEqual((await approvals.find(asked?.id ?? ''))?.address, place ?? null)
      assert.equal((await world.delivers()).length, place ? 1 : 0)
      assert.deepEqual((await world.store.requests.find(asked?.id ?? ''))?.address, place)
      await world.answers(run, 'done')
      await world.delivers()
    }
    const { items } = await approvals.list({ state: 'void', limit: 1 })
    assert.equal(items.length, 1)
  })

  scene(
    'what a tool asked is void for the next gateway, also when it was answered',
    async (world) => {
      const run = await waiting(world)
      const { approvals } = world.store
      for (const id of ['ask_user:1', 'ask_user:2'])
        await approvals.ask(run.lease, asks(world, { id, title: id }), world.now)
      await world.delivers()
      await approvals.answer('q2', yes, closing, world.now)
      await world.delivers()
      await approvals.closeAll(run.lease, world.now, 'ask_user:')
      const states = await Promise.all(['q1', 'q2', 'q3'].map((id) => approvals.stateOf(id)))
      assert.deepEqual(
        states.map((one) => one?.state),
        ['open', 'void', 'void'],
      )
      assert.deepEqual(await world.delivers(), ['No longer needed.', 'No longer needed.'])
      assert.equal(await world.stateOf(run.id), 'waiting')
      await world.answers(run, 'done')
    },
  )

  scene('what was put nowhere is put to somebody once', async (world) => {
    const { approvals, runs } = world.store
    const job = { source: 'api', text: 'job', agent: 'main', sessionKey: 'k' } as const
    await runs.create({ ...job, attachments: [], maxAttempts: 3 }, world.now)
    const run = await world.claimOne()
    const question = asks(world)
    await approvals.ask(run.lease, question, world.now)
    assert.deepEqual(
      (await approvals.unplaced(10)).map(({ id, request }) => [id, request.title]),
      [['q1', permission.title]],
    )
    for (const _ of [1, 2]) await approvals.place('q1', ada, question.message, world.now)
    assert.deepEqual(await world.delivers(), ['May I? q1'])
    assert.deepEqual(await approvals.unplaced(10), [])
    assert.deepEqual((await approvals.find('q1'))?.address, ada)
    await world.answers(run, 'done')
  })

  scene(
    'of too many grants, the one that was not used for the longest time goes',
    async (world) => {
      const { approvals } = world.store
      await world.says('work')
      const run = await world.claimOne()
      const ask = (number: number, id: string) =>
        approvals.ask(
          run.lease,
          asks(world, { id, title: id, grant: `bash: ${number}` }),
          world.now,
        )
      const allow = async (number: number) => {
        const asked = await ask(number, `per_${number}`)
        await approvals.answer(asked?.id ?? '', { ...yes, grant: 'agent' }, closing, world.now)
      }
      for (let first = 0; first < 500; first += 10) {
        world.now += 1
        await Promise.all(Array.from({ length: 10 }, (_, index) => allow(first + index)))
      }
      world.now += 1
      // All of the first ten but one are used again before there are too many.
      for (const number of [0, 1, 3, 4, 5, 6, 7, 8, 9]) await ask(number, `again_${number}`)
      await allow(500)
      assert.equal((await ask(1, 'first'))?.state, 'answered')
      assert.equal((await ask(2, 'second'))?.state, 'open')
      assert.equal((await approvals.grants({ limit: 1000 })).items.length, 500)
    },
  )
}
