import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import type { KnownMessage } from '../../core/ports.ts'
import {
  deliveryOf,
  quickTiming,
  signal,
  startRig,
  type TelegramRig,
} from '../../test/fakes/telegram-channel.ts'
import type { Fault } from '../../test/servers/telegram-faults.ts'

const supergroup = -1001234567890
/** A thousand times as fast, but for the watchdog of polls. */
const inAHurry = {
  clock: {
    now: Date.now,
    sleep: (ms: number, until?: AbortSignal) => systemClock.sleep(ms / 1000, until),
  },
  timing: { ...quickTiming, watchdogMs: 60_000_000 },
}
/** Known messages are as old as their place in the list; the uncertain send begins after all of them. */
const startedAt = 1_000_000

/** What core would know: everything people said, and of the bot's messages the ones listed. */
function knownOf(
  { server }: TelegramRig,
  own: readonly string[] = [],
  at = startedAt - 1000,
): KnownMessage[] {
  const all = [...server.world.chats.values()].flatMap((chat) =>
    [...chat.messages.values()].map(({ message, isOwn }) => ({
      chat: String(chat.id),
      id: String(message.message_id),
      at,
      isOwn,
    })),
  )
  return all.filter((one) => !one.isOwn || own.includes(`${one.chat}/${one.id}`))
}

async function prove(rig: TelegramRig, known: () => KnownMessage[], text = 'answer', chat = '5') {
  const evidence = { startedAt, known: async () => known() }
  return rig.channel.reconcile(deliveryOf(text, { chat }), evidence, signal)
}

/** A send of an earlier process: this one has never seen its answer. */
async function sendElsewhere(
  rig: TelegramRig,
  text: string,
  chat = 5,
  fault?: Fault,
): Promise<void> {
  if (fault) rig.server.fail('sendMessage', fault)
  await fetch(`${rig.server.url}/bot${rig.server.token}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: chat, text, link_preview_options: { is_disabled: true } }),
  }).catch(() => undefined)
}

test('a message whose answer was lost is found, and is not edited', async () => {
  await using rig = await startRig()
  const known = knownOf(rig)
  await sendElsewhere(rig, 'answer', 5, { kind: 'lost' })
  assert.deepEqual(await prove(rig, () => known), { outcome: 'sent', id: '2' })
  assert.equal(rig.server.sent[0]?.edits, 0)
})

test('a message that never left is known to be missing', async () => {
  await using rig = await startRig()
  await sendElsewhere(rig, 'answer', 5, { kind: 'cut' })
  assert.deepEqual(await prove(rig, () => knownOf(rig)), { outcome: 'not-sent' })
  assert.equal(rig.server.counts.get('editMessageText'), 20)
})

test('messages of other chats in the same sequence do not hide it', async () => {
  await using rig = await startRig()
  const anchor = knownOf(rig)
  for (let index = 0; index < 60; index += 1) rig.server.says(6, 'busy')
  await sendElsewhere(rig, 'answer')
  for (let index = 0; index < 60; index += 1) rig.server.says(7, 'busy')
  const known = () => [...anchor, ...knownOf(rig, [], startedAt + 1000)]
  assert.deepEqual(await prove(rig, known), { outcome: 'sent', id: '62' })
  assert.ok((rig.server.counts.get('editMessageText') ?? 0) < 3)
})

test('what becomes known while looking moves the end of the search', async () => {
  await using rig = await startRig()
  const anchor = knownOf(rig)
  for (let index = 0; index < 40; index += 1) rig.server.says(6, 'busy')
  await sendElsewhere(rig, 'answer')
  let reads = 0
  const known = () => (reads++ === 0 ? anchor : [...anchor, ...knownOf(rig, [], startedAt + 1000)])
  assert.deepEqual(await prove(rig, known), { outcome: 'sent', id: '42' })
})

test('a heap of messages that core has not heard yet is waited for, not searched through', async () => {
  await using rig = await startRig()
  const anchor = knownOf(rig)
  for (let index = 0; index < 300; index += 1) rig.server.says(6, 'busy')
  await sendElsewhere(rig, 'answer')
  await sendElsewhere(rig, 'later answer')
  // What was sent since is known at once; what people wrote before it comes with the next polls.
  const own = { chat: '5', id: '303', at: startedAt + 1000, isOwn: true }
  let reads = 0
  const known = () =>
    reads++ === 0 ? [...anchor, own] : knownOf(rig, ['5/303'], startedAt + 1000).concat(anchor)
  assert.deepEqual(await prove(rig, known), { outcome: 'sent', id: '302' })
  assert.ok((rig.server.counts.get('editMessageText') ?? 0) < 30)
  assert.deepEqual(rig.server.texts(5), ['answer', 'later answer'])
})

test('what becomes known while one looks was not to be searched through', async () => {
  await using rig = await startRig(inAHurry)
  const anchor = knownOf(rig)
  for (let index = 0; index < 300; index += 1) rig.server.says(6, 'busy')
  await sendElsewhere(rig, 'answer')
  await sendElsewhere(rig, 'later answer')
  const own = { chat: '5', id: '303', at: startedAt + 1000, isOwn: true }
  const heard = knownOf(rig, [], startedAt + 1000).filter((one) => one.chat === '6')
  let reads = 0
  // A busy gateway: of every twenty that are looked at, fifteen are heard of.
  const known = () => [...anchor, own, ...heard.slice(0, 15 * reads++)]
  assert.deepEqual(await prove(rig, known), { outcome: 'sent', id: '302' })
})

test('known messages of ours are never touched', async () => {
  await using rig = await startRig()
  await sendElsewhere(rig, 'older answer')
  const known = knownOf(rig, ['5/2'])
  await sendElsewhere(rig, 'answer')
  assert.deepEqual(await prove(rig, () => known), { outcome: 'sent', id: '3' })
  assert.deepEqual(rig.server.texts(5), ['older answer', 'answer'])
})

test('a message that this process sent, and core has not stored yet, is not overwritten', async () => {
  await using rig = await startRig()
  const known = knownOf(rig)
  const stop = rig.channel.send(deliveryOf('Stopped.'), signal)
  const proof = prove(rig, () => known)
  const later = rig.channel.send(deliveryOf('Something else.'), signal)
  assert.deepEqual(await proof, { outcome: 'not-sent' })
  await Promise.all([stop, later])
  assert.deepEqual(rig.server.texts(5), ['Stopped.', 'Something else.'])
})

test('a supergroup numbers its own messages, and gaps of hidden ones are crossed', async () => {
  await using rig = await startRig()
  rig.server.says(supergroup, '@JackdawBot hi')
  const known = knownOf(rig)
  for (let index = 0; index < 50; index += 1)
    rig.server.says(supergroup, 'hidden', { hidden: true })
  await sendElsewhere(rig, 'answer', supergroup)
  assert.deepEqual(await prove(rig, () => known, 'answer', String(supergroup)), {
    outcome: 'sent',
    id: '52',
  })
})

test('where much may be hidden, nothing is claimed', async () => {
  await using rig = await startRig()
  rig.server.says(supergroup, '@JackdawBot hi')
  const known = knownOf(rig, [], startedAt - 3_600_000)
  assert.deepEqual(await prove(rig, () => known, 'answer', String(supergroup)), {
    outcome: 'unknown',
    reason: 'the bot is not shown every message of the group, and knew of none shortly before',
  })
})

test('without anything known from before, nothing is claimed and nothing is edited', async () => {
  await using rig = await startRig()
  assert.deepEqual(await prove(rig, () => []), {
    outcome: 'unknown',
    reason: 'no message from before it is known',
  })
  assert.equal(rig.server.counts.get('editMessageText'), undefined)
})

test('rate limits and failures while looking are waited for', async () => {
  await using rig = await startRig(inAHurry)
  const known = knownOf(rig)
  await sendElsewhere(rig, 'answer')
  rig.server.fail('editMessageText', { kind: 'flood', retryAfter: 30 })
  rig.server.fail('editMessageText', { kind: 'cut' })
  rig.server.fail('editMessageText', { kind: 'error', code: 502, description: 'Bad Gateway' })
  assert.deepEqual(await prove(rig, () => known), { outcome: 'sent', id: '2' })
})

test('failures now and then do not end a long search', async () => {
  await using rig = await startRig(inAHurry)
  const anchor = knownOf(rig)
  for (let index = 0; index < 40; index += 1) rig.server.says(5, 'not heard yet')
  await sendElsewhere(rig, 'answer')
  rig.server.says(5, 'heard')
  const heard = { chat: '5', id: '43', at: startedAt + 1, isOwn: false }
  let probes = 0
  rig.server.faults.plan = (method) => {
    if (method !== 'editMessageText') return undefined
    probes += 1
    return probes % 4 === 0 ? { kind: 'cut' } : undefined
  }
  const found = await prove(rig, () => [...anchor, heard])
  assert.deepEqual(found, { outcome: 'sent', id: '42' })
})

test('a search that is refused is unknown, and one that does not end is made again later', async () => {
  await using rig = await startRig(inAHurry)
  const known = knownOf(rig)
  rig.server.fail('editMessageText', {
    kind: 'error',
    code: 403,
    description: 'Forbidden: bot was blocked by the user',
  })
  assert.deepEqual(await prove(rig, () => known), {
    outcome: 'unknown',
    reason: 'Telegram answered “Forbidden: bot was blocked by the user”',
  })
  rig.server.fail('editMessageText', { kind: 'cut' }, 100)
  await assert.rejects(
    prove(rig, () => known),
    { name: 'DeliveryError', failure: 'retry' },
  )
  await rig.channel.stop()
  await assert.rejects(
    prove(rig, () => known),
    { name: 'DeliveryError', failure: 'retry' },
  )
})

test('what waits at the platform is read before the search begins', async () => {
  await using rig = await startRig()
  await rig.channel.stop()
  await sendElsewhere(rig, 'answer')
  for (let index = 0; index < 30; index += 1) rig.server.says(5, 'while you were away')
  await rig.channel.start(rig.host, signal)
  const seen = () =>
    rig.host.messages.map((one) => ({
      chat: '5',
      id: one.id,
      at: one.id === '1' ? 1 : startedAt + 1,
      isOwn: false,
    }))
  assert.deepEqual(await prove(rig, seen), { outcome: 'sent', id: '2' })
  assert.equal(new Set(rig.host.messages.map((one) => one.id)).size, 31)
})
