import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findOpenCode } from './opencode.ts'
import { AgentHouse } from './rigs/agent-house.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false
const path = 'path' in found ? found.path : ''
const chat = 1001

test('a permission of an agent over the protocol is asked and answered with buttons', {
  skip,
}, async () => {
  await using house = await AgentHouse.start({ path, runtime: 'acp' })
  const { model, telegram } = house
  const call = { command: 'echo hi >> allowed.txt', description: 'Write a line' }
  const text = { type: 'text', text: 'Written.' } as const
  model.when('write it', { type: 'tool', name: 'bash', arguments: call }, text)
  telegram.says(chat, 'write it')
  const question = await house.hears(chat, /May I do this\?/)
  assert.match(question.text, /echo hi >> allowed\.txt/)
  assert.deepEqual(
    question.buttons.flat().map((button) => button.text),
    ['Allow once', 'Always', 'Deny'],
  )
  telegram.presses(question, 'Allow once')
  await house.hears(chat, 'Written.')
  // A round later, everything that could come twice has come.
  model.when('anything else?', { type: 'text', text: 'No.' })
  telegram.says(chat, 'anything else?')
  await house.hears(chat, 'No.')
  const [asked = '', ...rest] = telegram.texts(chat)
  assert.match(asked, /Allowed once by User \d+\.$/)
  assert.deepEqual(question.buttons, [])
  assert.deepEqual(rest, ['Written.', 'No.'])
  assert.equal(await readFile(join(house.workspace, 'allowed.txt'), 'utf8'), 'hi\n')
})
