import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from './fakes/rig.ts'
import { noLimits } from './fakes/settings.ts'
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
    for (let call = 0; call < 40; call += 1) {
      model.next({ type: 'tool', name: 'glob', arguments: { pattern: `*.${call}` } })
    }
    const budget = { ...noLimits.budget, dailyTokens: 60 }
    await using rig = await startRig({
      runtime,
      settings: { spending: { ...noLimits, budget } },
    })
    await rig.chat.says('go')
    const ended = await rig.hears('run.changed', ({ state }) => state === 'failed')
    assert.equal(ended.code, 'budget')
    const calls = rig.said.filter(({ type }) => type === 'tokens.used').length
    assert.ok(calls >= 2, 'usage is told call by call')
    assert.ok(model.requests.length <= calls + 1, `${model.requests.length} calls, ${calls} told`)
    const spentBefore = rig.said
      .flatMap((event) => (event.type === 'tokens.used' ? [event] : []))
      .slice(0, -1)
      .reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0)
    assert.ok(spentBefore < 60, 'the call that reached the limit was the last one told')
    await rig.chat.hears(/^My limit of 60 tokens a day is used up, so I had to stop\./)
  } finally {
    await real.close()
  }
})
