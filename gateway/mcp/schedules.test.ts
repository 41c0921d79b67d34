import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startToolsRig } from '../../test/rigs/tools-rig.ts'

test('a job asked for twice is made once, and nobody else has it', async () => {
  await using tools = await startToolsRig(['work', 'other'])
  const { token } = await tools.begin(tools.direct({ id: '1', name: 'Ana' }), 'work')
  const other = await tools.begin(tools.direct({ id: '2', name: 'Bob' }), 'other')
  const stretch = { text: 'Stretch.', in: '20m' }
  const made = await tools.call(token, 'schedule_create', stretch)
  assert.match(made.text, /^Made j\d+ "Stretch\."/)
  assert.equal((await tools.call(token, 'schedule_create', stretch)).text, made.text)
  const id = /j\d+/.exec(made.text)?.[0] ?? ''
  assert.equal((await tools.call(token, 'schedule_list')).text.split('\n').length, 1)
  assert.equal((await tools.call(other.token, 'schedule_list')).text, 'Nothing is planned.')
  for (const name of ['schedule_update', 'schedule_delete', 'schedule_run'])
    assert.ok((await tools.call(other.token, name, { id })).isError, name)
  assert.match((await tools.call(token, 'schedule_delete', { id })).text, /is gone/)
  tools.agent.finish('work', 'done')
  tools.agent.finish('other', 'done')
})

test('a time that makes no sense is refused in a sentence', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  for (const when of [
    {},
    { in: '0s' },
    { in: 'soon' },
    { in: '999999999w' },
    { in: '5m', every: '1h' },
    { every: '0s' },
    { at: '2020-02-30T10:00' },
    { cron: '0 0 30 2 *' },
    { at: '2030-01-01T10:00', timezone: 'Mars/Base' },
    { in: '5m', chat: 'c99' },
  ]) {
    const { text, isError } = await tools.call(token, 'schedule_create', { text: 'x', ...when })
    assert.ok(isError && text.length > 10, `${JSON.stringify(when)}: ${text}`)
  }
  tools.agent.finish('work', 'done')
})
