import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buttonsOf, type Chat } from '../test/fakes/chat.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import { hashPairingCode, newPairingCode } from './pairing.ts'

async function startPairingRig() {
  const policy = { ...openPolicy, dm: 'pairing' as const, owners: new Set(['9']) }
  return startRig({
    runtime: new ScriptedRuntime(),
    settings: { policies: new Map([['fake', policy]]) },
  })
}

async function codeOf(chat: Chat): Promise<string> {
  const { delivery } = await chat.hears(/I do not know you yet/)
  return /^[A-Z2-9]{8}$/m.exec(delivery.chunk.text)?.[0] ?? ''
}

/** The owner, who has a direct chat already. */
async function ownerOf(rig: Rig): Promise<Chat> {
  const owner = rig.direct({ id: '9', name: 'Olga' })
  await owner.says('hello')
  await owner.hears('re: hello')
  return owner
}

test('a code is eight characters that nobody mistypes, and stored only as a salted hash', () => {
  const codes = Array.from({ length: 200 }, newPairingCode)
  for (const { code, hash, salt } of codes) {
    assert.match(code, /^[A-HJ-NP-Z2-9]{8}$/)
    assert.equal(hash, hashPairingCode(code, salt))
    assert.ok(!hash.includes(code))
  }
  assert.equal(new Set(codes.map(({ code }) => code)).size, codes.length)
  assert.equal(new Set(codes.map(({ salt }) => salt)).size, codes.length)
})

test('a stranger gets one code, however often they write, and the agent hears nothing', async () => {
  await using rig = await startPairingRig()
  await rig.chat.says('let me in')
  assert.notEqual(await codeOf(rig.chat), '')
  await rig.chat.says('please')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.runs(), [])
})

test('the owner lets a stranger in by the code', async () => {
  await using rig = await startPairingRig()
  const owner = rig.direct({ id: '9' })
  await rig.chat.says('let me in')
  const code = await codeOf(rig.chat)
  await owner.says(`/approve ${code.toLowerCase()}`)
  await owner.hears('Ana may talk to me now.')
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('the owner is asked with buttons and lets a stranger in by one press', async () => {
  await using rig = await startPairingRig()
  const owner = await ownerOf(rig)
  await rig.chat.says('let me in')
  await codeOf(rig.chat)
  const question = await owner.hears(/Ana wants to talk to me on fake/)
  const [allow] = buttonsOf(question)
  assert.ok(allow)
  await owner.presses(allow)
  await owner.sees('Ana may talk to me now.')
  await owner.presses(allow)
  await owner.hears('That question has expired.')
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('a stranger who is denied stays a stranger and may ask again', async () => {
  await using rig = await startPairingRig()
  const owner = await ownerOf(rig)
  await rig.chat.says('let me in')
  await codeOf(rig.chat)
  const [, deny] = buttonsOf(await owner.hears(/wants to talk/))
  assert.ok(deny)
  await owner.presses(deny)
  await owner.sees('Denied.')
  await rig.chat.says('again')
  assert.notEqual(await codeOf(rig.chat), '')
})

test('nobody but an owner approves, by code or by button', async () => {
  await using rig = await startPairingRig()
  await rig.store.access.setSender(
    { account: 'fake:fake', channel: 'fake', id: '5', name: 'Paul' },
    'paired',
    rig.clock.now(),
  )
  const paired = rig.direct({ id: '5' })
  await rig.chat.says('let me in')
  const code = await codeOf(rig.chat)
  await paired.says(`/approve ${code}`)
  await paired.hears('Only my owner can do that.')
  await rig.chat.presses('q1:yes')
  await rig.chat.says(`/approve ${code}`)
  await rig.chat.hearsNothingMore()
})

test('three strangers may wait; a fourth gets silence, and nobody is turned out', async () => {
  await using rig = await startPairingRig()
  for (const id of ['11', '12', '13']) {
    const stranger = rig.direct({ id })
    await stranger.says('hi')
    assert.notEqual(await codeOf(stranger), '')
  }
  const fourth = rig.direct({ id: '14' })
  await fourth.says('hi')
  await fourth.hearsNothingMore()
  assert.equal((await rig.store.access.pairings(rig.clock.now())).length, 3)
  await rig.leap(3_600_001)
  await fourth.says('hi again')
  assert.notEqual(await codeOf(fourth), '')
})

test('a code is worth nothing after an hour', async () => {
  await using rig = await startPairingRig()
  const owner = rig.direct({ id: '9' })
  await rig.chat.says('let me in')
  const code = await codeOf(rig.chat)
  await rig.leap(3_600_001)
  await owner.says(`/approve ${code}`)
  await owner.hears('That code is unknown or has expired.')
})

test('five wrong codes lock approval by code for an hour', async () => {
  await using rig = await startPairingRig()
  const owner = rig.direct({ id: '9' })
  await rig.chat.says('let me in')
  const code = await codeOf(rig.chat)
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await owner.says('/approve WRONG234')
    await owner.hears('That code is unknown or has expired.')
  }
  await owner.says(`/approve ${code}`)
  await owner.hears('Too many wrong codes: try again in an hour.')
})

test('a group is no place for pairing', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: {
      policies: new Map([['fake', { ...openPolicy, dm: 'pairing', groups: 'allowlist' }]]),
    },
  })
  const group = rig.group('g')
  await group.asks('hello')
  await group.hearsNothingMore()
  assert.equal((await rig.store.access.pairings(rig.clock.now())).length, 0)
})
