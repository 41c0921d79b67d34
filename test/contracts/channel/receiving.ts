import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { wordsOf } from '../../fakes/scripted-runtime.ts'
import type { ChannelRig } from './rig.ts'
import type { Scenario } from './scenario.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const many = Array.from({ length: 12 }, (_, index) => `message ${index + 1}`)

/** Holds every answer back until `finish`. */
function holds(rig: ChannelRig, words: string): void {
  rig.runtime.script = (said) => (said === words ? rig.runtime.holds : `re: ${said}`)
}

/** What a channel promises about what comes in. */
export const receiving: readonly Scenario[] = [
  {
    key: 'answer',
    promise: 'A message is answered once, in the chat it came from',
    async run(rig) {
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.platform.says('direct', 'and again')
      await rig.hears('direct', 're: and again')
      assert.deepEqual(await rig.texts('direct'), ['re: hello', 're: and again'])
      assert.deepEqual(await rig.texts('group'), [])
    },
  },
  {
    key: 'repeated',
    promise: 'What the platform hands over twice is answered once',
    async run(rig) {
      const said = await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.platform.repeats(said)
      await rig.platform.says('direct', 'next')
      await rig.hears('direct', 're: next')
      assert.deepEqual(await rig.texts('direct'), ['re: hello', 're: next'])
    },
  },
  {
    key: 'order',
    promise: 'Messages are taken, and answered, in the order in which they were sent',
    async run(rig) {
      for (const text of many) await rig.platform.says('direct', text)
      await rig.hears('direct', 're: message 12')
      assert.deepEqual(
        await rig.texts('direct'),
        many.map((text) => `re: ${text}`),
      )
    },
  },
  {
    key: 'away',
    promise: 'Messages sent while the gateway was away are answered when it is back',
    async run(rig) {
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.stop()
      await rig.platform.says('direct', 'are you there?')
      await rig.platform.says('direct', 'hello?')
      await rig.start()
      await rig.hears('direct', 're: hello?')
      assert.deepEqual(await rig.texts('direct'), ['re: hello', 're: are you there?', 're: hello?'])
    },
  },
  {
    key: 'reconnect',
    promise: 'A cut connection is made again, and nothing said meanwhile is missing',
    async run(rig) {
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.platform.spoilsReceiving('cut')
      await rig.platform.says('direct', 'still there?')
      await rig.hears('direct', 're: still there?')
      assert.deepEqual(await rig.texts('direct'), ['re: hello', 're: still there?'])
    },
  },
  {
    key: 'half-open',
    promise: 'A connection that has died silently is noticed and replaced',
    async run(rig) {
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.platform.spoilsReceiving('half-open')
      await rig.platform.says('direct', 'still there?')
      await rig.hears('direct', 're: still there?')
    },
  },
  {
    key: 'garbage',
    promise: 'What makes no sense is passed over, and what comes after it is not',
    async run(rig) {
      await rig.platform.spoilsReceiving('garbage')
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      assert.deepEqual(await rig.texts('direct'), ['re: hello'])
    },
  },
  {
    key: 'mention',
    promise: 'In a group it answers when it is mentioned, and knows what was said before',
    async run(rig) {
      await rig.platform.says('group', 'the shop closes at six', { by: 'bob' })
      await rig.hearsOf('message.received', { disposition: 'observed' })
      await rig.platform.says('group', 'when does it close?', { to: 'mention' })
      await rig.hears('group', /^re: .*when does it close\?$/)
      const turn = rig.runtime.turns.at(-1)
      assert.deepEqual(
        turn?.messages.map(({ form, text }) => [form, text.includes('six')]),
        [
          ['context', true],
          ['full', false],
        ],
      )
      assert.equal(rig.runtime.turns.length, 1)
    },
  },
  {
    key: 'reply',
    promise: 'A reply to one of its messages is for it',
    async run(rig) {
      await rig.platform.says('group', 'hello', { to: 'mention' })
      await rig.hears('group', /^re: .*hello$/)
      await rig.platform.says('group', 'why?', { to: 'reply', by: 'bob' })
      await rig.hears('group', 're: why?')
    },
  },
  {
    key: 'everyone',
    promise: 'A call to everyone is not for it, and other bots are not answered',
    async run(rig) {
      await rig.platform.says('group', 'wake up', { to: 'everyone' })
      await rig.platform.says('group', 'beep', { by: 'bot', to: 'mention' })
      await rig.platform.says('group', 'you?', { to: 'mention' })
      await rig.hears('group', /you\?$/)
      assert.equal((await rig.texts('group')).length, 1)
    },
  },
  {
    key: 'thread',
    promise: 'A thread or topic is a conversation of its own',
    async run(rig) {
      await rig.platform.says('group', 'in the group', { to: 'mention' })
      await rig.platform.says('thread', 'in the thread', { to: 'mention' })
      await rig.hears('group', /in the group$/)
      await rig.hears('thread', /in the thread$/)
      assert.equal((await rig.texts('group')).length, 1)
      assert.equal((await rig.texts('thread')).length, 1)
      const sessions = new Set((await rig.runs(2)).map(({ sessionKey }) => sessionKey))
      assert.equal(sessions.size, 2)
    },
  },
  {
    key: 'file-in',
    promise: 'Files arrive whole, with the type of their content',
    async run(rig) {
      const file = { kind: 'photo', name: 'dot.png', mime: 'image/png', content: png } as const
      await rig.platform.says('direct', 'look', { file })
      await rig.hears('direct', 're: look')
      const [attachment] = rig.runtime.turns[0]?.messages[0]?.attachments ?? []
      assert.equal(attachment?.file?.mime, 'image/png')
      assert.deepEqual(await readFile(attachment?.path ?? ''), png)
    },
  },
  {
    key: 'too-large',
    promise: 'A file that is too large is a visible line, never silence',
    async run(rig) {
      const content = Buffer.alloc(2000, 'x')
      rig.settings = { ...rig.settings, media: { maxBytes: 1000, retentionMs: 0 } }
      const file = { kind: 'document', name: 'big.txt', mime: 'text/plain', content } as const
      await rig.platform.says('direct', 'look', { file })
      await rig.hears('direct', 're: look')
      const [attachment] = rig.runtime.turns[0]?.messages[0]?.attachments ?? []
      assert.match(attachment?.unavailable ?? '', /^\[file.*too large\]$/)
    },
  },
  {
    key: 'edit',
    promise: 'An edit of a message that waits replaces its text',
    async run(rig) {
      holds(rig, 'work')
      await rig.platform.says('direct', 'work')
      await rig.runtime.begun('work')
      const said = await rig.platform.says('direct', 'buy mlik')
      await rig.runs(2)
      await rig.platform.edits(said, 'buy milk')
      await rig.until(
        async () => (await rig.runs(2))[1]?.text === 'buy milk',
        () => 'The waiting message was not edited.',
      )
      rig.runtime.finish('work', 'done')
      await rig.hears('direct', 're: buy milk')
      assert.deepEqual(await rig.texts('direct'), ['done', 're: buy milk'])
    },
  },
  {
    key: 'delete',
    promise: 'A message that is deleted while it waits is not run',
    async run(rig) {
      holds(rig, 'work')
      await rig.platform.says('direct', 'work')
      await rig.runtime.begun('work')
      const said = await rig.platform.says('direct', 'never mind')
      await rig.runs(2)
      await rig.platform.deletes(said)
      await rig.until(
        async () => (await rig.runs(2))[1]?.state === 'cancelled',
        () => 'The deleted message was not cancelled.',
      )
      rig.runtime.finish('work', 'done')
      await rig.hears('direct', 'done')
      assert.deepEqual(rig.runtime.turns.map(wordsOf), ['work'])
    },
  },
  {
    key: 'press',
    promise: 'A question is asked with buttons, and a press answers it',
    async run(rig) {
      const { queue } = rig.settings
      await rig.platform.says('direct', 'hello')
      await rig.hears('direct', 're: hello')
      await rig.stop()
      await rig.platform.says('direct', 'from long ago')
      rig.settings = { ...rig.settings, queue: { ...queue, staleMs: 1 } }
      await rig.start()
      const question = await rig.hears('direct', /while I was away/)
      const [yes] = question.buttons
      assert.ok(yes)
      rig.settings = { ...rig.settings, queue }
      await rig.platform.presses('direct', question, yes)
      await rig.hears('direct', 're: from long ago')
    },
  },
]
