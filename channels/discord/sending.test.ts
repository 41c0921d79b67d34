import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type { DeliveryFailure } from '../../core/errors.ts'
import { deliveryTo, signal, startRig } from '../../test/fakes/discord-channel.ts'
import type { Fault } from '../../test/servers/discord-faults.ts'

const evidence = { startedAt: Date.now(), known: async () => [] }

test('a send carries a nonce, pings nobody, answers the message and keeps previews away', async () => {
  await using rig = await startRig()
  const { ann, channel, general, server } = rig
  const asked = ann.says(general, 'where?')
  const chunk = {
    text: `here: https://example.org ${ann.mention} @everyone`,
    buttons: [[{ label: 'x'.repeat(100), data: 'q1:yes', style: 'primary' as const }]],
  }
  await channel.send(deliveryTo(general, chunk, { replyTo: asked.id }), signal)
  const { payload } = server.sent[0]!
  assert.equal(payload.message_reference?.message_id, asked.id)
  assert.equal(payload.flags, 4)
  assert.deepEqual(payload.mentions, [])
  assert.equal(payload.mention_everyone, false)
  assert.deepEqual(server.breaches, [])
})

test('an answer to a message that is gone is sent all the same', async () => {
  await using rig = await startRig()
  const asked = rig.ann.says(rig.general, 'where?')
  rig.ann.deletes(asked)
  await rig.channel.send(deliveryTo(rig.general, { text: 'here' }, { replyTo: asked.id }), signal)
  assert.deepEqual(rig.server.texts(rig.general), ['here'])
})

const failures: readonly [string, Fault, DeliveryFailure][] = [
  ['a rate limit', { kind: 'limit', retryAfter: 1.5 }, 'retry'],
  ['a rate limit without reason', { kind: 'page', status: 429 }, 'retry'],
  ['a server error', { kind: 'error', status: 500, code: 0 }, 'uncertain'],
  ["a proxy's error", { kind: 'page', status: 502 }, 'uncertain'],
  ['a connection that breaks before anything was done', { kind: 'cut' }, 'uncertain'],
  ['a lost answer', { kind: 'lost' }, 'uncertain'],
  ['half an answer', { kind: 'half' }, 'uncertain'],
  ['nonsense', { kind: 'garbage' }, 'uncertain'],
  ['an unknown channel', { kind: 'error', status: 404, code: 10003 }, 'dead'],
  ['a channel that is closed to us', { kind: 'error', status: 403, code: 50001 }, 'dead'],
  ['missing rights', { kind: 'error', status: 403, code: 50013 }, 'dead'],
  ['closed direct messages', { kind: 'error', status: 403, code: 50007 }, 'dead'],
  ['no shared server', { kind: 'error', status: 403, code: 50278 }, 'dead'],
  ['a locked thread', { kind: 'error', status: 400, code: 160005 }, 'dead'],
  ['a text Discord does not take', { kind: 'error', status: 400, code: 50035 }, 'rejected'],
  ['a revoked token', { kind: 'error', status: 401, code: 0 }, 'retry'],
  ['an unknown refusal', { kind: 'error', status: 403, code: 99999 }, 'rejected'],
]

for (const [name, fault, failure] of failures) {
  test(`after ${name} a send is ${failure}`, async () => {
    await using rig = await startRig({ timing: { answerMs: 200 } })
    rig.server.fail('create_message', fault)
    const sent = rig.channel.send(deliveryTo(rig.general, { text: 'hello' }), signal)
    await assert.rejects(sent, { name: 'DeliveryError', failure })
  })
}

test('a thread that is gone, locked or closed to us says nothing of its channel', async () => {
  await using rig = await startRig()
  const { channel, general, server, ann } = rig
  const into = (thread: string) =>
    channel.send(deliveryTo(general, { text: 'hello' }, { thread }), signal)
  const opener = ann.says(general, 'a thread starts here')
  ann.deletes(opener)
  await assert.rejects(into(opener.id), { failure: 'rejected', code: 'gone' })
  for (const code of [10003, 50001, 50013, 160005]) {
    server.fail('create_message', { kind: 'error', status: 403, code })
    await assert.rejects(into(opener.id), { failure: 'rejected', code: 'gone' })
  }
})

test('the wait of a rate limit is passed on, and no second call is made within it', async () => {
  await using rig = await startRig()
  const { channel, general, server } = rig
  server.fail('create_message', { kind: 'limit', retryAfter: 1.5 })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await assert.rejects(channel.send(deliveryTo(general, { text: 'hello' }), signal), (error) => {
      assert.ok(error instanceof Error && 'retryAfterMs' in error)
      const wait = Number(error.retryAfterMs)
      assert.ok(wait > 500 && wait <= 1500, String(wait))
      return true
    })
  }
  assert.equal(server.counts.get('create_message'), 1)
})

test('a gateway that is down refuses a send before it leaves', async () => {
  await using rig = await startRig()
  const port = await rig.server.goDown()
  const sent = rig.channel.send(deliveryTo(rig.general, { text: 'hello' }), signal)
  await assert.rejects(sent, { failure: 'retry' })
  await rig.server.listen(port)
})

for (const [name, fault] of [
  ['arrived', { kind: 'lost' }],
  ['did not arrive', { kind: 'cut' }],
] as const) {
  test(`an uncertain send that ${name} is there once after it is proved`, async () => {
    await using rig = await startRig()
    const { channel, general, server } = rig
    server.fail('create_message', fault)
    const delivery = deliveryTo(general, { text: 'once' })
    await assert.rejects(channel.send(delivery, signal), { failure: 'uncertain' })
    const startedAt = Date.now()
    const result = await channel.reconcile(delivery, { ...evidence, startedAt }, signal)
    assert.deepEqual(result, { outcome: 'sent', id: server.sent[0]?.id })
    assert.deepEqual(server.texts(general), ['once'])
  })
}

test('an old uncertain send is looked for in the history', async () => {
  await using rig = await startRig({ server: { nonceMs: 0 } })
  const { ann, channel, general, server } = rig
  const startedAt = Date.now() - 10 * 60_000
  server.fail('create_message', { kind: 'lost' })
  const delivery = deliveryTo(general, { text: 'once' })
  await assert.rejects(channel.send(delivery, signal), { failure: 'uncertain' })
  ann.says(general, 'once')
  const found = await channel.reconcile(delivery, { ...evidence, startedAt }, signal)
  assert.deepEqual(found, { outcome: 'sent', id: server.sent[0]?.id })
  const id = server.sent[0]?.id ?? ''
  const known = async () => [{ chat: general.id, id, at: startedAt, isOwn: true }]
  const another = await channel.reconcile(delivery, { startedAt, known }, signal)
  assert.deepEqual(another, { outcome: 'not-sent' })
  rig.guild.denyBot(general, 'READ_MESSAGE_HISTORY')
  rig.guild.denyBot(general, 'VIEW_CHANNEL')
  const hidden = await channel.reconcile(delivery, { ...evidence, startedAt }, signal)
  assert.deepEqual(hidden, {
    outcome: 'unknown',
    reason: 'the bot may not read what was said in the chat',
  })
})

test('a proof that is refused looks into the history instead', async () => {
  await using rig = await startRig()
  const { channel, general, server } = rig
  server.fail('create_message', { kind: 'lost' })
  const delivery = deliveryTo(general, { text: 'once' })
  await assert.rejects(channel.send(delivery, signal), { failure: 'uncertain' })
  rig.guild.denyBot(general, 'SEND_MESSAGES')
  const startedAt = Date.now()
  const result = await channel.reconcile(delivery, { ...evidence, startedAt }, signal)
  assert.deepEqual(result, { outcome: 'sent', id: server.sent[0]?.id })
})

test('an edit replaces text and buttons and may be repeated', async () => {
  await using rig = await startRig()
  const { channel, general, server } = rig
  const chunk = { text: 'May I?', buttons: [[{ label: 'Yes', data: 'q1:yes' }]] }
  const { id } = await channel.send(deliveryTo(general, chunk), signal)
  for (let round = 0; round < 2; round += 1)
    await channel.edit(id, deliveryTo(general, { text: 'Yes, said Ann.' }), signal)
  assert.deepEqual(server.texts(general), ['Yes, said Ann.'])
  assert.deepEqual(server.sent[0]?.payload.components, [])
  server.fail('update_message', { kind: 'lost' })
  const cut = channel.edit(id, deliveryTo(general, { text: 'again' }), signal)
  await assert.rejects(cut, { failure: 'retry' })
  server.fail('update_message', { kind: 'error', status: 404, code: 10008 })
  const gone = channel.edit(id, deliveryTo(general, { text: 'again' }), signal)
  await assert.rejects(gone, { failure: 'rejected', code: 'gone' })
  assert.deepEqual(server.breaches, [])
})

test('a file goes out with its name; one that is too large does not leave', async () => {
  await using rig = await startRig()
  const { channel, general, server } = rig
  const folder = await mkdtemp(path.join(tmpdir(), 'discord-'))
  try {
    const filePath = path.join(folder, 'abc')
    await writeFile(filePath, 'the content')
    const file = { sha256: 'abc', name: 'notes.txt', mime: 'text/plain', size: 11 }
    await channel.send(deliveryTo(general, { text: '', file }, { filePath }), signal)
    const [sent] = server.sent[0]?.files ?? []
    assert.deepEqual([sent?.name, String(sent?.content)], ['notes.txt', 'the content'])
    const large = { ...file, size: 31 * 1024 * 1024 }
    const tried = channel.send(deliveryTo(general, { text: '', file: large }, { filePath }), signal)
    await assert.rejects(tried, {
      failure: 'rejected',
      message: 'notes.txt has 31 MB; Discord takes 10 MB here.',
    })
    assert.equal(server.counts.get('create_message'), 1)
  } finally {
    await rm(folder, { recursive: true })
  }
  assert.deepEqual(server.breaches, [])
})

test('a file of a person is fetched, also after its address has expired', async () => {
  await using rig = await startRig()
  const { ann, host, channel, server } = rig
  ann.says(ann.dm, '', { attachments: [{ name: 'a.txt', content: Buffer.from('words') }] })
  const message = await host.waitFor(() => host.messages[0])
  const [attachment] = message.attachments
  assert.ok(attachment)
  assert.equal(String(await buffer(await channel.fetch(attachment, signal))), 'words')
  const ref = attachment.ref.replace(/ex=[0-9a-f]+/, 'ex=5f000000')
  const late = await channel.fetch({ ...attachment, ref }, signal)
  assert.equal(String(await buffer(late)), 'words')
  assert.equal(server.counts.get('get_message'), 1)
  const elsewhere = attachment.ref.replace(/ http.*/, ' http://192.0.2.1/secret')
  await assert.rejects(channel.fetch({ ...attachment, ref: elsewhere }, signal), {
    failure: 'rejected',
  })
})

test('typing shows, reactions come and go', async () => {
  await using rig = await startRig()
  const { ann, channel, general, server } = rig
  const said = ann.says(general, 'hello')
  const to = deliveryTo(general, { text: '' }).to
  await channel.typing(to, signal)
  await channel.react(to, said.id, '👀', signal)
  assert.deepEqual([...said.reactions.keys()], ['👀'])
  await channel.react(to, said.id, null, signal)
  assert.equal(said.reactions.size, 0)
  assert.deepEqual(server.breaches, [])
})

test('commands are registered once and again only when they change', async () => {
  await using rig = await startRig()
  const { channel, server } = rig
  const commands = [
    { name: 'status', description: 'How it goes' },
    { name: 'Not A Name', description: 'left out' },
  ]
  await channel.publishCommands(commands, signal)
  await channel.publishCommands(commands, signal)
  assert.equal(server.counts.get('bulk_set_application_commands'), 1)
  await channel.publishCommands([{ name: 'status', description: 'Anew' }], signal)
  assert.equal(server.counts.get('bulk_set_application_commands'), 2)
  assert.deepEqual(server.breaches, [])
})

test('a send that is under way when the channel stops may have arrived', async () => {
  await using rig = await startRig()
  const { channel, general, server } = rig
  server.fail('create_message', { kind: 'hang', acts: true })
  const sending = channel.send(deliveryTo(general, { text: 'hello' }), signal)
  const refused = assert.rejects(sending, { failure: 'uncertain' })
  await server.waitFor(() => server.texts(general).includes('hello'))
  await channel.stop()
  await refused
})
