import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from './fakes/rig.ts'
import { runTurn } from './fakes/run-turn.ts'
import { noLimits } from './fakes/settings.ts'
import { makeTurn } from './fakes/turn.ts'
import { findOpenCode } from './opencode.ts'
import { RealOpenCode } from './rigs/real-opencode.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false

test('a loop in the real opencode is stopped within one model call of its limit', {
  skip,
}, async () => {
  const real = await RealOpenCode.start('path' in found ? found.path : '')
  const { model, runtime } = real
  try {
    // Its start takes a while; the loop is what is meant here.
    model.next({ type: 'text', text: 'Ready.' })
    await runTurn(runtime, makeTurn({ messages: ['Ready?'] }))
    const before = model.requests.length
    // The scripted model takes no time, so it could answer while the stop is on its way: the call after the limit waits.
    for (let call = 1; call <= 4; call += 1) {
      model.next({ type: 'tool', name: 'glob', arguments: { pattern: `*.${call}` } })
    }
    model.next({ type: 'silent', text: 'More' }, { type: 'silent', text: 'And more' })
    const budget = { ...noLimits.budget, dailyTokens: 60 }
    await using rig = await startRig({
      runtime,
      settings: { spending: { ...noLimits, budget } },
    })
    await rig.chat.says('go')
    const ended = await rig.hears('run.changed', ({ state }) => state === 'failed')
    assert.equal(ended.code, 'budget')
    const calls = rig.said.filter(({ type }) => type === 'tokens.used').length
    assert.equal(calls, 4, 'four calls of 18 tokens are over 60, and each is told when it ends')
    const made = model.requests.length - before
    assert.ok(made <= 5, `${made} calls were made`)
    await rig.chat.hears(/^My limit of 60 tokens a day is used up, so I had to stop\./)
  } finally {
    await real.close()
  }
})
