import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openPolicy } from '../../test/fakes/settings.ts'
import { callTool, startToolsRig } from '../../test/rigs/tools-rig.ts'

test('the tools are listed with what a model must know', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const client = await tools.connect(token)
  const { tools: listed } = await client.listTools()
  const names = listed.map(({ name }) => name)
  for (const name of ['send_message', 'send_file', 'react', 'notify_owner', 'chat_history'])
    assert.ok(names.includes(name), name)
  assert.ok(listed.every(({ description = '', inputSchema }) => description && inputSchema.type))
})

test('a message goes to the chat of the turn, once however often it is asked for', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1' })
  const { token } = await tools.begin(ana, 'work')
  const hello = { text: 'Half of it is **done**.' }
  assert.match((await tools.call(token, 'send_message', hello)).text, /on its way/)
  await tools.call(token, 'send_message', hello)
  await tools.call(token, 'send_message', { ...hello, repeat: true })
  tools.agent.finish('work', 'All done.')
  await tools.rig.settle()
  const texts = tools.rig.channel.arrived.map(({ delivery }) => delivery.chunk.text)
  assert.deepEqual(texts, ['Half of it is done.', 'Half of it is done.', 'All done.'])
})

test('two sessions at once: each call acts for its own person', async () => {
  await using tools = await startToolsRig(['one', 'two'])
  const one = await tools.begin(tools.direct({ id: '1', name: 'Ana' }), 'one')
  const two = await tools.begin(tools.direct({ id: '2', name: 'Bob' }), 'two')
  const clients = [await tools.connect(one.token), await tools.connect(two.token)] as const
  await Promise.all([
    callTool(clients[0], 'send_message', { text: 'for Ana' }),
    callTool(clients[1], 'send_message', { text: 'for Bob' }),
  ])
  await tools.rig.settle()
  const sent = tools.rig.channel.arrived.map(
    ({ chat, delivery }) => `${chat}: ${delivery.chunk.text}`,
  )
  assert.deepEqual(sent.toSorted(), ['1: for Ana', '2: for Bob'])
  assert.match((await callTool(clients[1], 'session_info')).text, /You act for: Bob\./)
  tools.agent.finish('one', 'done')
  tools.agent.finish('two', 'done')
})

test('a stranger to a chat cannot write to it, an owner can, and a group is only its own', async () => {
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  await using tools = await startToolsRig(['first', 'mine', 'boss', 'both'], {
    settings: { policies },
  })
  const ana = await tools.begin(tools.direct({ id: '1', name: 'Ana' }), 'first')
  const bob = await tools.begin(tools.direct({ id: '2', name: 'Bob' }), 'mine')
  const own = /Chat: (c\d+)/.exec((await tools.call(ana.token, 'session_info')).text)?.[1] ?? ''
  const refused = await tools.call(bob.token, 'send_message', { text: 'psst', chat: own })
  assert.ok(refused.isError)
  assert.match(refused.text, /no chat "c\d+" that you may write to/)
  const boss = await tools.begin(tools.direct({ id: '9', name: 'Olga' }), 'boss')
  assert.ok(!(await tools.call(boss.token, 'send_message', { text: 'hello', chat: own })).isError)
  await tools.rig.settle()
  assert.deepEqual(
    tools.rig.channel.arrived.map(({ chat, delivery }) => `${chat}: ${delivery.chunk.text}`),
    ['1: hello'],
  )
  for (const words of ['first', 'mine', 'boss']) tools.agent.finish(words, 'done')
})

test('a turn of two people has the rights of neither alone', async () => {
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  await using tools = await startToolsRig(['hold', 'theirs\nand mine'], { settings: { policies } })
  await tools.begin(tools.direct({ id: '9', name: 'Olga' }), 'hold')
  const group = tools.rig.group('-5')
  tools.agent.script = { ...tools.agent.script, first: tools.agent.holds }
  await group.asks('first')
  await tools.agent.begun('first')
  await group.as({ id: '2' }).asks('theirs')
  await group.as({ id: '9', name: 'Olga' }).asks('and mine')
  tools.agent.finish('first', 'done')
  const { session } = await tools.agent.begun('theirs\nand mine')
  const token = tools.tokens.mint({ agent: 'main', sessionId: session.id })
  const info = (await tools.call(token, 'session_info')).text
  assert.doesNotMatch(info, /owner/)
  assert.equal(info.match(/^- c\d+/gm)?.length, 1)
  tools.agent.finish('theirs\nand mine', 'done')
  tools.agent.finish('hold', 'done')
})

test('a file of the workspace is sent, and nothing that lies elsewhere', async () => {
  await using tools = await startToolsRig(['work'])
  await mkdir(tools.workspace)
  await writeFile(`${tools.workspace}/report.txt`, 'All is well.')
  await writeFile(`${tools.workspace}/empty.txt`, '')
  await writeFile(`${tools.workspace}/big.bin`, Buffer.alloc(1_000_001))
  await writeFile(`${tools.rig.dir}/secret.txt`, 'the token')
  await symlink(`${tools.rig.dir}/secret.txt`, `${tools.workspace}/innocent.txt`)
  await symlink(tools.rig.dir, `${tools.workspace}/folder`)
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const sent = await tools.call(token, 'send_file', { path: 'report.txt', caption: 'Here.' })
  assert.match(sent.text, /report\.txt \(text\/plain, 12 bytes\) is on its way/)
  for (const [path, why] of [
    ['innocent.txt', /not inside your workspace/],
    ['folder/secret.txt', /not inside your workspace/],
    ['../secret.txt', /not inside your workspace/],
    [`${tools.rig.dir}/secret.txt`, /not inside your workspace/],
    ['.', /not inside|not a plain file/],
    ['a\0b', /no file/],
    ['missing.txt', /no file/],
    ['empty.txt', /is empty/],
    ['big.bin', /too large: fake takes files of at most 1000000 bytes/],
  ] as const) {
    const refused = await tools.call(token, 'send_file', { path })
    assert.ok(refused.isError, path)
    assert.match(refused.text, why, path)
  }
  tools.agent.finish('work', 'done')
  await tools.rig.settle()
  const files = tools.rig.channel.arrived.flatMap(({ delivery }) => delivery.chunk.file?.name ?? [])
  assert.deepEqual(files, ['report.txt'])
})

test('history is of this conversation alone, and found by words', async () => {
  await using tools = await startToolsRig(['work'])
  await tools.direct({ id: '2', name: 'Bob' }).says('my password is tulip')
  const ana = tools.direct({ id: '1', name: 'Ana' })
  await ana.says('The Tulips are red')
  await tools.rig.pass(1000)
  const { token } = await tools.begin(ana, 'work')
  const { text } = await tools.call(token, 'chat_history', { words: 'TULIP' })
  assert.match(text, /\[m\d+, .*\] Ana: The Tulips are red/)
  assert.match(text, /\[d\d+, .*\] you: re: The Tulips are red/)
  assert.doesNotMatch(text, /password/)
  const all = (await tools.call(token, 'chat_history', { limit: 1 })).text
  assert.equal(all.split('\n').length, 1)
  assert.match(all, /Ana: work/)
  assert.match((await tools.call(token, 'chat_history', { words: 'rose' })).text, /^Nothing/)
  tools.agent.finish('work', 'done')
})

test('a reaction goes under the message of the turn, or one that history names', async () => {
  await using tools = await startToolsRig(['work'])
  const ana = tools.direct({ id: '1', name: 'Ana' })
  const first = await ana.says('earlier')
  await tools.rig.settle()
  const { token } = await tools.begin(ana, 'work')
  const { text } = await tools.call(token, 'chat_history', { words: 'earlier', limit: 5 })
  const message = /\[(m\d+)/.exec(text)?.[1] ?? ''
  await tools.call(token, 'react', { emoji: '👍', message })
  assert.ok(tools.rig.channel.shown.some(({ what }) => what === `👍 ${first}`))
  assert.ok((await tools.call(token, 'react', { emoji: '👍', message: 'm999' })).isError)
  tools.agent.finish('work', 'done')
})

test('an owner is told the same once in any hour', async () => {
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  await using tools = await startToolsRig(['work', 'again'], { settings: { policies } })
  // An hour of the clock ends soon.
  const hour = 3_600_000
  await tools.rig.clock.advance(hour - 60_000 - (tools.rig.clock.now() % hour))
  const { token: early } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const alarm = { text: 'The disk is full.', severity: 'critical' }
  assert.match((await tools.call(early, 'notify_owner', alarm)).text, /No owner can be reached/)
  await tools.direct({ id: '9' }).says('hello')
  await tools.rig.settle()
  const told = () =>
    tools.rig.channel.arrived
      .filter(({ chat }) => chat === '9')
      .map(({ delivery }) => delivery.chunk.text)
  const said = 'Urgent (main): The disk is full.'
  await tools.call(early, 'notify_owner', alarm)
  await tools.rig.clock.advance(2 * 60_000)
  await tools.call(early, 'notify_owner', alarm)
  await tools.rig.settle()
  assert.deepEqual(told(), ['re: hello', said])
  tools.agent.finish('work', 'done')
  await tools.rig.settle()
  await tools.rig.clock.advance(hour)
  const { token: late } = await tools.begin(tools.direct({ id: '1' }), 'again')
  await tools.call(late, 'notify_owner', alarm)
  await tools.rig.settle()
  assert.deepEqual(told(), ['re: hello', said, said])
  tools.agent.finish('again', 'done')
})

test('only a heartbeat is answered as one', async () => {
  await using tools = await startToolsRig(['work', 'look around'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  const refused = await tools.call(token, 'heartbeat_respond', { notify: false })
  assert.match(refused.text, /This turn is no heartbeat/)
  tools.agent.finish('work', 'done')
})

test('every call is in the history of its run, without what was said', async () => {
  await using tools = await startToolsRig(['work'])
  const { token } = await tools.begin(tools.direct({ id: '1' }), 'work')
  await tools.call(token, 'send_message', { text: 'a secret' })
  await tools.call(token, 'send_message', { text: 'a secret', chat: 'c99' })
  const [run] = await tools.rig.runs()
  const events = await tools.rig.store.views.runEvents(run?.id ?? '', 0, 100)
  const calls = events.filter(({ type }) => type === 'run.tool').map(({ data }) => data)
  assert.deepEqual(calls, [
    { name: 'send_message', state: 'completed', target: 'c1', outcome: 'queued' },
    { name: 'send_message', state: 'failed', target: '-', outcome: 'refused' },
  ])
  tools.agent.finish('work', 'done')
})
