import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Chat } from '../../test/fakes/chat.ts'
import type { Rig } from '../../test/fakes/rig.ts'
import { startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime } from '../../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../../test/fakes/settings.ts'
import type { Settings } from '../settings.ts'
import type { JobDraft, Occurrence } from './job.ts'

const minute = 60_000
const owner = { isOwner: true }

/** A rig with a chat that is known, and one condition module with this code. */
async function withModule(code: string, settings: Partial<Settings> = {}) {
  const runtime = new ScriptedRuntime((words) => `re: ${words}`)
  const rig = await startRig({ runtime, settings })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  await write(rig, code)
  return Object.assign(rig, { runtime })
}

async function write(rig: Rig, code: string): Promise<void> {
  await mkdir(rig.workspace, { recursive: true })
  await writeFile(join(rig.workspace, 'check.mjs'), code)
}

function draft(rig: Rig & { chat: Chat }, changes: Partial<JobDraft> = {}): JobDraft {
  const account = rig.channel.account
  return {
    kind: 'module',
    module: 'check.mjs',
    schedule: { kind: 'at', at: rig.clock.now() + minute },
    text: '',
    target: { type: 'chat', address: { channel: 'fake', account, chat: '1' } },
    ...changes,
  }
}

/** The job's time comes, and its module ends; returns the occurrence once it is in this state. */
async function comes(rig: Rig, id: string, state: Occurrence['state']): Promise<Occurrence> {
  await rig.pass(minute)
  return await reaches(rig, id, state)
}

async function reaches(rig: Rig, id: string, state: Occurrence['state']): Promise<Occurrence> {
  await rig.hears('occurrence.changed', (event) => event.jobId === id && event.state === state)
  await rig.settle()
  const [one] = (await rig.core.jobs.occurrences(id, owner)).items
  assert.ok(one)
  return one
}

test('a module calls the agent, which is told what is from the module', async () => {
  await using rig = await withModule(
    `export default ({ now, job, occurrence, payload }) => ({
       status: 'ok',
       summary: job.id + ' ' + occurrence.id + ' ' + payload,
       data: { early: occurrence.scheduledFor <= now },
       invokeAgent: { shouldInvoke: true, prompt: 'Look.', context: 'free: 1 GB', severity: 'warn' },
     })`,
  )
  const { job } = await rig.core.jobs.create(draft(rig, { name: 'disk', text: 'any' }), owner)
  const one = await comes(rig, job.id, 'completed')
  assert.deepEqual([one.reason, one.data, one.delivery], ['j1 o1 any', { early: true }, 'sent'])
  await rig.chat.hears(
    [
      're: [Nobody wrote this: it comes from the condition module check.mjs of the job "disk". Severity: warn.]',
      'Look.',
      '[What the module found, as material:]\nfree: 1 GB',
    ].join('\n\n'),
  )
})

test('without a prompt of its own, a module has the job’s text asked', async () => {
  await using rig = await withModule(
    'export default () => ({ status: "ok", invokeAgent: { shouldInvoke: true } })',
  )
  const { job } = await rig.core.jobs.create(draft(rig, { text: 'Tidy up.' }), owner)
  await comes(rig, job.id, 'completed')
  const [turn] = rig.runtime.turns.slice(-1)
  assert.match(turn?.messages[0]?.text ?? '', /^\[Nobody wrote this: .*\]\n\nTidy up\.$/)
})

test('a module that finds nothing costs no turn and says nothing', async () => {
  await using rig = await withModule('export default () => ({ status: "ok", summary: "all well" })')
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  const one = await comes(rig, job.id, 'completed')
  assert.deepEqual([one.reason, one.delivery], ['all well', 'none'])
  assert.equal(rig.runtime.turns.length, 1)
  await rig.chat.hearsNothingMore()
})

test('a module says something itself, without the agent', async () => {
  await using rig = await withModule(
    'export default () => ({ status: "ok", summary: "wet", message: "Rain at 5." })',
  )
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  await comes(rig, job.id, 'completed')
  await rig.chat.hears('Rain at 5.')
  const [one] = (await rig.core.jobs.occurrences(job.id, owner)).items
  assert.deepEqual([one?.reason, one?.delivery], ['wet', 'sent'])
  assert.equal(rig.runtime.turns.length, 1)
})

test('a module that fails is asked again later, and then the chat hears that it failed', async () => {
  await using rig = await withModule('export default () => { throw new Error("no disk") }')
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  await rig.pass(minute)
  while ((await first(rig, job.id)).error === undefined) await rig.settle()
  assert.equal((await first(rig, job.id)).attempt, 1)
  assert.deepEqual((await first(rig, job.id)).error, {
    code: 'threw',
    message: 'The condition module check.mjs failed. Error: no disk',
  })
  for (const attempt of [2, 3]) {
    await rig.clock.advance((await first(rig, job.id)).notBefore - rig.clock.now())
    while ((await first(rig, job.id)).attempt < attempt) await rig.settle()
    while ((await first(rig, job.id)).state === 'leased') await rig.settle()
  }
  assert.equal((await first(rig, job.id)).state, 'failed')
  await rig.chat.hears('The job "check.mjs" did not work out. (trace o1)')
  assert.equal(rig.runtime.turns.length, 1)
})

test('a module that is asked while the gateway stops is asked again, at no cost', async () => {
  await using rig = await withModule(
    `import { existsSync } from 'node:fs'
     export default ({ payload }) => {
       while (!existsSync(payload));
       return { status: 'ok', message: 'Done.' }
     }`,
  )
  const sign = join(rig.workspace, 'sign')
  const { job } = await rig.core.jobs.create(draft(rig, { text: sign }), owner)
  await rig.pass(minute)
  await rig.hears('occurrence.changed')
  await rig.stop()
  await writeFile(sign, '')
  await rig.start()
  const one = await reaches(rig, job.id, 'completed')
  assert.equal(one.attempt, 1)
  await rig.chat.hears('Done.')
})

test('a module is looked for when its job is made or changed, and only owners have such jobs', async () => {
  await using rig = await withModule('export default () => ({ status: "ok" })')
  const { jobs } = rig.core
  const made = (module: string) => jobs.create(draft(rig, { module }), owner)
  await assert.rejects(made('gone.ts'), /module: There is no file "gone.ts" in the workspace/)
  await assert.rejects(made('../check.mjs'), /module: "..\/check.mjs" is outside of the workspace/)
  const { job } = await made('check.mjs')
  await assert.rejects(jobs.update(job.id, { module: '/etc/passwd' }, owner), /is absolute/)
  await rm(join(rig.workspace, 'check.mjs'))
  assert.equal((await jobs.update(job.id, { name: 'other' }, owner)).job.name, 'other')
  const here = { channel: 'fake', account: rig.channel.account, chat: '1' }
  await assert.rejects(
    jobs.create(draft(rig), { isOwner: false, chat: here }),
    /Only owners make jobs that run a module/,
  )
})

async function first(rig: Rig, id: string): Promise<Occurrence> {
  const [one] = (await rig.core.jobs.occurrences(id, owner)).items
  assert.ok(one)
  return one
}

test('a module that has changed is not run before an owner accepts it', async () => {
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['1']) }]])
  await using rig = await withModule(`export default () => ({ status: 'ok' })`, { policies })
  const schedule = { kind: 'every', everyMs: minute, anchorAt: rig.clock.now() } as const
  const { job } = await rig.core.jobs.create(draft(rig, { schedule }), owner)
  await comes(rig, job.id, 'completed')
  await write(rig, `export default () => ({ status: 'ok', message: 'changed' })`)
  assert.equal((await comes(rig, job.id, 'failed')).error?.code, 'module-changed')
  await rig.chat.hears(/^I paused the job "check\.mjs" \(j1\), .* jackdaw jobs accept j1$/)
  const paused = await rig.core.jobs.get(job.id, owner)
  assert.deepEqual([paused.job.pausedBy, paused.job.failures], ['module-changed', 0])
  const guest = {
    isOwner: false,
    chat: { channel: 'fake', account: rig.channel.account, chat: '1' },
  }
  await assert.rejects(rig.core.jobs.acceptModule(job.id, guest), /There is no job|Only owners/)
  assert.equal((await rig.core.jobs.acceptModule(job.id, owner)).job.state, 'active')
  await comes(rig, job.id, 'completed')
  await rig.chat.hears('changed')
})
