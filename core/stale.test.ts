import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buttonsOf, type Chat } from '../test/fakes/chat.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'

const hour = 3_600_000

/** Messages that were sent an hour ago and arrive only now. */
async function arriveLate(rig: Rig, chat: Chat, ...texts: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const text of texts) ids.push(await chat.says(text, { sentAt: rig.clock.now() - hour }))
  return ids
}

async function asked(rig: Rig, chat: Chat, words: RegExp) {
  await rig.pass(3100)
  const question = await chat.hears(words)
  const [yes, no] = buttonsOf(question)
  assert.ok(yes && no)
  return { yes, no, id: yes.data.slice(1).split(':')[0] ?? '' }
}

test('what arrives late is asked about once, when no more comes, and not answered', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  await arriveLate(rig, rig.chat, 'one')
  await rig.pass(2000)
  await arriveLate(rig, rig.chat, 'two')
  await rig.pass(2000)
  await arriveLate(rig, rig.chat, 'three')
  await rig.pass(2900)
  await rig.chat.hearsNothingMore()
  await asked(rig, rig.chat, /^3 messages arrived while I was away: answer them\?/)
  await rig.pass(60_000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(runtime.heard, [])
})

test('yes by button answers all of them in one turn, and only once', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await arriveLate(rig, rig.chat, 'one', 'two')
  const { yes, no } = await asked(rig, rig.chat, /^2 messages/)
  await rig.chat.presses(yes)
  await rig.chat.sees('Reading them now.')
  await rig.chat.hears('re: one\ntwo')
  await rig.chat.presses(yes)
  await rig.chat.hears('That question has expired.')
  await rig.chat.presses(no)
  await rig.chat.hears('That question has expired.')
})

test('yes by text does the same, also where there are no buttons', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await arriveLate(rig, rig.chat, 'one')
  const { id } = await asked(rig, rig.chat, /^One message arrived while I was away: answer it\?/)
  await rig.chat.says(`yes ${id}`)
  await rig.chat.sees('Reading them now.')
  await rig.chat.hears('re: one')
})

test('no leaves them alone', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  await arriveLate(rig, rig.chat, 'one')
  const { no } = await asked(rig, rig.chat, /One message/)
  await rig.chat.presses(no)
  await rig.chat.sees('All right, I leave them.')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(runtime.heard, [])
})

test('nobody answers: after a day the question is over and says so', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  await arriveLate(rig, rig.chat, 'one')
  const { yes } = await asked(rig, rig.chat, /One message/)
  await rig.leap(24 * hour)
  await rig.chat.presses(yes)
  await rig.chat.hears('That question has expired.')
  assert.deepEqual(runtime.heard, [])
  await rig.chat.says('/why')
  await rig.chat.hears(/^It came too late and was not answered: nobody asked for an answer/)
})

test('a restart between arrival and question, and between question and answer, loses nothing', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await arriveLate(rig, rig.chat, 'one')
  await rig.dies()
  await rig.start()
  const { yes } = await asked(rig, rig.chat, /One message/)
  await rig.restarts()
  await rig.chat.hearsNothingMore()
  await rig.chat.presses(yes)
  await rig.chat.sees('Reading them now.')
  await rig.chat.hears('re: one')
})

test('what comes in time is answered while the late ones wait', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await arriveLate(rig, rig.chat, 'old')
  await rig.chat.says('new')
  await rig.chat.hears('re: new')
  await asked(rig, rig.chat, /One message/)
})

test('what comes late after the question was put is asked about anew', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await arriveLate(rig, rig.chat, 'one')
  const first = await asked(rig, rig.chat, /One message/)
  await arriveLate(rig, rig.chat, 'two')
  const second = await asked(rig, rig.chat, /One message/)
  assert.notEqual(first.id, second.id)
  await rig.chat.presses(second.yes)
  await rig.chat.sees('Reading them now.')
  await rig.chat.hears('re: two')
})

test('late messages that are deleted before the question are not asked about', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const ids = await arriveLate(rig, rig.chat, 'one', 'two')
  await rig.chat.deletes(...ids)
  await rig.pass(10_000)
  await rig.chat.hearsNothingMore()
})

test('somebody in another chat cannot answer the question', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  const other = rig.direct({ id: '2' })
  await arriveLate(rig, rig.chat, 'one')
  const { yes, id } = await asked(rig, rig.chat, /One message/)
  await other.presses(yes)
  await other.hearsNothingMore()
  await other.says(`yes ${id}`)
  await other.hears(`re: yes ${id}`)
  assert.deepEqual(runtime.heard, [`yes ${id}`])
})

test('a backlog of a busy person is not taken for haste', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { senderPerMinute: 3 },
  })
  const sent = Array.from({ length: 9 }, (_, index) => rig.clock.now() - hour + index * 30_000)
  for (const sentAt of sent) await rig.chat.says('again', { sentAt })
  await asked(rig, rig.chat, /^9 messages/)
})

test('`staleMs: 0` answers everything, however late', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime(), queue: { staleMs: 0 } })
  await arriveLate(rig, rig.chat, 'old')
  await rig.chat.hears('re: old')
})
