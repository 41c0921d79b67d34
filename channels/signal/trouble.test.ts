import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryError, type DeliveryFailure } from '../../core/errors.ts'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { quickTiming, signal, startSignalRig } from '../../test/fakes/signal-channel.ts'
import type { SignalFault } from '../../test/servers/signal-faults.ts'

async function failureOf(call: Promise<unknown>): Promise<DeliveryError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof DeliveryError, String(error))
    return error
  }
  return assert.fail('It did not fail.')
}

const faults: readonly [SignalFault, DeliveryFailure, string][] = [
  [{ kind: 'cut' }, 'uncertain', 'network'],
  [{ kind: 'lost' }, 'uncertain', 'network'],
  [{ kind: 'hang', acts: true }, 'uncertain', 'network'],
  [{ kind: 'hang', acts: false }, 'uncertain', 'network'],
  [{ kind: 'half' }, 'uncertain', 'network'],
  [{ kind: 'garbage' }, 'uncertain', 'network'],
  [{ kind: 'garbage', body: '[{"timestamp":"soon"}]' }, 'uncertain', 'nonsense'],
  [{ kind: 'garbage', body: 'null' }, 'uncertain', 'nonsense'],
  [{ kind: 'page', status: 502 }, 'uncertain', 'network'],
  [{ kind: 'page', status: 503 }, 'retry', 'network'],
  [{ kind: 'error', error: 'Failed to send message' }, 'retry', 'unsent'],
  [{ kind: 'error', error: 'The user +4911 is not registered.' }, 'dead', 'unregistered'],
]
for (const [fault, failure, code] of faults) {
  test(`a send that ends in ${JSON.stringify(fault)} is ${failure}`, async () => {
    const isSilent = fault.kind === 'hang' || fault.kind === 'half'
    const textMs = isSilent ? 300 : 20_000
    await using rig = await startSignalRig({ timing: { ...quickTiming, textMs } })
    const ann = rig.server.person('Ann')
    rig.server.fail('POST /v2/send', fault)
    const error = await failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'x'), signal))
    assert.deepEqual([error.failure, error.code], [failure, code])
  })
}

const reasons: readonly [string, DeliveryFailure, number | undefined][] = [
  ['UNREGISTERED_FAILURE', 'dead', undefined],
  ['IDENTITY_FAILURE', 'retry', 300_000],
  ['RATE_LIMIT_FAILURE', 'retry', 60_000],
  ['NETWORK_FAILURE', 'retry', undefined],
  ['INVALID_PRE_KEY_FAILURE', 'retry', undefined],
]
for (const [reason, failure, wait] of reasons) {
  test(`an answer of success that holds ${reason} for the one it was for is ${failure}`, async () => {
    await using rig = await startSignalRig()
    const ann = rig.server.person('Ann')
    const recipients = [{ uuid: ann.uuid, number: ann.number, reason }]
    const body = JSON.stringify([{ timestamp: '17', errors: { recipients } }])
    rig.server.fail('POST /v2/send', { kind: 'garbage', status: 201, body })
    const error = await failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'x'), signal))
    assert.deepEqual([error.failure, error.retryAfterMs], [failure, wait])
  })
}

test('in a group, those who did not get it are told to the owners, and it counts as sent', async () => {
  await using rig = await startSignalRig()
  const [ann, bob] = [rig.server.person('Ann'), rig.server.person('Bob')]
  const group = rig.server.group('Team', [ann, bob])
  bob.says('hi', { group })
  await rig.host.waitFor(() => rig.host.messages[0])
  bob.changesSafetyNumber()
  const to = { chatKind: 'group' } as const
  await rig.channel.send(rig.deliveryOf(group.internalId, 'hello', to), signal)
  assert.deepEqual(
    rig.host.notices.map(({ key }) => key),
    [`identity-${bob.uuid}`, `partial-${group.internalId}`],
  )
  assert.match(
    rig.host.notices[1]?.text ?? '',
    /group Team did not reach Bob \(new safety number\)/,
  )
})

test('a changed safety number holds what is written until somebody trusts it', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  ann.says('hi')
  await rig.host.waitFor(() => rig.host.messages[0])
  ann.changesSafetyNumber()
  const delivery = rig.deliveryOf(ann.uuid, 'hello')
  const error = await failureOf(rig.channel.send(delivery, signal))
  assert.deepEqual([error.failure, error.code, error.retryAfterMs], ['retry', 'untrusted', 300_000])
  const [notice] = rig.host.notices
  assert.equal(notice?.key, `identity-${ann.uuid}`)
  assert.match(notice?.text ?? '', /safety number with Ann has changed/)
  const [, data = '', url = ''] = /-d '(.+)' '(.+)'/.exec(notice?.text ?? '') ?? []
  const body = data.replace('…', ann.identity.safetyNumber)
  assert.equal((await fetch(url, { method: 'PUT', body })).status, 204)
  await rig.channel.send(delivery, signal)
  assert.deepEqual(rig.server.texts(ann), ['hello'])
})

test('a group whose safety numbers have all changed is told too', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const group = rig.server.group('Team', [ann])
  ann.changesSafetyNumber()
  const to = { chatKind: 'group' } as const
  const delivery = rig.deliveryOf(group.internalId, 'hello', to)
  assert.equal((await failureOf(rig.channel.send(delivery, signal))).code, 'untrusted')
  assert.equal(rig.host.notices[0]?.key, `identity-${group.internalId}`)
})

test('a captcha that Signal wants is told to the owners, with all it takes', async () => {
  const clock = new ManualClock()
  await using rig = await startSignalRig({ clock })
  const ann = rig.server.person('Ann')
  const delivery = rig.deliveryOf(ann.uuid, 'x')
  for (const token of ['tok1', 'tok2', 'tok3']) {
    rig.server.limitSending([token])
    const error = await failureOf(rig.channel.send(delivery, signal))
    assert.deepEqual([error.failure, error.retryAfterMs], ['retry', 300_000])
    await clock.advance(1_800_000)
  }
  assert.deepEqual(
    rig.host.notices.map(({ key }) => key),
    ['captcha-tok1', 'captcha-tok3'],
  )
  const { text } = rig.host.notices[1] ?? assert.fail()
  assert.match(text, /https:\/\/signalcaptchas\.org\/challenge\/generate\.html/)
  const [, data = '', url = ''] = /-d '(.+)' '(.+)'/.exec(text) ?? []
  const body = data.replace('…', 'solved')
  assert.equal((await fetch(url, { method: 'POST', body })).status, 204)
  await rig.channel.send(delivery, signal)
})

test('a device that Signal no longer knows is told to the owners', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  rig.server.accounts.clear()
  const error = await failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'x'), signal))
  assert.deepEqual([error.failure, error.code], ['retry', 'unlinked'])
  assert.match(rig.host.notices[0]?.text ?? '', /jackdaw channels link signal/)
})

test('a server that is gone for an hour costs nothing but time', async () => {
  const clock = new ManualClock()
  await using rig = await startSignalRig({ clock })
  const ann = rig.server.person('Ann')
  const delivery = rig.deliveryOf(ann.uuid, 'hello')
  const port = await rig.server.goDown()
  for (let minute = 0; minute < 60; minute += 1) {
    const { failure } = await failureOf(rig.channel.send(delivery, signal))
    assert.equal(failure, 'retry')
    await clock.advance(60_000)
  }
  await rig.server.listen(port)
  await rig.channel.send(delivery, signal)
  assert.deepEqual(rig.server.texts(ann), ['hello'])
})

test('a server that takes connections and is not ready yet is found out before anything is sent', async () => {
  const clock = new ManualClock()
  await using rig = await startSignalRig({ clock })
  const ann = rig.server.person('Ann')
  await clock.advance(60_000)
  rig.server.fail('*', { kind: 'cut' })
  const { failure } = await failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'x'), signal))
  assert.equal(failure, 'retry')
  assert.equal(rig.server.counts.get('POST /v2/send'), undefined)
})

test('a send under way ends at once when it is told to, and when the channel stops', async () => {
  await using rig = await startSignalRig({ timing: { ...quickTiming, textMs: 60_000 } })
  const ann = rig.server.person('Ann')
  rig.server.fail('POST /v2/send', { kind: 'hang', acts: true }, 2)
  const stopped = new AbortController()
  const first = failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'one'), stopped.signal))
  const second = failureOf(rig.channel.send(rig.deliveryOf(ann.uuid, 'two'), signal))
  await rig.server.waitFor(() => rig.server.sent.length === 2)
  stopped.abort()
  assert.equal((await first).failure, 'uncertain')
  await rig.channel.stop()
  assert.equal((await second).failure, 'uncertain')
})
