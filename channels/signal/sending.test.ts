import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeliveryError } from '../../core/errors.ts'
import { signal, startSignalRig } from '../../test/fakes/signal-channel.ts'

async function failureOf(call: Promise<unknown>): Promise<DeliveryError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof DeliveryError, String(error))
    return error
  }
  return assert.fail('It did not fail.')
}

for (const answers of ['array', 'object'] as const) {
  test(`a text goes out and has its time and our uuid as id, answered by an ${answers}`, async () => {
    await using rig = await startSignalRig({ server: { answers } })
    const ann = rig.server.person('Ann')
    const { id } = await rig.channel.send(rig.deliveryOf(ann.uuid, 'hello'), signal)
    const [sent] = rig.server.sent
    assert.equal(id, `${sent?.timestamp}.${rig.server.self.uuid}`)
    assert.deepEqual(rig.server.texts(ann), ['hello'])
    assert.deepEqual(rig.server.breaches, [])
  })
}

test('an answer in a group quotes what it answers', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const group = rig.server.group('Team', [ann])
  const said = ann.says('why?', { group })
  const question = await rig.host.waitFor(() => rig.host.messages[0])
  const to = { chatKind: 'group', replyTo: question.id } as const
  await rig.channel.send(rig.deliveryOf(question.address.chat, 'because', to), signal)
  const [sent] = rig.server.sent
  assert.equal(sent?.group, group)
  assert.deepEqual(sent?.quote, { timestamp: said.timestamp, author: ann.uuid, text: 'why?' })
  assert.deepEqual(rig.server.breaches, [])
})

test('styles arrive as styles, in pieces of at most two thousand bytes', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const { chunks } = await rig.channel.render({
    text: `**Bold** and \`2 * 3\`, ~/notes\n\n${'Grüße aus Köln. '.repeat(200)}`,
    format: 'markdown',
  })
  for (const chunk of chunks) await rig.channel.send(rig.deliveryOf(ann.uuid, chunk), signal)
  const [first] = rig.server.sent
  assert.match(first?.text ?? '', /^Bold and 2 \* 3, ~\/notes\n/)
  assert.deepEqual(
    first?.styles.map(({ style }) => style),
    ['BOLD', 'MONOSPACE'],
  )
  assert.equal(rig.server.sent.length, 2)
  for (const { text } of rig.server.sent) assert.ok(Buffer.byteLength(text) <= 2000)
  const plain = await rig.channel.render({ text: '**not bold**', format: 'plain' })
  assert.equal(plain.chunks[0]?.text, '**not bold**')
})

test('a text nobody could see makes no message', async () => {
  await using rig = await startSignalRig()
  for (const format of ['plain', 'markdown'] as const) {
    assert.deepEqual((await rig.channel.render({ text: '\u200B\u200D', format })).chunks, [])
  }
})

test('each edit names the version before it, and what is said of any version is of the first', async () => {
  await using rig = await startSignalRig()
  const { server, channel, host } = rig
  const ann = server.person('Ann')
  const { id } = await channel.send(rig.deliveryOf(ann.uuid, 'one'), signal)
  for (const text of ['two', 'three']) {
    assert.deepEqual(await channel.edit(id, rig.deliveryOf(ann.uuid, text), signal), { id })
  }
  assert.deepEqual(server.texts(ann), ['three'])
  assert.deepEqual(server.breaches, [])
  const [sent] = server.sent
  const latest = { timestamp: sent?.versions.at(-1) ?? 0, author: server.world.self }
  ann.reacts(latest, '👍')
  const event = await host.waitFor(() => host.events[0])
  assert.equal(event.type === 'reaction' && event.messageId, id)
  const gone = await failureOf(channel.edit('x', rig.deliveryOf(ann.uuid, 'y'), signal))
  assert.equal(gone.failure, 'rejected')
})

test('edits of people keep the id of the first version', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const said = ann.says('mlik')
  const second = ann.edits(said, 'milk')
  const third = ann.edits(second, 'milk, please')
  await rig.host.waitFor(() => rig.host.events.length === 3)
  assert.deepEqual(
    rig.host.events.map(
      (event) => event.type === 'edit' && [event.message.id, event.message.version],
    ),
    [
      false,
      [`${said.timestamp}.${ann.uuid}`, second.timestamp],
      [`${said.timestamp}.${ann.uuid}`, third.timestamp],
    ],
  )
})

test('a file goes out with its name and its words', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-'))
  try {
    const path = join(folder, 'blob')
    const content = Buffer.alloc(700_001, 'jackdaw')
    await writeFile(path, content)
    const file = {
      sha256: 'x',
      name: 'Übersicht/1;2.txt',
      mime: 'text/plain',
      size: content.length,
    }
    await rig.channel.send(rig.deliveryOf(ann.uuid, { text: 'look', file }, {}, path), signal)
    const [sent] = rig.server.sent
    assert.equal(sent?.text, 'look')
    assert.equal(sent?.files[0]?.name, 'Übersicht_1_2.txt')
    assert.ok(sent?.files[0]?.content.equals(content))
    // The server goes away before all of it has gone out: nobody can have read half of it.
    await writeFile(path, Buffer.alloc(20_000_000))
    let isReached = false
    rig.server.faults.plan = (call) => {
      isReached = call === 'POST /v2/send'
      return isReached ? { kind: 'hang', acts: false, leavesBody: true } : undefined
    }
    const big = rig.deliveryOf(ann.uuid, { text: '', file }, {}, path)
    const stopped = new AbortController()
    const failing = failureOf(rig.channel.send(big, stopped.signal))
    await rig.server.waitFor(() => isReached)
    stopped.abort()
    assert.equal((await failing).failure, 'retry')
    assert.deepEqual(rig.server.breaches, [])
  } finally {
    await rm(folder, { recursive: true })
  }
})
