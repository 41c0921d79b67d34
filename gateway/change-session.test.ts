import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../core/errors.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { changeSession } from './change-session.ts'
import type { SessionChange } from './http/api-context.ts'

const named = (...ids: string[]) => ids.map((id) => ({ id, label: id }))
const refusedAs = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof RequestError && error.code === code && words.test(error.message)

test('a session is changed only to what its agent has, and back to a conversation it has', async () => {
  const catalog = () => ({ models: named('acme/fast', 'acme/deep'), modes: named('plan') })
  const runtime = new ScriptedRuntime({}, { catalog })
  await using rig = await startRig({ runtime })
  await rig.chat.asks('one')
  await rig.chat.hears('re: one')
  await rig.chat.asks('/new')
  await rig.chat.hears(/^A fresh start/)
  const change = async (wanted: SessionChange) => {
    const [session] = (await rig.store.sessions.list({ limit: 1 })).items
    assert.ok(session)
    const { store, clock, core } = rig
    const runtimeFor = () => rig.runtimes.get('main')
    await changeSession({ store, clock, dispatcher: core.dispatcher, runtimeFor }, session, wanted)
    return await store.sessions.find(session.id)
  }
  await assert.rejects(
    change({ model: 'acme/fats', mode: 'followup' }),
    refusedAs('unknown-model', /There is: acme\/fast/),
  )
  await assert.rejects(change({ agentMode: 'fly' }), refusedAs('unknown-mode', /no mode "fly"/))
  await assert.rejects(change({ generation: 4 }), refusedAs('no-such-generation', /sessions show/))
  const changed = await change({ model: 'acme/fast', agentMode: 'plan', generation: 1 })
  assert.deepEqual(
    [changed?.choices, changed?.generation, changed?.mode],
    [{ model: 'acme/fast', mode: 'plan' }, 1, null],
  )
  rig.runtimes.set('main', new ScriptedRuntime())
  await assert.rejects(change({ model: 'acme/fast' }), refusedAs('no-choice', /no model to choose/))
  assert.deepEqual((await change({ model: null, agentMode: null }))?.choices, {})
})
