import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findOpenCode } from './opencode.ts'
import { AgentHouse } from './rigs/agent-house.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false
const path = 'path' in found ? found.path : ''
const limitMs = 60_000

const startHouse = () => AgentHouse.start({ path, stream: 'off' })

test('two people at once: the model of each writes to its own chat', { skip }, async () => {
  await using house = await startHouse()
  const { model, telegram } = house
  for (const [chat, name] of [
    [1001, 'ana'],
    [1002, 'bob'],
  ] as const) {
    const call = { text: `a note for ${name}` }
    model.when(
      `I am ${name}`,
      { type: 'tool', name: 'jackdaw_send_message', arguments: call },
      { type: 'text', text: `Done, ${name}.` },
    )
    telegram.says(chat, `I am ${name}`)
  }
  for (const [chat, name] of [
    [1001, 'ana'],
    [1002, 'bob'],
  ] as const) {
    await telegram.waitFor(() => telegram.texts(chat).includes(`Done, ${name}.`), limitMs)
    assert.deepEqual(telegram.texts(chat), [`a note for ${name}`, `Done, ${name}.`])
  }
})

test('a call made while the gateway is killed is answered by the next one', { skip }, async () => {
  await using house = await startHouse()
  const { model, telegram } = house
  const call = { text: 'Half way there.' }
  model.when(
    'walk',
    { type: 'tool', name: 'jackdaw_send_message', arguments: call },
    { type: 'text', text: 'I have arrived.' },
  )
  // The model says its call, and by then nobody is there to take it.
  const asked = model.request(1).then(() => house.gateway.kill('SIGKILL'))
  telegram.says(1001, 'walk')
  await asked
  await house.gateway.exited
  await house.restarts()
  await telegram.waitFor(() => telegram.texts(1001).includes('I have arrived.'), limitMs)
  assert.deepEqual(telegram.texts(1001), ['Half way there.', 'I have arrived.'])
})

test('a question of the model is answered in the chat', { skip }, async () => {
  await using house = await startHouse()
  const { model, telegram } = house
  const call = { question: 'Which colour?', options: ['Red', 'Blue'] }
  model.when(
    'paint',
    { type: 'tool', name: 'jackdaw_ask_user', arguments: call },
    { type: 'text', text: 'Painted.' },
  )
  telegram.says(1001, 'paint')
  await telegram.waitFor(
    () => telegram.texts(1001).some((text) => text.includes('Which colour?')),
    limitMs,
  )
  telegram.says(1001, '1 2')
  await telegram.waitFor(() => telegram.texts(1001).includes('Painted.'), limitMs)
  assert.match(JSON.stringify(await model.request(2)), /The answer: Blue/)
})

for (const isKilled of [false, true]) {
  const when = isKilled ? 'also when the gateway is killed in between' : 'in that chat'
  test(`a reminder asked for in words arrives once, ${when}`, { skip }, async () => {
    await using house = await startHouse()
    const { model, telegram } = house
    const call = { text: 'Time to stretch.', in: '6s' }
    model.when(
      'remind me',
      { type: 'tool', name: 'jackdaw_schedule_create', arguments: call },
      { type: 'text', text: 'I will.' },
    )
    // With the result of the tool the model is asked for the second time: the job is there.
    const planned = model.request(2)
    telegram.says(1001, 'remind me in one minute to stretch')
    await planned
    if (isKilled) {
      house.gateway.kill('SIGKILL')
      await house.gateway.exited
      await house.restarts()
    }
    const isDone = () => telegram.texts(1001).length >= 2
    await telegram.waitFor(isDone, limitMs)
    // Another turn later everything that could come twice has come.
    model.when('anything else?', { type: 'text', text: 'No.' })
    telegram.says(1001, 'anything else?')
    await telegram.waitFor(() => telegram.texts(1001).includes('No.'), limitMs)
    assert.deepEqual(telegram.texts(1001).toSorted(), ['I will.', 'No.', 'Time to stretch.'])
  })
}
