import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { load } from '../config/load.ts'
import { measure, type Shape } from './measure.ts'
import { jackdaw } from './peers/jackdaw.ts'
import { type Peer, scriptPeer } from './peers/peer.ts'

const shape: Shape = {
  chats: 5,
  burstMessages: 50,
  ratePerSecond: 100,
  rateSeconds: 0.2,
  warmUpSeconds: 0.1,
  idleMs: 100,
  stallMs: 10_000,
}
const isLinux = process.platform === 'linux'
const skip = isLinux ? false : 'CPU time and memory are read from /proc'

for (const name of ['grammy', 'chat-sdk']) {
  test(`${name} answers every message once and in order`, { skip }, async (t) => {
    const directory = await makeDirectory(t)
    const { tally, ...numbers } = await measure(scriptPeer(name, name), shape, directory)
    const { calls, ...faults } = tally
    assert.deepEqual(
      Object.values(faults).filter((count) => count > 0),
      [],
    )
    assert.equal(calls['sendMessage'], 80)
    assert.ok(numbers.burstPerSecond > 0)
    assert.ok(numbers.p50Ms <= numbers.p95Ms && numbers.p95Ms <= numbers.p99Ms)
    assert.ok(numbers.idleMb > 0 && numbers.idleMb <= numbers.peakMb)
    assert.ok(numbers.readyMs > 0)
    assert.deepEqual(await readdir(directory), [], 'nothing is left behind')
  })
}

test('a peer that answers nothing has lost every message, and its ready line is timed', {
  skip,
}, async (t) => {
  const mute: Peer = {
    name: 'mute',
    title: 'mute',
    plan: async (apiRoot) => ({
      args: [
        '-e',
        `fetch('${apiRoot}/bot1:x/getUpdates').then(() => console.log('Mute is ready: now')); setTimeout(() => {}, 60_000)`,
      ],
      env: {},
      readyLine: 'Mute is ready: ',
    }),
  }
  const sample = await measure(mute, { ...shape, stallMs: 20 }, await makeDirectory(t))
  assert.equal(sample.tally.lost, 80)
  assert.ok(Number.isNaN(sample.p50Ms))
  assert.ok((sample.readyLineMs ?? 0) >= sample.readyMs)
})

test('a peer that does not start is an error with the end of its log', { skip }, async (t) => {
  const broken: Peer = {
    name: 'broken',
    title: 'broken',
    plan: async () => ({ args: ['-e', 'console.error("no luck"); process.exit(3)'], env: {} }),
  }
  const directory = await makeDirectory(t)
  await assert.rejects(measure(broken, shape, directory), /exit code 3.*no luck/s)
  assert.deepEqual(await readdir(directory), [])
})

test('the gateway is given a valid configuration with the limits of a flood lifted', async (t) => {
  const directory = await makeDirectory(t)
  const plan = await jackdaw.plan('http://127.0.0.1:1', directory)
  const file = plan.args.at(-1) ?? ''
  assert.equal(path.dirname(file), directory)
  assert.ok((await readFile(file, 'utf8')).length > 0)
  const { config } = await load({ file, env: plan.env, cwd: directory, home: directory })
  assert.equal(config.queue.senderPerMinute, 0)
})

async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'jackdaw-bench-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}
