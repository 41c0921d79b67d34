import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CommandScene, commandList, parseCommand, planCommand } from './commands.ts'
import { sentencesFor } from './sentences.ts'
import type { EffectOutcome } from './store/effects.ts'
import type { Trace } from './store/views.ts'

const words = sentencesFor('en')
const done: EffectOutcome = { isDone: true, cancelled: [] }
const nothing: EffectOutcome = { isDone: false, cancelled: [] }

function scene(changes: Partial<CommandScene> = {}): CommandScene {
  return {
    sessionKey: 'key',
    agent: 'main',
    agents: ['main', 'Ops'],
    address: { channel: 'fake', account: 'fake:bot', chat: 'g' },
    chatKind: 'group',
    chat: { agent: 'main', mention: false, stream: false },
    defaults: { agent: 'main', mention: true, stream: true },
    isOwner: false,
    words,
    now: 0,
    runtime: { catalog: 'none', canCompact: false, maxAttempts: 3 },
    generations: async () => [],
    choices: async () => ({}),
    usage: async () => 'usage',
    status: async () => 'fine',
    heartbeat: async () => 'heartbeat',
    trace: async () => undefined,
    mode: async () => 'collect',
    jobs: () => assert.fail('this command looks at no jobs'),
    ...changes,
  }
}

async function reply(text: string, outcome = done, changes: Partial<CommandScene> = {}) {
  const command = parseCommand(text)
  assert.ok(command, text)
  return (await planCommand(command, scene(changes))).reply(outcome)
}

async function effect(text: string, changes: Partial<CommandScene> = {}) {
  const command = parseCommand(text)
  assert.ok(command, text)
  return (await planCommand(command, scene(changes))).effect
}

test('a command is recognised in any case, with its argument and with a name of the bot', () => {
  assert.deepEqual(parseCommand('/stop'), { name: 'stop', argument: '' })
  assert.deepEqual(parseCommand('  /STOP  '), { name: 'stop', argument: '' })
  assert.deepEqual(parseCommand('/queue@jackdaw_bot followup'), {
    name: 'queue',
    argument: 'followup',
  })
  assert.deepEqual(parseCommand('/approve\n ABCD 2345 '), {
    name: 'approve',
    argument: 'ABCD 2345',
  })
})

test('anything else that begins with a slash is for the agent', () => {
  for (const text of [
    '/',
    '/unknown',
    '/stopp',
    'stop',
    'please /stop',
    '//stop',
    '/stop/now',
    '/new!',
  ])
    assert.equal(parseCommand(text), undefined, text)
})

test('every command of the menu is one that is recognised', () => {
  for (const { name, description } of commandList(words)) {
    assert.equal(parseCommand(`/${name}`)?.name, name)
    assert.ok(description.length > 0)
  }
})

test('/help lists every command', async () => {
  const help = await reply('/help')
  for (const { name } of commandList(words)) assert.match(help, new RegExp(`^/${name} `, 'm'))
})

test('/new, /stop and /retry change the session and say what came of it', async () => {
  assert.deepEqual(await effect('/new'), { type: 'reset', sessionKey: 'key' })
  assert.equal(await reply('/new', nothing), words.fresh)
  assert.deepEqual(await effect('/stop'), { type: 'stop', sessionKey: 'key' })
  assert.equal(await reply('/stop', { ...done, abort: 'r1' }), 'Stopped.')
  assert.match(await reply('/stop', { ...done, abort: 'r1', cancelled: ['r2', 'r3'] }), /2 waiting/)
  assert.equal(await reply('/stop', nothing), words.nothingToStop)
  assert.deepEqual(await effect('/retry'), { type: 'retry', sessionKey: 'key' })
  assert.equal(await reply('/retry'), words.retried)
  assert.equal(await reply('/retry', nothing), words.nothingToRetry)
})

test('/queue shows the mode, or sets one that exists', async () => {
  assert.deepEqual(await effect('/queue'), { type: 'none' })
  assert.match(await reply('/queue'), /collect/)
  assert.deepEqual(await effect('/queue Followup'), {
    type: 'mode',
    sessionKey: 'key',
    agent: 'main',
    mode: 'followup',
  })
  assert.match(await reply('/queue interrupt'), /interrupt/)
  assert.deepEqual(await effect('/queue fast'), { type: 'none' })
  assert.match(await reply('/queue fast'), /Choose with/)
})

test('/approve is for owners', async () => {
  assert.deepEqual(await effect('/approve ABCD2345'), { type: 'none' })
  assert.equal(await reply('/approve ABCD2345'), words.ownersOnly)
  const owner = { isOwner: true }
  assert.deepEqual(await effect('/approve ABCD2345', owner), {
    type: 'approve',
    code: 'ABCD2345',
    isOwner: false,
  })
  assert.equal(await reply('/approve A', { ...done, detail: 'Ben' }, owner), words.approved('Ben'))
  assert.match(await reply('/approve A', { ...nothing, detail: 'locked' }, owner), /an hour/)
  assert.match(await reply('/approve A', { ...nothing, detail: 'unknown' }, owner), /unknown/)
})

test('/status says what the gateway sees', async () => {
  assert.equal(await reply('/status'), 'fine')
})

test('/why says what became of a message, with its trace', async () => {
  assert.equal(await reply('/why'), words.whyNothing)
  const message = {
    id: 'm3',
    channel: 'fake',
    chat: '1',
    author: '1',
    text: 'secret',
    sentAt: 0,
    receivedAt: 0,
    disposition: 'dropped' as const,
    reason: 'the sender is blocked',
    runId: null,
  }
  const trace: Trace = { message, steps: [{ at: 0, step: 'received', detail: '' }] }
  const said = await reply('/why', done, { trace: async () => trace })
  assert.equal(said, 'I did not answer it: the sender is blocked. (trace m3)')
  assert.doesNotMatch(said, /secret/)
})

test('/agent, /mention and /stream show what holds, and owners choose for the chat', async () => {
  const owner = { isOwner: true }
  const { address } = scene()
  const change = (change: object) => ({ type: 'settings', address, chatKind: 'group', change })
  for (const [text, wanted] of [
    ['/agent ops', { agent: 'Ops' }],
    ['/agent default', { agent: null }],
    ['/mention ON', { mention: true }],
    ['/mention off', { mention: false }],
    ['/mention default', { mention: null }],
    ['/stream on', { stream: true }],
    ['/stream default', { stream: null }],
  ] as const) {
    assert.deepEqual(await effect(text, owner), change(wanted), text)
    assert.deepEqual(await effect(text), { type: 'none' }, `${text} by somebody else`)
    assert.equal(await reply(text), words.ownersOnly)
  }
  for (const text of ['/agent', '/agent nobody', '/mention', '/mention maybe', '/stream'])
    assert.deepEqual(await effect(text, owner), { type: 'none' }, text)
  assert.equal(await reply('/agent'), words.agents('main', ['main', 'Ops']))
  assert.equal(await reply('/mention'), words.mention.now(false))
  assert.equal(await reply('/mention default', done, owner), words.mention.chosen(true))
  assert.equal(await reply('/stream off', done, owner), words.stream.chosen(false))
  assert.equal(await reply('/mention off', done, { chatKind: 'dm', ...owner }), words.groupsOnly)
})

test('/approve without a code allows the group it is written in', async () => {
  const owner = { isOwner: true }
  const { address } = scene()
  assert.deepEqual(await effect('/approve', owner), { type: 'approve-chat', address })
  assert.equal(await reply('/approve', done, owner), words.chatOpen)
  assert.deepEqual(await effect('/approve'), { type: 'none' })
  assert.equal((await effect('/approve', { chatKind: 'dm', ...owner })).type, 'approve')
})
