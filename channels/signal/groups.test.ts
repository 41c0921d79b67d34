import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { GroupDirectory } from './groups.ts'
import { Intake } from './intake.ts'
import { Memory } from './memory.ts'
import type { Notice } from './notices.ts'

const own = '00000000-0000-4000-8000-000000000001'
const ann = { id: '11111111-1111-4111-8111-111111111111', name: 'Ann', alias: '+4366011' }
const signal = new AbortController().signal

function directoryOf(answer: () => Promise<unknown>, clock = new ManualClock()) {
  let questions = 0
  const directory = new GroupDirectory({
    list: () => {
      questions += 1
      return answer()
    },
    isSelf: (member) => member === own || member === '+4366099',
    clock,
    waitMs: 2_000,
  })
  return { directory, questions: () => questions }
}

const entry = (fields: object) => ({ internal_id: 'g', name: 'Team', ...fields })
const facts: readonly [object, { isMember: boolean; isInvited: boolean; isAdmin: boolean }][] = [
  [
    { member: true, admins: [ann.id] },
    { isMember: true, isInvited: false, isAdmin: true },
  ],
  [
    { member: true, admins: ['+4366011'] },
    { isMember: true, isInvited: false, isAdmin: true },
  ],
  [
    { member: false, admins: null },
    { isMember: false, isInvited: false, isAdmin: false },
  ],
  [{ members: ['+4366099'] }, { isMember: true, isInvited: false, isAdmin: false }],
  [{ members: ['+4366011'] }, { isMember: false, isInvited: false, isAdmin: false }],
  [{ pending_invites: [own] }, { isMember: false, isInvited: true, isAdmin: false }],
  [{}, { isMember: true, isInvited: false, isAdmin: false }],
]
for (const [fields, expected] of facts) {
  test(`a group of ${JSON.stringify(fields)} is ${JSON.stringify(expected)}`, async () => {
    const { directory } = directoryOf(async () => [null, 'x', {}, entry(fields)])
    await directory.refresh(signal)
    const { title, isMember, isInvited, isAdmin } = directory.find('g') ?? assert.fail('Not found.')
    assert.equal(title, 'Team')
    assert.deepEqual({ isMember, isInvited, isAdmin: isAdmin(ann) }, expected)
  })
}

test('a group that is not on the list is asked for once, a changed one each time', async () => {
  const { directory, questions } = directoryOf(async () => [entry({})])
  for (let time = 0; time < 3; time += 1) {
    await directory.learn([{ id: 'unknown', isChanged: false }], signal)
    await directory.learn([{ id: 'g', isChanged: false }], signal)
  }
  assert.equal(questions(), 1)
  await directory.learn([{ id: 'g', isChanged: true }], signal)
  await directory.learn([{ id: 'g', isChanged: true }], signal)
  assert.equal(questions(), 3)
})

test('what cannot be learnt leaves what was known', async () => {
  const answers: unknown[] = [[entry({})], null, 'x', { error: 'no' }]
  const { directory } = directoryOf(
    async () => answers.shift() ?? Promise.reject(new Error('gone')),
  )
  for (let time = 0; time < 5; time += 1) await directory.refresh(signal)
  assert.equal(directory.find('g')?.title, 'Team')
})

test('a server that never answers is waited for a while, and no longer', async () => {
  const clock = new ManualClock()
  const { directory } = directoryOf(() => new Promise(() => undefined), clock)
  const learning = directory.learn([{ id: 'g', isChanged: false }], signal)
  await clock.untilSleeping()
  await clock.advance(2_000)
  await learning
  assert.equal(directory.find('g'), undefined)
})

test('an invitation to a group is told to the owners, with the way to accept it', async () => {
  const notices: Notice[] = []
  const { directory } = directoryOf(async () => [entry({ pending_invites: [own] })])
  const intake = new Intake({
    self: { channel: 'signal', account: `signal:${own}`, ownId: own, number: '+4366099' },
    place: { url: 'http://signal:8080', number: '+4366099' },
    groups: directory,
    memory: new Memory(),
    receive: async ([event]) => assert.equal(event?.type === 'membership' && event.isMember, false),
    notice: (notice) => notices.push(notice),
    signal,
  })
  const groupInfo = { groupId: 'g', groupName: 'Team', revision: 1, type: 'UPDATE' }
  const dataMessage = { timestamp: 17, message: null, groupInfo }
  await intake.take([{ envelope: { sourceUuid: ann.id, sourceName: 'Ann', dataMessage } }])
  const [[key, text] = []] = notices
  assert.equal(key, 'invited')
  assert.match(text ?? '', /^Ann invites \+4366099 to the Signal group Team\./)
  assert.match(text ?? '', /POST 'http:\/\/signal:8080\/v1\/groups\/%2B4366099\/group\.Zw==\/join'/)
})
