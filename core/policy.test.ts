import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPolicy } from '../test/fakes/settings.ts'
import type { ChatKind, Sender } from './model.ts'
import { decide, isOwner, type Policy } from './policy.ts'
import type { SenderStatus } from './store/access.ts'
import type { Facts } from './store/intake.ts'

type Addressed = 'mention' | 'reply' | 'command'
type Case = {
  readonly in?: ChatKind
  readonly chat?: string
  readonly from?: Partial<Sender>
  readonly addressed?: Addressed
  readonly policy?: Partial<Policy>
  readonly status?: SenderStatus
  readonly chatApproved?: boolean
  readonly chatClosed?: boolean
  readonly space?: string
  /** What was chosen for the chat. */
  readonly mention?: boolean
}
/** What is so, what comes of it, and a word of the reason. */
type Row = readonly [Case, 'act' | 'observe' | 'drop' | 'pair' | 'ask', RegExp?]

const closed: Policy = { ...openPolicy, dm: 'pairing', groups: 'allowlist' }
const ids = (...values: string[]): ReadonlySet<string> => new Set(values)

function subjectOf(row: Case) {
  const kind = row.in ?? 'dm'
  const address = { channel: 'fake', account: 'fake:bot', chat: row.chat ?? '1' }
  const sender = { id: '1', name: 'Ana', ...row.from }
  const space = row.space === undefined ? {} : { space: { id: row.space } }
  const subject = { address, chatKind: kind, sender, ...space }
  return row.addressed === undefined ? subject : { ...subject, addressed: row.addressed }
}

function factsOf({ status, chatApproved, chatClosed, mention }: Case): Facts {
  return {
    senderStatus: status,
    isChatApproved: chatApproved ?? false,
    ...(chatClosed === true && { isChatClosed: true }),
    isChatAlive: true,
    ...(mention !== undefined && { settings: { mention } }),
  }
}

function table(name: string, defaults: Partial<Policy>, rows: readonly Row[]): void {
  for (const [row, verdict, reason] of rows) {
    test(`${name}: ${describe(row)} → ${verdict}`, () => {
      const policy = { ...closed, ...defaults, ...row.policy }
      const decision = decide(subjectOf(row), policy, factsOf(row))
      assert.equal(decision.verdict, verdict)
      if (decision.verdict === 'act') return
      assert.ok(decision.reason.length > 0, 'whatever is not answered has a reason')
      if (reason) assert.match(decision.reason, reason)
    })
  }
}

function describe(row: Case): string {
  const shown = JSON.stringify(row, (_, value) => (value instanceof Set ? [...value] : value))
  return shown.replaceAll('"', '')
}

table('a direct message with pairing', { dm: 'pairing' }, [
  [{}, 'pair', /not paired/],
  [{ status: 'paired' }, 'act'],
  [{ status: 'allowed' }, 'act'],
  [{ status: 'owner' }, 'act'],
  [{ status: 'blocked' }, 'drop', /blocked/],
  [{ policy: { allow: ids('1') } }, 'act'],
  [{ policy: { owners: ids('1') } }, 'act'],
  [{ policy: { allow: ids('2') } }, 'pair'],
  [{ policy: { owners: ids('2') } }, 'pair'],
  [{ policy: { allowChats: ids('1') } }, 'pair'],
  [{ from: { alias: '+491' }, policy: { allow: ids('+491') } }, 'act'],
  [{ from: { alias: '+491' }, policy: { owners: ids('+491') } }, 'act'],
  [{ from: { alias: '+492' }, policy: { allow: ids('+491') } }, 'pair'],
  [{ status: 'blocked', policy: { allow: ids('1') } }, 'drop', /blocked/],
  [{ status: 'blocked', policy: { owners: ids('1') } }, 'drop', /blocked/],
  [{ from: { name: '1' }, policy: { allow: ids('Ana') } }, 'pair'],
  [{ addressed: 'mention' }, 'pair'],
  [{ addressed: 'command' }, 'pair'],
  [{ policy: { mention: false } }, 'pair'],
])

table('a direct message with an allow list', { dm: 'allowlist' }, [
  [{}, 'drop', /allow list/],
  [{ status: 'paired' }, 'act'],
  [{ status: 'allowed' }, 'act'],
  [{ status: 'owner' }, 'act'],
  [{ status: 'blocked' }, 'drop', /blocked/],
  [{ policy: { allow: ids('1') } }, 'act'],
  [{ policy: { owners: ids('1') } }, 'act'],
  [{ policy: { allow: ids('11') } }, 'drop'],
  [{ from: { alias: 'ana' }, policy: { allow: ids('ana') } }, 'act'],
])

table('an open direct chat', { dm: 'open' }, [
  [{}, 'act'],
  [{ status: 'paired' }, 'act'],
  [{ status: 'blocked' }, 'drop', /blocked/],
  [{ policy: { groups: 'off' } }, 'act'],
  [{ policy: { mention: true } }, 'act'],
])

table('direct messages that are off', { dm: 'off' }, [
  [{}, 'drop', /access\.dm/],
  [{ status: 'paired' }, 'drop'],
  [{ status: 'owner' }, 'drop'],
  [{ policy: { owners: ids('1') } }, 'drop'],
  [{ in: 'group', addressed: 'mention', policy: { groups: 'open' } }, 'act'],
])

table('a group with an allow list', { groups: 'allowlist' }, [
  [{ in: 'group', chat: 'g' }, 'drop', /not approved/],
  [{ in: 'group', chat: 'g', addressed: 'mention' }, 'ask', /allowChats/],
  [{ in: 'group', chat: 'g', addressed: 'mention', status: 'owner' }, 'ask'],
  [{ in: 'group', chat: 'g', addressed: 'mention', chatClosed: true }, 'drop', /closed/],
  [{ in: 'group', chat: 'g', addressed: 'mention', space: 's' }, 'ask'],
  [
    { in: 'group', chat: 'g', addressed: 'mention', space: 's', policy: { allowChats: ids('s') } },
    'act',
  ],
  [
    { in: 'group', chat: 'g', addressed: 'mention', space: 's', policy: { allowChats: ids('t') } },
    'ask',
  ],
  [{ in: 'thread', chat: 'g', space: 's', policy: { allowChats: ids('s') } }, 'observe'],
  [{ in: 'group', chat: 'g', addressed: 'mention', policy: { allowChats: ids('g') } }, 'act'],
  [{ in: 'group', chat: 'g', addressed: 'mention', policy: { allowChats: ids('h') } }, 'ask'],
  [{ in: 'group', chat: 'g', addressed: 'mention', chatApproved: true }, 'act'],
  [{ in: 'group', chat: 'g', addressed: 'reply', chatApproved: true }, 'act'],
  [{ in: 'group', chat: 'g', addressed: 'command', chatApproved: true }, 'act'],
  [{ in: 'group', chat: 'g', chatApproved: true }, 'observe', /context/],
  [{ in: 'group', chat: 'g', policy: { allowChats: ids('g') } }, 'observe'],
  [{ in: 'group', chat: 'g', chatApproved: true, policy: { mention: false } }, 'act'],
  [{ in: 'group', chat: 'g', policy: { mention: false } }, 'drop'],
  [{ in: 'group', chat: 'g', policy: { allow: ids('1') }, addressed: 'mention' }, 'ask'],
  [{ in: 'group', chat: 'g', chatApproved: true, addressed: 'mention', status: 'blocked' }, 'drop'],
  [{ in: 'group', chat: 'g', chatApproved: true, status: 'blocked' }, 'drop', /blocked/],
  [{ in: 'thread', chat: 'g', addressed: 'mention' }, 'ask'],
  [{ in: 'thread', chat: 'g', addressed: 'mention', chatApproved: true }, 'act'],
  [{ in: 'thread', chat: 'g', chatApproved: true }, 'observe'],
])

table('an open group', { groups: 'open' }, [
  [{ in: 'group' }, 'observe', /access\.mention/],
  [{ in: 'group', addressed: 'mention' }, 'act'],
  [{ in: 'group', addressed: 'reply' }, 'act'],
  [{ in: 'group', addressed: 'command' }, 'act'],
  [{ in: 'group', policy: { mention: false } }, 'act'],
  [{ in: 'group', addressed: 'mention', status: 'blocked' }, 'drop'],
  [{ in: 'thread', addressed: 'reply' }, 'act'],
  [{ in: 'group', addressed: 'mention', policy: { dm: 'off' } }, 'act'],
])

table('a group with roles', { groups: 'open', roles: ids('admin', '77') }, [
  [{ in: 'group', addressed: 'mention' }, 'observe', /access\.roles/],
  [{ in: 'group', addressed: 'command' }, 'observe', /access\.roles/],
  [{ in: 'group' }, 'observe', /access\.mention/],
  [{ in: 'group', policy: { mention: false } }, 'observe', /access\.roles/],
  [{ in: 'group', addressed: 'mention', from: { roles: ['admin'] } }, 'act'],
  [{ in: 'group', addressed: 'mention', from: { roles: ['5', '77'] } }, 'act'],
  [{ in: 'thread', addressed: 'reply', from: { roles: ['77'] } }, 'act'],
  [{ in: 'group', addressed: 'mention', from: { roles: ['5'] } }, 'observe'],
  [{ in: 'group', from: { roles: ['77'] } }, 'observe', /access\.mention/],
  [{ in: 'group', from: { roles: ['77'] }, policy: { mention: false } }, 'act'],
  [{ in: 'group', addressed: 'mention', status: 'owner' }, 'act'],
  [{ in: 'group', addressed: 'mention', status: 'allowed' }, 'act'],
  [{ in: 'group', addressed: 'mention', status: 'paired' }, 'act'],
  [{ in: 'group', addressed: 'mention', policy: { allow: ids('1') } }, 'act'],
  [{ in: 'group', addressed: 'mention', policy: { owners: ids('1') } }, 'act'],
  [{ in: 'group', addressed: 'mention', status: 'blocked', from: { roles: ['77'] } }, 'drop'],
  [{ policy: { dm: 'open' } }, 'act'],
  [{ from: { roles: ['77'] } }, 'pair'],
])

table('a group with a choice of its own', { groups: 'open' }, [
  [{ in: 'group', mention: false }, 'act'],
  [{ in: 'group', mention: true, policy: { mention: false } }, 'observe', /access\.mention/],
  [{ in: 'group', mention: true, addressed: 'mention' }, 'act'],
  [{ in: 'group', mention: false, policy: { roles: ids('77') } }, 'observe', /access\.roles/],
])

table('groups that are off', { groups: 'off' }, [
  [{ in: 'group', addressed: 'mention' }, 'drop', /access\.groups/],
  [{ in: 'group', addressed: 'mention', chatApproved: true }, 'drop'],
  [{ in: 'group', addressed: 'mention', policy: { allowChats: ids('1') } }, 'drop'],
  [{ in: 'thread', addressed: 'mention' }, 'drop'],
])

table('another bot', { dm: 'open', groups: 'open' }, [
  [{ from: { isBot: true } }, 'drop', /access\.bots/],
  [{ from: { isBot: true }, status: 'owner' }, 'drop'],
  [{ from: { isBot: true }, policy: { allow: ids('1') } }, 'drop'],
  [{ from: { isBot: true }, policy: { bots: ids('1') } }, 'act'],
  [{ from: { isBot: true }, policy: { bots: ids('2') } }, 'drop'],
  [{ from: { isBot: true }, policy: { bots: ids('*') } }, 'act'],
  [{ from: { isBot: true }, policy: { bots: ids('1') }, status: 'blocked' }, 'drop', /blocked/],
  [{ from: { isBot: true }, in: 'group', addressed: 'mention' }, 'drop'],
  [{ from: { isBot: true }, in: 'group', addressed: 'mention', policy: { bots: ids('1') } }, 'act'],
  [{ from: { isBot: true }, in: 'group', policy: { bots: ids('1') } }, 'observe'],
])

table('the page', { dm: 'open', groups: 'off', mention: false, isTrusted: true }, [
  [{}, 'act'],
  [{ in: 'group' }, 'act'],
  [{ status: 'blocked' }, 'drop'],
])

test('owners are those of the file, those approved as owners, and whoever writes on the page', () => {
  const sender = { id: '1', name: 'Ana', alias: '+491' }
  const of = (policy: Partial<Policy>, status?: SenderStatus) =>
    isOwner(sender, { ...closed, ...policy }, factsOf(status === undefined ? {} : { status }))
  assert.equal(of({}), false)
  assert.equal(of({ owners: ids('1') }), true)
  assert.equal(of({ owners: ids('+491') }), true)
  assert.equal(of({ allow: ids('1') }), false)
  assert.equal(of({}, 'owner'), true)
  assert.equal(of({}, 'paired'), false)
  assert.equal(of({ isTrusted: true }), true)
})
