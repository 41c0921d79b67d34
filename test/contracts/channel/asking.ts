import assert from 'node:assert/strict'
import type { RequestAnswer, RuntimeEvent, RuntimeRequest } from '../../../core/runtime-port.ts'
import { permission, question } from '../../fakes/asking-agent.ts'
import type { Shown } from './platform.ts'
import type { ChannelRig } from './rig.ts'
import type { Scenario } from './scenario.ts'

const said = (answer: RequestAnswer) => ('text' in answer ? answer.text : answer.option)

/** The agent asks this of whoever writes "work", and says what it was told; returns the question as people see it. */
async function asks(rig: ChannelRig, request: RuntimeRequest, isConfirmed = true): Promise<Shown> {
  const { runtime, platform } = rig
  async function* turn(): AsyncGenerator<RuntimeEvent> {
    yield { type: 'accepted', promptId: 'p1' }
    yield { type: 'request', request }
    const text = `told: ${said(await runtime.answered(request.id))}`
    yield { type: 'request-closed', id: request.id }
    yield { type: 'done', reply: { text, format: 'plain' } }
  }
  runtime.script = (words) => (words === 'work' ? turn : `re: ${words}`)
  await platform.says('direct', 'work')
  const shown = await rig.hears('direct', new RegExp(request.title))
  // People read before they answer; by then the gateway knows the question's id, if it ever does.
  if (isConfirmed) await rig.deliveries()
  return shown
}

/** The question says how it ended: where it stands, or in one more line where nothing can be edited. Then the answer. */
async function ends(rig: ChannelRig, asked: Shown, line: RegExp, answer: string): Promise<void> {
  await rig.hears('direct', answer)
  const ended = await rig.hears('direct', line)
  await rig.platform.says('direct', 'next')
  await rig.hears('direct', 're: next')
  const shown = await rig.platform.shown('direct')
  assert.deepEqual(
    shown.flatMap(({ buttons }) => buttons),
    [],
    'no button is left',
  )
  const others = shown.filter(({ id }) => id !== asked.id && id !== ended.id)
  assert.deepEqual(
    others.map(({ text }) => text),
    [answer, 're: next'],
  )
}

const many: RuntimeRequest = {
  ...question,
  options: [
    ...Array.from({ length: 7 }, (_, index) => ({
      id: `${index}`,
      label: `Colour ${index + 1}, ${'a very long name '.repeat(6)}`,
    })),
    { id: 'none', label: 'No answer' },
  ],
}

/** What a channel promises about what agents ask. */
export const asking: readonly Scenario[] = [
  {
    key: 'permission',
    promise: 'An agent asks before it acts; a tap allows it, and the question says who did',
    async run(rig) {
      const asked = await asks(rig, permission)
      assert.match(asked.text, /git status --short/)
      const [allow] = asked.buttons
      if (allow === undefined) await rig.platform.reacts('direct', asked, '👍')
      else await rig.platform.presses('direct', asked, allow)
      await ends(rig, asked, /Allowed once by/, 'told: once')
    },
  },
  {
    key: 'question',
    promise: 'A question shows all its answers, and takes words of one’s own, with its number',
    async run(rig) {
      const asked = await asks(rig, many)
      assert.match(asked.text, /7\. Colour 7/)
      if (asked.buttons.length > 0) {
        assert.equal(asked.buttons.length, 8)
        assert.equal(asked.buttons.at(-1), 'No answer')
      }
      await rig.platform.says('direct', '1: *Mauve*, as ever')
      await ends(rig, asked, /Answered by .*: \*Mauve\*, as ever/, 'told: *Mauve*, as ever')
    },
  },
  {
    key: 'question-reply',
    promise: 'A reply to a question answers it',
    async run(rig) {
      const asked = await asks(rig, question)
      await rig.platform.says('direct', 'Mauve', { to: 'reply' })
      await ends(rig, asked, /Answered by .*: Mauve/, 'told: Mauve')
    },
  },
  {
    key: 'permission-unconfirmed',
    promise: 'A tap on a question counts also while nobody knows that the question arrived',
    async run(rig) {
      rig.platform.spoilsSend('silent')
      const asked = await asks(rig, permission, false)
      const [allow] = asked.buttons
      if (allow === undefined) await rig.platform.reacts('direct', asked, '👍')
      else await rig.platform.presses('direct', asked, allow)
      await ends(rig, asked, /Allowed once by/, 'told: once')
    },
  },
  {
    key: 'question-unconfirmed',
    promise: 'A reply to a question counts also while nobody knows that the question arrived',
    async run(rig) {
      rig.platform.spoilsSend('silent')
      const asked = await asks(rig, question, false)
      await rig.platform.says('direct', 'Mauve', { to: 'reply' })
      await ends(rig, asked, /Answered by .*: Mauve/, 'told: Mauve')
    },
  },
]
