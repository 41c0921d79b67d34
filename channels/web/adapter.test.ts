import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { DeliveryError, RequestError, TooLargeError } from '../../core/errors.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { ChannelHost } from '../../core/ports.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import { WebChannel } from './adapter.ts'

const sender = { id: 'operator', name: 'Operator' }
const hello = { chat: 'c1', text: 'hello', attachments: [], idempotencyKey: 'k1', sender }

async function openChannel(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-web-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const blobs = await DiskBlobStore.open(dir)
  const channel = new WebChannel({ name: 'page', blobs, clock: systemClock, maxBytes: 10 })
  const received: InboundEvent[] = []
  const host: ChannelHost = {
    async receive(events) {
      received.push(...events)
    },
    report: () => undefined,
    alive: () => undefined,
    places: async () => [],
    notice: async () => undefined,
  }
  return { channel, received, host }
}

const refused = (error: unknown) => error instanceof RequestError && error.status === 503

test('a message is received with its key, its chat and its sender', async (t) => {
  const { channel, received, host } = await openChannel(t)
  assert.equal((await channel.start(host)).account, 'web')
  const address = await channel.submit(hello)
  assert.deepEqual(address, { channel: 'page', account: 'web', chat: 'c1' })
  const [event] = received
  assert.ok(event?.type === 'message')
  assert.equal(event.message.id, 'k1')
  assert.equal(event.message.chatKind, 'dm')
  assert.deepEqual(event.message.sender, sender)
})

test('a file of a message can be fetched by what the message says of it', async (t) => {
  const { channel, received, host } = await openChannel(t)
  await channel.start(host)
  const file = { name: 'a:b.txt', mime: 'text/plain', content: Buffer.from('content') }
  await channel.submit({ ...hello, attachments: [file] })
  const [event] = received
  assert.ok(event?.type === 'message')
  const [attachment] = event.message.attachments
  assert.ok(attachment)
  assert.equal(attachment.name, 'a:b.txt')
  assert.equal(attachment.size, 7)
  assert.equal(await text(await channel.fetch(attachment)), 'content')
})

test('a file that is too large is refused and nothing is received', async (t) => {
  const { channel, received, host } = await openChannel(t)
  await channel.start(host)
  const file = { name: 'a', mime: 'text/plain', content: Buffer.alloc(11) }
  await assert.rejects(channel.submit({ ...hello, attachments: [file] }), TooLargeError)
  assert.deepEqual(received, [])
})

test('a reference that is not of this channel cannot be fetched', async (t) => {
  const { channel } = await openChannel(t)
  for (const ref of ['', 'blob:../../etc/passwd:x', 'file-id']) {
    await assert.rejects(channel.fetch({ ref, kind: 'document' }), DeliveryError)
  }
})

test('before the start, after a pause and after the stop nothing is taken', async (t) => {
  const { channel, host } = await openChannel(t)
  await assert.rejects(channel.submit(hello), refused)
  await channel.start(host)
  await channel.pause()
  await channel.pause()
  await assert.rejects(channel.submit(hello), refused)
  await assert.rejects(channel.press({ chat: 'c1', data: 'x', sender }), refused)
  await channel.stop()
  await channel.stop()
  await channel.start(host)
  await channel.submit(hello)
})

test('a pause waits for what is being received', async (t) => {
  const { channel, host } = await openChannel(t)
  const stored = Promise.withResolvers<void>()
  await channel.start({ ...host, receive: () => stored.promise })
  const steps: string[] = []
  const submitted = channel.submit(hello).then(() => steps.push('submitted'))
  const paused = channel.pause().then(() => steps.push('paused'))
  stored.resolve()
  await Promise.all([submitted, paused])
  assert.deepEqual(steps.toSorted(), ['paused', 'submitted'])
})

test('a message that cannot be stored is the error of whoever sent it', async (t) => {
  const { channel, host } = await openChannel(t)
  await channel.start({ ...host, receive: () => Promise.reject(new Error('disk full')) })
  await assert.rejects(channel.submit(hello), /disk full/)
})

test('a press is received as it was', async (t) => {
  const { channel, received, host } = await openChannel(t)
  await channel.start(host)
  await channel.press({ chat: 'c1', data: 'q1:yes', sender })
  assert.ok(received[0]?.type === 'press')
  assert.equal(received[0].data, 'q1:yes')
})

test('a delivery has arrived with its row', async (t) => {
  const { channel } = await openChannel(t)
  const to = { channel: 'page', account: 'web', chat: 'c1', chatKind: 'dm' } as const
  const delivery = { id: 'd1', key: 'r1:0', to, chunk: { text: 'hi' } }
  assert.deepEqual(await channel.send(delivery), { id: 'r1:0' })
  assert.deepEqual(await channel.edit('m9'), { id: 'm9' })
})
