import assert from 'node:assert/strict'
import type { Reply } from '../../../core/model.ts'
import { streams } from '../../fakes/scripted-runtime.ts'
import type { ChannelRig } from './rig.ts'
import type { Scenario } from './scenario.ts'

const markdown = (text: string): Reply => ({ text, format: 'markdown' })
const paragraphs = Array.from(
  { length: 60 },
  (_, index) => `Paragraph ${index + 1} says *something* of its own, for ${'a while '.repeat(8)}.`,
)

/** Everything visible, without white space: what splitting must not change. */
const bare = (text: string) => text.replaceAll(/\s+/g, '')

async function answers(rig: ChannelRig, reply: Reply | string): Promise<void> {
  rig.runtime.script = () => reply
  await rig.platform.says('direct', 'go on')
}

/** What a channel promises about what goes out. */
export const sending: readonly Scenario[] = [
  {
    key: 'markdown',
    promise: 'Markdown reads as it was meant, and what only looks like it stays',
    async run(rig) {
      await answers(rig, markdown('**Bold** and `2 * 3 * 4` and 5 * 6 * 7 in ~/notes\\_of\\_mine'))
      await rig.hears('direct', 'Bold and 2 * 3 * 4 and 5 * 6 * 7 in ~/notes_of_mine')
    },
  },
  {
    key: 'long',
    promise: 'A long answer comes in pieces, in order, and says everything',
    async run(rig) {
      await answers(rig, markdown(paragraphs.join('\n\n')))
      await rig.hears('direct', /Paragraph 60/)
      const whole = (await rig.texts('direct')).join('\n\n')
      assert.equal(bare(whole), bare(paragraphs.join('').replaceAll('*', '')))
    },
  },
  {
    key: 'mentions-out',
    promise: 'An answer pings nobody, whatever stands in it',
    async run(rig) {
      rig.runtime.script = () => markdown('@everyone and @here and <@100000000000000009>, wake up')
      await rig.platform.says('group', 'go on', { to: 'mention' })
      await rig.hears('group', /wake up$/)
    },
  },
  {
    key: 'file-out',
    promise: 'A file arrives with its name and its content',
    async run(rig) {
      const file = await rig.keeps('notes.txt', 'text/plain', 'remember the milk')
      await answers(rig, { text: 'Here it is.', format: 'plain', files: [file] })
      const shown = await rig.until(
        async () => (await rig.platform.shown('direct')).find(({ files }) => files.length > 0),
        () => 'No file arrived.',
      )
      assert.equal(shown.files[0]?.name, 'notes.txt')
      assert.equal(shown.files[0]?.content.toString(), 'remember the milk')
    },
  },
  {
    key: 'file-refused',
    promise: 'A file the platform does not take becomes a sentence in the chat',
    async run(rig) {
      const film = await rig.keeps('film.mp4', 'video/mp4', Buffer.alloc(51 * 2 ** 20))
      await answers(rig, { text: 'Here it is.', format: 'plain', files: [film] })
      await rig.hears('direct', /too large to be sent here: film\.mp4, 51 MB/)
      assert.equal((await rig.platform.shown('direct')).flatMap(({ files }) => files).length, 0)
      rig.runtime.script = {}
      await rig.platform.says('direct', 'what next?')
      await rig.hears('direct', 're: what next?')
    },
  },
  {
    key: 'stream',
    promise: 'An answer can be watched while it is written, and is one message in the end',
    async run(rig) {
      rig.settings = { ...rig.settings, streams: new Map([[rig.channel, 'edit']]) }
      const pieces = [{ type: 'text', delta: 'Once upon' }] as const
      rig.runtime.script = (words) =>
        words === 'tell me' ? streams(pieces, rig.runtime.holds) : `re: ${words}`
      await rig.platform.says('direct', 'tell me')
      await rig.hears('direct', 'Once upon')
      rig.runtime.finish('tell me', 'Once upon a time.')
      await rig.hears('direct', 'Once upon a time.')
      await rig.platform.says('direct', 'and then?')
      await rig.hears('direct', 're: and then?')
      assert.deepEqual(await rig.texts('direct'), ['Once upon a time.', 're: and then?'])
    },
  },
  {
    key: 'typing',
    promise: 'It shows that it is at work while it is',
    async run(rig) {
      rig.runtime.script = () => rig.runtime.holds
      await rig.platform.says('direct', 'think')
      await rig.until(
        () => rig.platform.typed() > 0,
        () => 'No typing sign was shown.',
      )
      rig.runtime.finish('think', 'thought')
      await rig.hears('direct', 'thought')
    },
  },
]
