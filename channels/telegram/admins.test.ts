import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { startRig, type TelegramRig } from '../../test/fakes/telegram-channel.ts'
import { ChatAdmins } from './admins.ts'

const group = -1001
const minute = 60_000

function calls(rig: TelegramRig): number {
  return rig.server.calls.filter(({ method }) => method === 'getChatAdministrators').length
}

/** The roles of the sender of the message with this text, once it came. */
async function rolesOf(rig: TelegramRig, words: string): Promise<readonly string[] | undefined> {
  const found = await rig.host.waitFor(() =>
    rig.host.events.find((event) => event.type === 'message' && event.message.text === words),
  )
  assert.ok(found?.type === 'message')
  return found.message.sender.roles
}

test('who runs a group has the role admin there, and it is asked for once', async () => {
  await using rig = await startRig({ readsAdmins: true })
  rig.server.addChat(group, { type: 'supergroup', admins: [111] })
  rig.server.says(group, 'by an admin')
  rig.server.says(group, 'by another', { from: rig.server.user(112) })
  rig.server.says(111, 'in private')
  assert.deepEqual(await rolesOf(rig, 'by an admin'), ['admin'])
  assert.equal(await rolesOf(rig, 'by another'), undefined)
  assert.equal(await rolesOf(rig, 'in private'), undefined)
  assert.equal(calls(rig), 1)
})

test('who writes in the group’s own name runs it', async () => {
  await using rig = await startRig({ readsAdmins: true })
  const chat = rig.server.addChat(group, { type: 'supergroup' })
  const sender_chat = { id: group, type: 'supergroup' as const, title: chat.title ?? '' }
  rig.server.says(group, 'anonymous', { from: rig.server.user(1087968824), sender_chat })
  assert.deepEqual(await rolesOf(rig, 'anonymous'), ['admin'])
  assert.equal(calls(rig), 0)
})

test('nobody is asked about where no rule needs it', async () => {
  await using rig = await startRig()
  rig.server.addChat(group, { type: 'supergroup', admins: [111] })
  rig.server.says(group, 'by an admin')
  assert.equal(await rolesOf(rig, 'by an admin'), undefined)
  assert.equal(calls(rig), 0)
})

test('a group that cannot be asked about has no admins, and its messages come all the same', async () => {
  await using rig = await startRig({ readsAdmins: true })
  rig.server.addChat(group, { type: 'supergroup', admins: [111] }).refusal = 'bot was kicked'
  rig.server.says(group, 'by an admin')
  assert.equal(await rolesOf(rig, 'by an admin'), undefined)
  assert.equal(calls(rig), 1)
})

/** What is marked as by an admin, with a platform that answers as told. */
function setUp(read: (chat: string) => Promise<readonly number[]>) {
  const clock = new ManualClock()
  const asked: string[] = []
  const admins = new ChatAdmins({
    clock,
    read: (chat) => {
      asked.push(chat)
      return read(chat)
    },
  })
  const isAdmin = async (chat: string) => {
    const event = await admins.mark({
      type: 'reaction',
      id: '1',
      address: { channel: 'telegram', account: 'telegram:1', chat },
      chatKind: 'group',
      sender: { id: '111', name: 'Ada' },
      messageId: '1',
      emoji: [],
      at: 0,
    })
    return event.type === 'reaction' && event.sender.roles?.includes('admin') === true
  }
  return { clock, asked, isAdmin }
}

test('what is known is forgotten after five minutes, a failure after one', async () => {
  const answers: (readonly number[] | undefined)[] = [[111], [], undefined, [111]]
  const { clock, asked, isAdmin } = setUp(async () => {
    const answer = answers.shift()
    if (answer) return answer
    throw new Error('the platform is busy')
  })
  assert.equal(await isAdmin('g'), true)
  await clock.advance(5 * minute - 1)
  assert.equal(await isAdmin('g'), true)
  await clock.advance(1)
  assert.equal(await isAdmin('g'), false, 'the right was lost')
  await clock.advance(5 * minute)
  assert.equal(await isAdmin('g'), false, 'nobody could be asked')
  await clock.advance(minute)
  assert.equal(await isAdmin('g'), true)
  assert.equal(asked.length, 4)
})

test('many groups do not fill the memory: the one asked about first is forgotten', async () => {
  const { asked, isAdmin } = setUp(async () => [])
  for (let chat = 0; chat <= 500; chat += 1) await isAdmin(`g${chat}`)
  await isAdmin('g500')
  await isAdmin('g0')
  assert.equal(asked.length, 502)
})

test('messages that come together ask once', async () => {
  const { asked, isAdmin } = setUp(async () => [111])
  assert.deepEqual(await Promise.all([isAdmin('g'), isAdmin('g')]), [true, true])
  assert.deepEqual(asked, ['g'])
})
