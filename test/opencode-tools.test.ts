import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { findOpenCode } from './opencode.ts'
import { AgentHouse } from './rigs/agent-house.ts'

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false
const path = 'path' in found ? found.path : ''
const limitMs = 60_000

let shared: Promise<AgentHouse> | undefined
const real = () => {
  shared ??= AgentHouse.start({ path, stream: 'off' })
  return shared
}
after(async () => await (await shared)?.[Symbol.asyncDispose]())

let chats = 1000
/** A chat for every test, so that each sees only its own. */
function nextChat(): number {
  chats += 1
  return chats
}

test('two people at once: the model of each writes to its own chat', { skip }, async () => {
  const house = await real()
  const { model, telegram } = house
  const people = [
    [nextChat(), 'ana'],
    [nextChat(), 'bob'],
  ] as const
  for (const [chat, name] of people) {
    const call = { text: `a note for ${name}` }
    model.when(
      `I am ${name}`,
      { type: 'tool', name: 'jackdaw_send_message', arguments: call },
      { type: 'text', text: `Done, ${name}.` },
    )
    telegram.says(chat, `I am ${name}`)
  }
  for (const [chat, name] of people) {
    await telegram.waitFor(() => telegram.texts(chat).includes(`Done, ${name}.`), limitMs)
    assert.deepEqual(telegram.texts(chat), [`a note for ${name}`, `Done, ${name}.`])
  }
})

test('a call made while the gateway is killed is answered by the next one', { skip }, async () => {
  const house = await real()
  const { model, telegram } = house
  const chat = nextChat()
  const call = { text: 'Half way there.' }
  model.when(
    'walk',
    { type: 'tool', name: 'jackdaw_send_message', arguments: call },
    { type: 'text', text: 'I have arrived.' },
  )
  // The model says its call, and by then nobody is there to take it.
  const asked = model.request(model.requests.length + 1).then(() => house.gateway.kill('SIGKILL'))
  telegram.says(chat, 'walk')
  await asked
  await house.gateway.exited
  await house.restarts()
  await telegram.waitFor(() => telegram.texts(chat).includes('I have arrived.'), limitMs)
  assert.deepEqual(telegram.texts(chat), ['Half way there.', 'I have arrived.'])
})

test('a question of the model is answered in the chat', { skip }, async () => {
  const house = await real()
  const { model, telegram } = house
  const chat = nextChat()
  const call = { question: 'Which colour?', options: ['Red', 'Blue'] }
  model.when(
    'paint',
    { type: 'tool', name: 'jackdaw_ask_user', arguments: call },
    { type: 'text', text: 'Painted.' },
  )
  const before = model.requests.length
  telegram.says(chat, 'paint')
  await telegram.waitFor(
    () => telegram.texts(chat).some((text) => text.includes('Which colour?')),
    limitMs,
  )
  telegram.says(chat, '1 2')
  await telegram.waitFor(() => telegram.texts(chat).includes('Painted.'), limitMs)
  assert.match(JSON.stringify(await model.request(before + 2)), /The answer: Blue/)
})

for (const isKilled of [false, true]) {
  const when = isKilled ? 'also when the gateway is killed in between' : 'in that chat'
  test(`a reminder asked for in words arrives once, ${when}`, { skip }, async () => {
    const house = await real()
    const { model, telegram } = house
    const chat = nextChat()
    const words = isKilled ? 'remind me again' : 'remind me'
    // Where the gateway is killed, the reminder comes after it is back.
    const call = { text: 'Time to stretch.', in: isKilled ? '6s' : '2s' }
    model.when(
      words,
      { type: 'tool', name: 'jackdaw_schedule_create', arguments: call },
      { type: 'text', text: 'I will.' },
    )
    // With the result of the tool the model is asked for the second time: the job is there.
    const planned = model.request(model.requests.length + 2)
    telegram.says(chat, words)
    await planned
    if (isKilled) {
      house.gateway.kill('SIGKILL')
      await house.gateway.exited
      await house.restarts()
    }
    const isDone = () => telegram.texts(chat).length >= 2
    await telegram.waitFor(isDone, limitMs)
    // Another turn later everything that could come twice has come.
    model.when('anything else?', { type: 'text', text: 'No.' })
    telegram.says(chat, 'anything else?')
    await telegram.waitFor(() => telegram.texts(chat).includes('No.'), limitMs)
    assert.deepEqual(telegram.texts(chat).toSorted(), ['I will.', 'No.', 'Time to stretch.'])
  })
}
