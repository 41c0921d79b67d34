import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buttonsOf } from '../test/fakes/chat.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import type { Policy } from './policy.ts'

const hour = 3_600_000
const pairing = (owners: readonly string[]): Policy => ({
  ...openPolicy,
  dm: 'pairing',
  owners: new Set(owners),
})

/** A rig with two platforms, on which strangers are paired. */
function startTwo(first: readonly string[], second: readonly string[], notify?: string) {
  return startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => [
      new FakeChannel({ name: 'first', now }),
      new FakeChannel({ name: 'second', now }),
    ],
    settings: {
      policies: new Map([
        ['first', pairing(first)],
        ['second', pairing(second)],
      ]),
      ...(notify !== undefined && { notify: { channel: 'second', chat: notify } }),
    },
  })
}

test('the first owner of the file who has a direct chat is asked', async () => {
  await using rig = await startTwo(['8', '9'], [])
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  await rig.chat.hears(/I do not know you/)
  await owner.hears(/^Ana wants to talk to me on first\. Allow it\?/)
  await rig.pass(1000)
  assert.equal(rig.channel.arrived.length, 3, 'nobody else is asked')
})

test('an owner of another platform is asked where the stranger’s has none', async () => {
  await using rig = await startTwo([], ['9'])
  const owner = rig.direct({ id: '9', language: 'de' }, rig.channels[1])
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  const [allow] = buttonsOf(await owner.hears(/^Ana möchte auf first mit mir sprechen/))
  assert.ok(allow)
  await owner.presses(allow)
  await owner.sees('Ana darf jetzt mit mir sprechen.')
  await rig.chat.hears(/I do not know you/)
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('notices go where `notify` says instead', async () => {
  await using rig = await startTwo(['9'], [], '77')
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  await rig.direct({ id: '77' }, rig.channels[1]).hears(/Ana wants to talk to me on first/)
  await owner.hearsNothingMore()
})

test('without an owner to ask the stranger still gets a code', async () => {
  await using rig = await startTwo(['9'], [])
  await rig.chat.says('let me in')
  await rig.chat.hears(/I do not know you/)
  await rig.chat.hearsNothingMore()
})

test('where there are no buttons a question says how to answer it, and that works', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => [
      new FakeChannel({ now, capabilities: { hasButtons: false, hasReactions: false } }),
    ],
  })
  const german = rig.direct({ id: '1', language: 'de' })
  await german.says('alt', { sentAt: rig.clock.now() - hour })
  await rig.pass(3100)
  const { delivery } = await german.hears(/Eine Nachricht kam.*\nSchreib „ja 1“ oder „nein 1“\.$/)
  assert.equal(delivery.chunk.buttons, undefined)
  await german.says('ja 1')
  await german.sees('Ich lese sie jetzt.')
  await german.hears('re: alt')
})

test('an owner answers by text', async () => {
  await using rig = await startTwo(['9'], [])
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  await owner.hears(/wants to talk/)
  await owner.says('no 1')
  await owner.sees('Denied.')
  await owner.says('yes 1')
  await owner.hears('That question has expired.')
})

test('an owner answers from another platform while it is open; later the words are just words', async () => {
  await using rig = await startTwo(['9'], ['5'])
  const asked = rig.direct({ id: '9' })
  await asked.says('hello')
  await asked.hears('re: hello')
  await rig.chat.says('let me in')
  await asked.hears(/^Ana wants to talk to me on first/)
  const elsewhere = rig.direct({ id: '5' }, rig.channels[1])
  await elsewhere.says('yes 1')
  await elsewhere.hears('Ana may talk to me now.')
  await elsewhere.says('yes 1')
  await elsewhere.hears('re: yes 1')
})

test('a question nobody answers expires, and a late press says so', async () => {
  await using rig = await startTwo(['9'], [])
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.chat.says('let me in')
  await rig.chat.hears(/I do not know you/)
  const [allow] = buttonsOf(await owner.hears(/wants to talk/))
  assert.ok(allow)
  await rig.leap(2 * hour)
  await owner.presses(allow)
  await owner.hears('That question has expired.')
  assert.equal((await rig.store.requests.find('q1'))?.state, 'expired')
})

test('in a group the question is put in the thread it is about', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const thread = rig.group('g', 't')
  await thread.asks('old', { sentAt: rig.clock.now() - hour })
  await rig.pass(3100)
  const [yes] = buttonsOf(await thread.hears(/One message arrived/))
  assert.ok(yes)
  await thread.presses(yes)
  await thread.sees('Reading them now.')
  await thread.hears('re: old')
})
