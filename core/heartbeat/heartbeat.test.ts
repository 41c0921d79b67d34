import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime } from '../../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../../test/fakes/settings.ts'
import { RuntimeError } from '../errors.ts'
import type { HeartbeatSettings } from './heartbeat-settings.ts'

const halfHour = 30 * 60_000
const dayMs = 48 * halfHour
const allDay = { start: '00:00', end: '24:00', timezone: 'UTC' }

/** Core with an owner who has written once, an agent that checks in every half hour, and its file. */
async function withHeartbeat(file: string | undefined, change: Partial<HeartbeatSettings> = {}) {
  const workspace = await mkdtemp(join(tmpdir(), 'jackdaw-heartbeat-'))
  const write = (text: string) => writeFile(join(workspace, 'HEARTBEAT.md'), text)
  if (file !== undefined) await write(file)
  let says = 'HEARTBEAT_OK'
  const runtime = new ScriptedRuntime((words) => (words.includes('It is ') ? says : `re: ${words}`))
  const settings: HeartbeatSettings = {
    isEnabled: true,
    everyMs: halfHour,
    target: 'owner',
    prompt: 'Look around.',
    hours: allDay,
    workspace,
    ...change,
  }
  const rig = await startRig({
    runtime,
    startAt: Date.parse('2026-11-22T00:00:00Z'),
    settings: {
      policies: new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]]),
      heartbeats: new Map([['main', settings]]),
    },
  })
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  const beats = () => runtime.turns.length - 1
  /** In long steps: what is due in one is looked at once, and gets time to end. */
  const halfHours = async (count: number) => {
    for (let step = 0; step < count; step += 1) {
      await rig.leap(halfHour - 1000)
      await rig.pass(1000)
    }
  }
  return {
    rig,
    owner,
    runtime,
    write,
    beats,
    halfHours,
    say: (text: string) => {
      says = text
    },
    row: async () => (await rig.store.heartbeats.list())[0],
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]()
      await rm(workspace, { recursive: true, force: true })
    },
  }
}

test('a day with nothing to do asks nobody; one change asks once and tells once; the same alert is not told again', async () => {
  await using scene = await withHeartbeat('# Watch\n\n<!-- nothing yet -->\n- [ ]\n')
  const { rig, beats } = scene
  await scene.halfHours(48)
  assert.equal(beats(), 0)
  assert.equal((await scene.row())?.result, 'nothing-to-do')

  await scene.write('- is the oven off?')
  scene.say('The oven is on, 200 degrees.')
  await scene.halfHours(48)
  assert.equal(beats(), 1)
  assert.equal(rig.channel.arrived.length, 2)
  await scene.owner.hears('The oven is on, 200 degrees.')
  assert.equal((await scene.row())?.result, 'unchanged')

  await scene.write('- is the oven off? really?')
  scene.say('The oven is on, 210 degrees!')
  await scene.halfHours(1)
  assert.equal(beats(), 2)
  // A day has passed since it was told, so it is told anew; then it is known again.
  assert.equal(rig.channel.arrived.length, 3)
  await scene.write('- is the oven off? yes?')
  await scene.halfHours(1)
  assert.equal(beats(), 3)
  assert.equal((await scene.row())?.result, 'repeated')
  assert.equal(rig.channel.arrived.length, 3)
})

test('a message of the owner is a reason to look again, one of a stranger is not', async () => {
  await using scene = await withHeartbeat('- look at the door')
  await scene.halfHours(1)
  assert.equal(scene.beats(), 1)
  await scene.rig.direct({ id: '1' }).says('psst')
  await scene.halfHours(1)
  assert.equal(scene.beats(), 2)
  await scene.halfHours(1)
  assert.equal(scene.beats(), 2)
  await scene.owner.says('I am back')
  await scene.halfHours(1)
  assert.equal(scene.beats(), 4)
})

test('what says that all is well is not shown', async () => {
  await using scene = await withHeartbeat('- look at the door')
  scene.say('**HEARTBEAT_OK** The door is closed.')
  await scene.halfHours(1)
  assert.equal(scene.beats(), 1)
  assert.equal((await scene.row())?.result, 'quiet')
  assert.equal(scene.rig.channel.arrived.length, 1)
})

test('nobody is asked outside the active hours, which may go over midnight', async () => {
  const hours = { start: '22:00', end: '02:00', timezone: 'UTC' }
  await using scene = await withHeartbeat('- look at the door', { hours })
  await scene.halfHours(1)
  assert.equal(scene.beats(), 1)
  await scene.write('- look at the window')
  await scene.halfHours(3)
  assert.equal(scene.beats(), 2)
  await scene.write('- look at the roof')
  await scene.halfHours(30)
  assert.equal(scene.beats(), 2)
  await scene.halfHours(15)
  assert.equal(scene.beats(), 3)
})

test('a day of sleep is one check-in', async () => {
  await using scene = await withHeartbeat('- look at the door')
  await scene.rig.leap(dayMs)
  await scene.rig.pass(60_000)
  assert.equal(scene.beats(), 1)
  await scene.write('- look at the window')
  await scene.halfHours(1)
  assert.equal(scene.beats(), 2)
})

test('an owner asks for one and reads how it went; others may not', async () => {
  await using scene = await withHeartbeat(undefined, { isEnabled: false })
  scene.say('The door is open.')
  await scene.rig.direct({ id: '1' }).says('/heartbeat run')
  await scene.rig.pass(60_000)
  assert.equal(scene.beats(), 0)
  await scene.owner.says('/heartbeat run')
  await scene.owner.hears(
    'I am looking around now. You hear from me only if there is something to say.',
  )
  await scene.owner.hears('The door is open.')
  assert.equal(scene.beats(), 1)
  await scene.owner.says('/heartbeat')
  await scene.owner.hears(
    [
      'Check-ins of main are off.',
      'The last was Sunday 22 November 2026, 0:01.',
      'Result: I told you something.',
      '/heartbeat run asks for one now.',
    ].join('\n'),
  )
})

test('a structured answer counts, whatever the text says', async () => {
  await using scene = await withHeartbeat('- look at the door')
  const { rig } = scene
  scene.runtime.script = () =>
    async function* () {
      const [row] = await rig.store.heartbeats.list()
      await rig.store.heartbeats.respond(row?.runId ?? '', { notify: true, text: 'Open!' })
      yield { type: 'done', reply: { text: 'HEARTBEAT_OK', format: 'markdown' } }
    }
  await scene.halfHours(1)
  await scene.owner.hears('Open!')
})

test('the owner hears of failures after the second in a row, once', async () => {
  await using scene = await withHeartbeat('- look at the door')
  scene.runtime.script = () =>
    async function* () {
      yield { type: 'session', runtimeSession: 's' }
      throw new RuntimeError('refused', 'No.', { isRetryable: false })
    }
  await scene.halfHours(1)
  assert.equal(scene.rig.channel.arrived.length, 1)
  await scene.halfHours(4)
  assert.equal(scene.rig.channel.arrived.length, 2)
  assert.equal((await scene.row())?.failures, 5)
})

test('a process that dies at any time asks once and tells once', async () => {
  await using scene = await withHeartbeat('- look at the door')
  const { rig } = scene
  scene.say('The door is open.')
  await rig.leap(halfHour)
  for (let kill = 0; kill < 4; kill += 1) {
    await rig.dies()
    await rig.start()
    await rig.pass(kill * 1000)
  }
  await scene.halfHours(1)
  const told = rig.channel.arrived.filter(
    ({ delivery }) => delivery.chunk.text === 'The door is open.',
  )
  assert.equal(told.length, 1)
  assert.equal((await rig.runs()).filter(({ source }) => source === 'heartbeat').length, 1)
})
