import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskingAgent, permission, question } from '../test/fakes/asking-agent.ts'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'
import type { RuntimeRequest } from './runtime-port.ts'

const words = (count: number) => Array.from({ length: count }, (_, n) => `word${n}`).join(' ')

function startWith(request: RuntimeRequest, capabilities = {}) {
  return startRig({
    runtime: new AskingAgent(request),
    channels: (now) => [new FakeChannel({ now, capabilities })],
  })
}

test('a question is shown whole, also when its answer stands below it', async () => {
  await using rig = await startWith({ ...question, title: `${words(300)}?` })
  await rig.chat.says('work')
  const { delivery } = await rig.chat.hears(/word0 word1 /)
  assert.match(delivery.chunk.text, / word299\?/)
  await rig.chat.says('1: Mauve')
  assert.match(await rig.chat.sees('Answered by Ana: Mauve'), /word0 .* word299\?/s)
})

test('what one message does not hold goes before the message with the buttons', async () => {
  await using rig = await startWith(
    { ...question, title: `${words(300)}?` },
    { maxTextLength: 1000 },
  )
  await rig.chat.says('work')
  const parts: string[] = []
  for (let part = 0; part < 3; part += 1)
    parts.push((await rig.chat.hearsSomething()).delivery.chunk.text)
  assert.match(parts.join(' '), /word0 .* word150 .* word299\?/s)
  const asked = await rig.chat.hears(/^My agent asks:\n\nword0 .* …\n\n1\. Red\n2\. Blue\n/)
  assert.equal(asked.delivery.chunk.buttons?.length, 3)
  const [first] = rig.channel.arrived
  assert.ok(first)
  await rig.chat.says('Mauve', { repliesTo: first.id })
  await rig.chat.hears('work: Mauve')
  const ended = await rig.chat.sees('Answered by Ana: Mauve')
  assert.match(ended, /^My agent asks:\n\nword0 .* …\n\n/)
  await rig.chat.hearsNothingMore()
})

test('a question that is over before it has left takes all its messages with it', async () => {
  await using rig = await startWith(
    { ...question, title: `${words(300)}?` },
    { maxTextLength: 1000 },
  )
  let isDown = true
  const up = Promise.withResolvers<void>()
  rig.channel.onSend = ({ key }) => (isDown && key.startsWith('q1:') ? up.promise : undefined)
  await rig.chat.says('work')
  await rig.settle()
  await rig.chat.says('1: Mauve')
  isDown = false
  up.resolve()
  await rig.chat.hears(/word0/)
  await rig.chat.hears('Question 1: Answered by Ana: Mauve')
  await rig.chat.hears('work: Mauve')
  await rig.chat.hearsNothingMore()
})

test('under a question stands in one line how it is answered, as far as the platform can', async () => {
  const lines: [RuntimeRequest, object, string, string][] = [
    [permission, {}, 'Question 1', 'Frage 1'],
    [
      question,
      {},
      'Question 1: tap an answer, or reply to this message with your own words.',
      'Frage 1: tippe auf eine Antwort, oder antworte auf diese Nachricht mit eigenen Worten.',
    ],
    [
      question,
      { hasReplies: false },
      'Question 1: tap an answer, or write "1: …" with your own words.',
      'Frage 1: tippe auf eine Antwort, oder schreib „1: …“ mit eigenen Worten.',
    ],
    [
      question,
      { hasButtons: false },
      'Question 1: write "1 1" for the first answer, and so on, or reply to this message with your own words.',
      'Frage 1: schreib „1 1“ für die erste Antwort und so weiter, oder antworte auf diese Nachricht mit eigenen Worten.',
    ],
    [
      { ...question, options: [], defaultOption: 'none' },
      {},
      'Question 1: reply to this message with your own words.',
      'Frage 1: antworte auf diese Nachricht mit eigenen Worten.',
    ],
  ]
  for (const [request, capabilities, english, german] of lines) {
    for (const [language, line] of [
      ['en', english],
      ['de', german],
    ] as const) {
      await using rig = await startWith(request, capabilities)
      await rig.direct({ id: '1', language }).says('work')
      const { delivery } = await rig.chat.hearsSomething()
      assert.equal(delivery.chunk.text.split('\n').at(-1), line)
    }
  }
})
