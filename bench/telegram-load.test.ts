import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { benchToken, TelegramLoad } from './telegram-load.ts'

type Update = { update_id: number; message: { chat: { id: number }; text: string } }
type Answer<Result> = { ok: boolean; result: Result; error_code?: number }

const shape = { chats: 2, stallMs: 50 }

test('updates come again until an offset confirms them, at most 100 at a time', async (t) => {
  const { load, call } = await listen(t)
  const burst = load.burst({ ...shape, messages: 150 })
  const first = await call<Update[]>('getUpdates', {})
  assert.equal(first.result.length, 100)
  assert.deepEqual(await call('getUpdates', { limit: 100 }), first)
  const rest = await call<Update[]>('getUpdates', { offset: 101 })
  assert.deepEqual(ids(rest.result), [101, 150])
  assert.deepEqual((await call('getUpdates', { offset: 151 })).result, [])
  await burst
})

test('a long poll is answered as soon as there is something', async (t) => {
  const { load, call } = await listen(t)
  const poll = call<Update[]>('getUpdates', { timeout: 60 })
  await load.firstPollAt
  const burst = load.burst({ ...shape, messages: 3 })
  assert.deepEqual(ids((await poll).result), [1, 3])
  await burst
})

test('a second poll ends the first with 409', async (t) => {
  const { load, call } = await listen(t)
  const first = call('getUpdates', { timeout: 60 })
  await load.firstPollAt
  assert.deepEqual((await call('getUpdates', {})).result, [])
  assert.equal((await first).error_code, 409)
})

test('answered messages are timed, and a clean run has no faults', async (t) => {
  const { load, call } = await listen(t)
  const burst = load.burst({ ...shape, messages: 4, stallMs: 60_000 })
  const { result } = await call<Update[]>('getUpdates', {})
  for (const { message } of result) await echo(call, message.chat.id, message.text)
  const outcome = await burst
  assert.equal(outcome.answered, 4)
  assert.equal(outcome.latenciesMs.length, 4)
  assert.ok(outcome.latenciesMs.every((latency) => latency > 0 && latency <= outcome.elapsedMs))
  const { calls, ...faults } = load.tally()
  assert.deepEqual(calls, { getUpdates: 1, sendMessage: 4 })
  assert.ok(Object.values(faults).every((count) => count === 0))
})

test('a lost, doubled, overtaken, misplaced, merged or strange answer is noticed', async (t) => {
  const { load, call } = await listen(t)
  const burst = load.burst({ ...shape, messages: 10 })
  const { result } = await call<Update[]>('getUpdates', {})
  const [chat, other] = result.map(({ message }) => message.chat.id)
  await echo(call, chat, 'message 2')
  await echo(call, chat, 'message 0')
  await echo(call, chat, 'message 0')
  await echo(call, chat, 'message 1')
  await echo(call, other, 'message 1\nmessage 3')
  await echo(call, other, 'Sorry?')
  await burst
  const { calls: _, ...faults } = load.tally()
  assert.deepEqual(faults, {
    lost: 6,
    doubled: 1,
    outOfOrder: 1,
    misplaced: 1,
    merged: 2,
    unknown: 1,
  })
})

test('a steady rate hands over every message whether or not the last was answered', async (t) => {
  const { load, call } = await listen(t)
  const outcome = await load.rate({ ...shape, perSecond: 1000, seconds: 0.02 })
  assert.deepEqual([outcome.injected, outcome.answered], [20, 0])
  assert.equal((await call<Update[]>('getUpdates', {})).result.length, 20)
})

async function listen(t: TestContext) {
  const load = await TelegramLoad.listen()
  t.after(() => load.close())
  const call = async <Result>(method: string, parameters: object): Promise<Answer<Result>> => {
    const response = await fetch(`${load.apiRoot}/bot${benchToken}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
    })
    return (await response.json()) as Answer<Result>
  }
  return { load, call }
}

type Call = Awaited<ReturnType<typeof listen>>['call']

async function echo(call: Call, chat_id: number | undefined, text: string): Promise<void> {
  assert.equal((await call('sendMessage', { chat_id, text })).ok, true)
}

/** The first and the last id. */
function ids(updates: readonly Update[]): (number | undefined)[] {
  return [updates[0]?.update_id, updates.at(-1)?.update_id]
}
