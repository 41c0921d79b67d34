import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import {
  type Answer,
  fails,
  plain,
  ScriptedRuntime,
  streams,
} from '../test/fakes/scripted-runtime.ts'
import { noLimits, openPolicy } from '../test/fakes/settings.ts'
import type { Budget, SpendingRules } from './budget.ts'
import { RuntimeError } from './errors.ts'
import type { RuntimeEvent, Usage } from './runtime-port.ts'

const call: Usage = { model: 'm', inputTokens: 90, outputTokens: 10 }
const costs = (usage: Partial<Usage> = {}): RuntimeEvent => ({
  type: 'usage',
  usage: { ...call, ...usage },
})
const answers = (usage: Partial<Usage> = {}): Answer => streams([costs(usage)], 'done')

/** An agent that never stops by itself: a hundred tokens a call, each followed by a tool. */
class Runaway {
  calls = 0
  readonly answer: Answer
  constructor() {
    const loop = async function* (this: Runaway, signal: AbortSignal) {
      while (!signal.aborted && this.calls < 1000) {
        this.calls += 1
        yield { type: 'text', delta: `step ${this.calls} ` } as const
        yield costs({ id: `call-${this.calls}` })
        yield { type: 'tool', name: 'search', state: 'running' } as const
      }
    }.bind(this)
    this.answer = (_, signal) => loop(signal)
  }
}

function rigWith(
  answer: Answer,
  budget: Partial<Budget>,
  rules: Partial<SpendingRules> = {},
  resume?: Answer,
) {
  const runtime = new ScriptedRuntime(() => answer, resume === undefined ? {} : { resume })
  const spending = { ...noLimits, budget: { ...noLimits.budget, ...budget }, ...rules }
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  const settings = { spending, policies }
  return startRig({ runtime, settings, startAt: Date.UTC(2026, 10, 22, 12) })
}

type TestRig = Awaited<ReturnType<typeof rigWith>>
const totalOf = async (rig: TestRig) =>
  (await rig.store.usage.totals({ from: 0, to: 1e15, by: 'agent', limit: 10 })).total
const errors = async (rig: TestRig) => (await rig.runs()).map(({ error }) => error?.code ?? null)

test('a runaway loop stops within one model call of its limit', async () => {
  const runaway = new Runaway()
  await using rig = await rigWith(runaway.answer, { dailyTokens: 1000 })
  await rig.chat.says('go')
  await rig.chat.hears(
    /^My limit of 1,000 tokens a day is used up, so I had to stop\. .*00:00 \(UTC\)/,
  )
  assert.equal(runaway.calls, 10)
  assert.equal((await totalOf(rig)).inputTokens, 900)
  const [run] = await rig.runs()
  assert.deepEqual([run?.state, run?.error?.code, run?.attempt], ['failed', 'budget', 1])
  assert.match(run?.error?.message ?? '', /budget\.dailyTokens of 1000 .*2026-11-22/)
  const events = await rig.store.views.runEvents(run?.id ?? '', 0, 100)
  assert.ok(events.some(({ type, data }) => type === 'run.text' && data['text'] === 'step 1 '))
  await rig.chat.hearsNothingMore()
})

test('an answer that is there when its last call reaches the limit is given', async () => {
  await using rig = await rigWith(answers({ isLast: true }), { dailyTokens: 100 })
  await rig.chat.says('one')
  await rig.chat.hears('done')
  await rig.chat.says('two')
  await rig.chat.hears(/^My limit of 100 tokens a day is used up, so I cannot answer now\./)
})

test('a call that says again and again that it is the last is stopped all the same', async () => {
  let calls = 0
  const loop: Answer = async function* (_, signal) {
    while (!signal.aborted && calls < 1000) {
      calls += 1
      yield costs({ isLast: true })
    }
  }
  await using rig = await rigWith(loop, { dailyTokens: 500 })
  await rig.chat.says('go')
  await rig.chat.hears(/had to stop/)
  assert.equal(calls, 6)
})

test('over the limit nothing is begun until the day is over; the long sentence is said once', async () => {
  await using rig = await rigWith(answers(), { dailyTokens: 100 }, { timezone: 'Europe/Berlin' })
  await rig.chat.says('one')
  await rig.chat.hears('done')
  await rig.chat.says('two')
  await rig.chat.hears(/^My limit of 100 tokens .*00:00 \(Europe\/Berlin\)/)
  await rig.chat.says('three')
  await rig.chat.hears(/^Today's limit is still used up; I answer again from 00:00/)
  const [, two] = await rig.runs()
  assert.deepEqual([two?.state, two?.error?.code, two?.attempt], ['failed', 'budget', 0])
  assert.equal((await totalOf(rig)).runs, 1)
  // 13:00 in Berlin, so the day has eleven hours left.
  await rig.leap(11 * 3_600_000 - 1000)
  await rig.chat.says('four')
  await rig.chat.hears(/^Today's limit/)
  await rig.leap(1000)
  await rig.chat.says('five')
  await rig.chat.hears('done')
})

test('one person’s limit does not stop another, and agents have limits of their own', async () => {
  await using rig = await rigWith(answers(), { perSenderDailyTokens: 100 })
  await rig.chat.says('one')
  await rig.chat.hears('done')
  await rig.chat.says('two')
  await rig.chat.hears(/^Your limit of 100 tokens a day is used up/)
  const other = rig.direct({ id: '2', language: 'de' })
  await other.says('eins')
  await other.hears('done')
  const own = new Map([['main', { dailyTokens: 0, dailyUsd: 0.5, perSenderDailyTokens: 0 }]])
  const prices = new Map([['m', { input: 10_000, output: 0 }]])
  rig.settings = { ...rig.settings, spending: { ...noLimits, agentBudgets: own, prices } }
  const third = rig.direct({ id: '3', language: 'de' })
  await third.says('zwei')
  await third.hears('done')
  await third.says('drei')
  await third.hears(/^Meine Tagesgrenze von 0,50\s\$ beim Agenten main ist erreicht, deshalb kann/)
})

test('a person on two channels has one limit', async () => {
  const people = [['fake:1', 'fake:2']]
  await using rig = await rigWith(
    answers({ isLast: true }),
    { perSenderDailyTokens: 200 },
    { people },
  )
  await rig.chat.says('one')
  await rig.chat.hears('done')
  const phone = rig.direct({ id: '2' })
  await phone.says('two')
  await phone.hears('done')
  await rig.chat.says('three')
  await rig.chat.hears(/^Your limit of 200 tokens/)
})

test('an owner hears of a limit once, elsewhere than where it is said anyway', async () => {
  await using rig = await rigWith(answers({ isLast: true }), { dailyTokens: 200 })
  const owner = rig.direct({ id: '9' })
  await owner.says('mine')
  await owner.hears('done')
  await rig.chat.says('one')
  await rig.chat.hears('done')
  await rig.chat.says('two')
  await rig.chat.hears(/^My limit/)
  await owner.hears(
    /^The limit budget\.dailyTokens \(200 tokens a day\) is used up: .*00:00 \(UTC\)/,
  )
  await rig.chat.says('three')
  await rig.chat.hears(/^Today's limit/)
  await owner.says('again')
  await owner.hears(/^My limit/)
  await owner.hearsNothingMore()
})

test('what was spent is kept of runs that fail, are retried, cancelled or released', async () => {
  const refused = new RuntimeError('no', 'No.', { isRetryable: false })
  const busy = new RuntimeError('busy', 'Later.', { isRetryable: true })
  await using rig = await rigWith(answers(), {})
  const runtime = rig.runtimes.get('main')
  assert.ok(runtime instanceof ScriptedRuntime)
  runtime.script = (words, turn) => {
    if (words === 'fails') return streams([costs()], fails(refused))
    if (words === 'retries') return turn.attempt > 1 ? 'ok' : streams([costs()], fails(busy))
    return streams([costs()], runtime.holds)
  }
  await rig.chat.says('fails')
  await rig.chat.hears(/refused/)
  assert.equal((await totalOf(rig)).inputTokens, 90)
  await rig.chat.says('retries')
  await rig.pass(5000)
  await rig.chat.hears('ok')
  assert.equal((await totalOf(rig)).inputTokens, 180)
  await rig.chat.says('stopped')
  await runtime.begun('stopped')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  assert.equal((await totalOf(rig)).inputTokens, 270)
  await rig.chat.says('released')
  await runtime.begun('released')
  await rig.restarts()
  assert.equal((await totalOf(rig)).inputTokens >= 360, true)
  assert.deepEqual(await errors(rig), ['no', null, null, null])
  runtime.finish('released', plain('bye'))
  await rig.chat.hears('bye')
})

test('a crash loses nothing that was told, and a re-attached turn counts its calls once', async () => {
  const first: Answer = async function* () {
    yield { type: 'accepted', promptId: 'p1' }
    yield costs({ id: 'call-1' })
    await new Promise<never>(() => undefined)
  }
  const resumed = streams([costs({ id: 'call-1' }), costs({ id: 'call-2', isLast: true })], 'done')
  await using rig = await rigWith(first, {}, {}, resumed)
  await rig.chat.says('go')
  await rig.hears('tokens.used')
  await rig.settle()
  await rig.dies()
  await rig.start()
  await rig.chat.hears('done')
  assert.deepEqual([(await totalOf(rig)).inputTokens, (await totalOf(rig)).runs], [180, 1])
})

test('a turn that its runtime has already is told to stop after a restart over the limit', async () => {
  const first: Answer = async function* () {
    yield { type: 'accepted', promptId: 'p1' }
    yield costs({ id: 'call-1' })
    await new Promise<never>(() => undefined)
  }
  let isAborted = false
  const resumed: Answer = async function* (_, signal) {
    yield costs({ id: 'call-1' })
    isAborted = signal.aborted
  }
  await using rig = await rigWith(first, {}, {}, resumed)
  await rig.chat.says('go')
  await rig.hears('tokens.used')
  await rig.settle()
  await rig.dies()
  const budget = { ...noLimits.budget, dailyTokens: 50 }
  rig.settings = { ...rig.settings, spending: { ...noLimits, budget } }
  await rig.start()
  await rig.chat.hears(/^My limit of 50 tokens .*had to stop/)
  assert.ok(isAborted)
})

test('a run of the API belongs to no sender, and its error says why it was not begun', async () => {
  await using rig = await rigWith(answers(), { dailyTokens: 100, perSenderDailyTokens: 1 })
  const create = async (sessionKey: string) => {
    const run = {
      source: 'api',
      text: 'hi',
      agent: 'main',
      attachments: [],
      maxAttempts: 3,
    } as const
    const { runId } = await rig.store.runs.create({ ...run, sessionKey }, rig.clock.now())
    rig.core.dispatcher.wake()
    await rig.hears('run.changed', (event) => event.runId === runId && event.state !== 'running')
  }
  await create('v1:main:api:dm:1')
  await create('v1:main:api:dm:2')
  assert.deepEqual(await errors(rig), [null, 'budget'])
  const { items } = await rig.store.usage.totals({ from: 0, to: 1e15, by: 'sender', limit: 10 })
  assert.deepEqual(
    items.map(({ key }) => key),
    [null],
  )
})

test('/usage says what was spent today and here, and what the limits leave; owners see all agents', async () => {
  const prices = new Map([['m', { input: 1, output: 3 }]])
  await using rig = await rigWith(answers(), { dailyTokens: 10_000, dailyUsd: 5 }, { prices })
  await rig.chat.says('/usage')
  const none = await rig.chat.hears(/^You today: nothing\.\nThis conversation: nothing\.\n/)
  assert.match(
    none.delivery.chunk.text,
    /\nLimit: 0 of 10,000 tokens used until 00:00 \(UTC\)\.\nLimit: \$0\.00 of \$5\.00 used/,
  )
  await rig.chat.says('one')
  await rig.chat.hears('done')
  await rig.chat.says('/usage')
  await rig.chat.hears(
    /^You today: 100 tokens \(90 in, 10 out\), \$0\.0001\.\nThis conversation: 100 tokens/,
  )
  await rig.chat.says('/new')
  await rig.chat.hears(/fresh/)
  rig.settings = { ...rig.settings, agents: ['main', 'ops'], spending: noLimits }
  const owner = rig.direct({ id: '9', language: 'de' })
  await owner.says('eins')
  await owner.hears('done')
  await owner.says('/usage')
  const all = await owner.hears(
    /^Du heute: 100 Token \(90 hinein, 10 heraus\), Kosten unbekannt\.\n/,
  )
  assert.match(
    all.delivery.chunk.text,
    /\nAlle Agenten heute: 200 Token .*, mindestens 0,0001\s\$\.\n/,
  )
  assert.match(all.delivery.chunk.text, /\nAgent main heute: 200 .*\nAgent ops heute: nichts\.$/)
  await rig.chat.says('/usage')
  await rig.chat.hears(/\nThis conversation: nothing\.$/)
})
