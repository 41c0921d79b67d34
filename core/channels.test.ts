import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { ChannelError } from './errors.ts'

const unreachable = () => new ChannelError('unreachable', 'The platform cannot be reached.')
const badToken = () => new ChannelError('token', 'The token is refused.', { isFatal: true })

/** A rig whose only channel starts as the test says. */
async function startingWith(onStart: FakeChannel['onStart']): Promise<Rig> {
  return startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => {
      const channel = new FakeChannel({ now })
      channel.onStart = onStart
      return [channel]
    },
  })
}

function twoChannels(second: Partial<ConstructorParameters<typeof FakeChannel>[0]> = {}) {
  return (now: () => number) => [
    new FakeChannel({ name: 'first', now }),
    new FakeChannel({ name: 'second', now, ...second }),
  ]
}

const statusOf = (rig: Rig, name = 'fake') => {
  const status = rig.core.channels.statuses().get(name)
  assert.ok(status)
  return status
}

test('a channel that cannot start is retried with growing pauses and says why', async () => {
  let left = 5
  await using rig = await startingWith(() => {
    left -= 1
    if (left > 0) throw unreachable()
  })
  await rig.core.channels.settled()
  assert.deepEqual(
    [statusOf(rig).state, statusOf(rig).detail],
    ['retrying', 'The platform cannot be reached.'],
  )
  await rig.pass(1300)
  assert.equal(rig.channel.starts, 2)
  await rig.pass(2600)
  assert.equal(rig.channel.starts, 3)
  await rig.pass(20_000)
  assert.deepEqual([statusOf(rig).state, statusOf(rig).detail], ['up', '@fake'])
  await rig.direct({ id: '1' }).says('hello')
  await rig.direct({ id: '1' }).hears('re: hello')
})

test('a channel with a refused token has failed for good; a restart tries again', async () => {
  await using rig = await startingWith(() => {
    throw badToken()
  })
  await rig.core.channels.settled()
  assert.equal(statusOf(rig).state, 'failed')
  await rig.pass(600_000)
  assert.equal(rig.channel.starts, 1)
  rig.channel.onStart = () => undefined
  assert.equal(await rig.core.channels.restart('fake'), true)
  await rig.settle()
  assert.equal(statusOf(rig).state, 'up')
})

test('an error that no adapter should throw is a fault, shown without its words, and retried', async () => {
  await using rig = await startingWith(() => {
    throw new TypeError('x is undefined')
  })
  await rig.core.channels.settled()
  assert.deepEqual(
    [statusOf(rig).state, statusOf(rig).detail],
    ['retrying', 'could not start (see the log)'],
  )
  assert.equal(rig.faults().length, 1)
})

test('one channel that cannot start does not keep the others from serving', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime(), channels: twoChannels() })
  const [first, second] = rig.channels
  assert.ok(first && second)
  first.onStart = () => {
    throw unreachable()
  }
  await rig.core.channels.restart('first')
  const chat = rig.direct({ id: '1' }, second)
  await chat.says('hello')
  await chat.hears('re: hello')
})

test('the second of two channels of one account is refused and says why', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    channels: twoChannels({ account: 'fake:first' }),
  })
  assert.equal(statusOf(rig, 'first').state, 'up')
  const { state, detail } = statusOf(rig, 'second')
  assert.equal(state, 'failed')
  assert.match(detail, /same account as channel "first"/)
  const chat = rig.direct({ id: '1' }, rig.channels[0])
  await chat.says('hello')
  await chat.hears('re: hello')
  assert.equal(rig.channels[1]?.arrived.length, 0)
})

test('what waits for a channel that is down leaves when it is up again', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  rig.runtimes.set('main', runtime)
  await rig.chat.says('work')
  await runtime.begun('work')
  rig.channel.reports('failed', 'The token was revoked.')
  runtime.finish('work', 'done')
  await rig.pass(60_000)
  assert.equal(rig.channel.attempts.length, 0)
  assert.deepEqual(await rig.deliveryStates(), ['done: pending'])
  await rig.core.channels.restart('fake')
  await rig.chat.hears('done')
})

test('a channel whose receiving is retried still sends', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.reports('retrying', 'The platform does not answer.')
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('after a restart that fails nothing is sent through the stopped adapter', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  rig.channel.onStart = () => {
    throw unreachable()
  }
  await rig.core.channels.restart('fake')
  await rig.settle()
  assert.equal(statusOf(rig).state, 'retrying')
  assert.deepEqual(rig.core.channels.accounts(), [])
  assert.equal(rig.core.channels.sender(rig.channel.account), undefined)
})

test('two restarts at once are one after the other, and it is connected once', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { channel } = rig
  let connecting = 0
  channel.onStart = async () => {
    connecting += 1
    assert.equal(connecting, 1, 'never two at once')
    await rig.settle()
    connecting -= 1
  }
  await Promise.all([rig.core.channels.restart('fake'), rig.core.channels.restart('fake')])
  await rig.settle()
  await rig.settle()
  assert.equal(statusOf(rig).state, 'up')
})

test('a channel that connects after it was removed is stopped again', async () => {
  const gate = Promise.withResolvers<void>()
  await using rig = await startingWith(() => gate.promise)
  const removed = rig.core.channels.remove('fake')
  await rig.settle()
  assert.equal(rig.channel.stops, 1)
  gate.resolve()
  await removed
  assert.equal(rig.channel.stops, 2)
  assert.equal(rig.core.channels.statuses().size, 0)
})

test('a restart of a channel that is not there says so', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  assert.equal(await rig.core.channels.restart('nobody'), false)
  await rig.core.channels.remove('nobody')
})

test('every change of state is told once, with its time and its words', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const since = statusOf(rig).since
  await rig.pass(5000)
  rig.channel.reports('up')
  rig.channel.reports('retrying', 'No answer.')
  rig.channel.reports('retrying', 'No answer.')
  await rig.pass(5000)
  rig.channel.reports('retrying', 'Still no answer.')
  assert.equal(statusOf(rig).since, since + 5000)
  rig.channel.reports('up')
  const told = rig.said.filter((event) => event.type === 'channel.changed')
  assert.deepEqual(
    told.map(({ state, detail }) => `${state} ${detail}`),
    ['up @fake', 'retrying No answer.', 'retrying Still no answer.', 'up @fake'],
  )
})

test('what a stopped connection still reports counts no more', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { host } = rig.channel
  await rig.core.channels.restart('fake')
  await rig.settle()
  host.report('failed', 'from before')
  assert.equal(statusOf(rig).state, 'up')
})

test('a platform learns the commands when it connects', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  for (const name of ['new', 'stop', 'status', 'help']) {
    assert.ok(rig.channel.commands.includes(name), name)
  }
})

test('a sign of life is kept apart from what is sent', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await rig.pass(1000)
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  assert.equal(statusOf(rig).aliveAt, undefined)
  rig.channel.host.alive()
  assert.equal(statusOf(rig).aliveAt, rig.clock.now())
})
