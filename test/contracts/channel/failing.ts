import assert from 'node:assert/strict'
import type { SendFault } from './platform.ts'
import type { ChannelRig } from './rig.ts'
import type { Scenario } from './scenario.ts'

/** One send goes wrong; afterwards the answer must stand there once, and the next message must be answered too. */
async function leavesOneAnswer(rig: ChannelRig, fault: SendFault): Promise<void> {
  await rig.platform.says('direct', 'warm up')
  await rig.hears('direct', 're: warm up')
  rig.platform.spoilsSend(fault)
  await rig.platform.says('direct', 'hello')
  await rig.hears('direct', 're: hello')
  await rig.platform.says('direct', 'next')
  await rig.hears('direct', 're: next')
  assert.deepEqual(await rig.texts('direct'), ['re: warm up', 're: hello', 're: next'])
}

/** What a channel promises when sending goes wrong. */
export const failing: readonly Scenario[] = [
  {
    key: 'busy',
    promise: 'Told to wait, it waits, and then sends once',
    run: (rig) => leavesOneAnswer(rig, 'busy'),
  },
  {
    key: 'cut',
    promise: 'A send that certainly did not leave is made again',
    run: (rig) => leavesOneAnswer(rig, 'cut'),
  },
  {
    key: 'broken',
    promise: 'A server error on a send leaves one answer',
    run: (rig) => leavesOneAnswer(rig, 'broken'),
  },
  {
    key: 'lost',
    promise: 'An answer whose confirmation is lost is not sent twice',
    run: (rig) => leavesOneAnswer(rig, 'lost'),
  },
  {
    key: 'silent',
    promise: 'An answer that is never confirmed is not sent twice',
    run: (rig) => leavesOneAnswer(rig, 'silent'),
  },
  {
    key: 'proved',
    promise: 'What became of an unconfirmed answer is found out',
    async run(rig) {
      await leavesOneAnswer(rig, 'lost')
      assert.deepEqual(
        (await rig.deliveries()).map(({ state }) => state),
        ['sent', 'sent', 'sent'],
      )
    },
  },
  {
    key: 'blocked',
    promise: 'A chat that refuses everything is left alone until its people write again',
    async run(rig) {
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      rig.platform.spoilsSend('blocked')
      await rig.platform.says('direct', 'goodbye')
      await rig.hearsOf('delivery.changed', { state: 'discarded' })
      await rig.platform.says('direct', 'I am back')
      await rig.hears('direct', 're: I am back')
      assert.deepEqual(await rig.texts('direct'), ['re: hello', 're: I am back'])
    },
  },
]
