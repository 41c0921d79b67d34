import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { type SignalServer, startSignalServer } from '../../../test/servers/signal.ts'
import { makeSpoolFolder, type SpoolProcess, textsOf } from '../../../test/servers/signal-spool.ts'

const webhook = { name: 'signal', secret: 'a-secret-of-some-length' }

const accountOf = ({ account, url }: SignalServer) => ({ account, url })

/** Everything that waits, once there are so many. */
async function pulled(spool: SpoolProcess, account: string, count: number): Promise<string[]> {
  const frames = new Map<number, unknown>()
  for (let after = 0; frames.size < count; ) {
    const page = await spool.pull(account, 5_000, after)
    for (const { id, frame } of page.frames) frames.set(id, frame)
    after = page.frames.at(-1)?.id ?? after
  }
  return textsOf([...frames.values()])
}

const upTo = async (spool: SpoolProcess, account: string) =>
  (await spool.pull(account)).frames.at(-1)?.id ?? 0

const connected = (server: SignalServer) => server.waitFor(() => server.reader.connections() === 1)

async function say(server: SignalServer, from: number, to: number): Promise<string[]> {
  const texts = Array.from({ length: to - from }, (_, index) => String(from + index))
  for (const text of texts) server.self.says(text)
  return texts
}

test('what comes while nobody pulls waits, through a kill, until it is acknowledged', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  const { account } = server
  const first = await folder.start()
  await first.listen(accountOf(server))
  await connected(server)
  const early = await say(server, 0, 100)
  assert.deepEqual(await pulled(first, account, 100), early)
  await first.kill('SIGKILL')
  await server.waitFor(() => server.reader.connections() === 0)
  // Nobody tells the second one for whom to listen.
  const second = await folder.start()
  await connected(server)
  const late = await say(server, 100, 150)
  assert.deepEqual(await pulled(second, account, 150), [...early, ...late])
  await second.client.acknowledge(account, await upTo(second, account), AbortSignal.timeout(5_000))
  assert.deepEqual((await second.pull(account)).frames, [])
  assert.equal(await second.kill('SIGTERM'), 0)
})

test('a pull waits for the next frame, and the same frames come until they are acknowledged', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  const { account } = server
  const spool = await folder.start()
  await spool.listen(accountOf(server))
  await connected(server)
  while ((await spool.pull(account, 1_000)).account?.state !== 'up');
  const waiting = spool.pull(account, 30_000)
  server.self.says('hello')
  assert.deepEqual(textsOf((await waiting).frames.map(({ frame }) => frame)), ['hello'])
  // As after a gateway that died between the pull and the acknowledgement.
  assert.equal((await spool.pull(account)).frames.length, 1)
})

test('by WebSocket and by webhook together each message is there once', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer({ dropsInBursts: true })
  const spool = await folder.start()
  await spool.listen({ ...accountOf(server), webhook })
  await connected(server)
  server.reader.webhookUrl = `${spool.url}/webhooks/signal?secret=${webhook.secret}`
  const texts = await say(server, 0, 200)
  server.self.types()
  await server.waitFor(() => server.reader.posts.length === 201)
  assert.deepEqual(await pulled(spool, server.account, 200), texts)
  assert.ok(server.reader.posts.every((status) => status === 200))
  const { account } = await spool.pull(server.account)
  assert.equal(account?.waiting, 200)
  assert.ok((account?.repeated ?? 0) > 0, 'the WebSocket brought none of them')
})

test('a post that was answered with 200 survives a kill at any moment', async () => {
  await using folder = await makeSpoolFolder()
  const account = '+4915112345678'
  const kept: string[] = []
  for (let round = 0; round < 5; round += 1) {
    const spool = await folder.start()
    await spool.listen({ account, url: 'http://127.0.0.1:1', webhook })
    const url = `${spool.url}/webhooks/signal?secret=${webhook.secret}`
    const posting = postUntilDead(url, `${round}`, kept)
    while (kept.filter((text) => text.startsWith(`${round}/`)).length < 5 + round * 3)
      await new Promise(setImmediate)
    await spool.kill('SIGKILL')
    await posting
  }
  const spool = await folder.start()
  const there = await pulled(spool, account, kept.length)
  assert.deepEqual(
    kept.filter((text) => !there.includes(text)),
    [],
  )
  // At most the one under way at each kill was stored and not answered.
  assert.ok(there.length <= kept.length + 5)
})

async function postUntilDead(url: string, round: string, kept: string[]): Promise<void> {
  for (let index = 0; ; index += 1) {
    const message = `${round}/${index}`
    const params = { envelope: { dataMessage: { message } }, account: '+4915112345678' }
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'receive', params })
    const status = await fetch(url, { method: 'POST', body }).then(
      (response) => response.status,
      () => 0,
    )
    if (status !== 200) return
    kept.push(message)
  }
}

test('without the token or the secret nothing is said and nothing is taken', async () => {
  await using folder = await makeSpoolFolder()
  const spool = await folder.start()
  await spool.listen({ account: '+1', url: 'http://127.0.0.1:1', webhook })
  const call = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${spool.url}${path}`, init)).status
  assert.equal(await call('/health'), 401)
  assert.equal(await call('/stop', { method: 'POST', headers: { authorization: 'Bearer x' } }), 401)
  const post = { method: 'POST', body: '{"params":{"envelope":{}}}' }
  assert.equal(await call('/webhooks/signal', post), 401)
  assert.equal(await call('/webhooks/other?secret=', post), 401)
  assert.equal(await call(`/webhooks/signal?secret=${webhook.secret}`, { ...post, body: '{' }), 400)
  assert.equal(await call(`/webhooks/signal?secret=${webhook.secret}`, post), 200)
})

test('an account that moves is followed, and one that is left out is let go', async () => {
  await using folder = await makeSpoolFolder()
  await using server = await startSignalServer()
  await using other = await startSignalServer()
  const spool = await folder.start()
  await spool.listen(accountOf(server))
  await connected(server)
  await spool.listen({ account: server.account, url: other.url })
  await connected(other)
  await server.waitFor(() => server.reader.connections() === 0)
  await spool.client.setAccounts([], true, AbortSignal.timeout(5_000))
  await other.waitFor(() => other.reader.connections() === 0)
  assert.deepEqual((await spool.client.health(AbortSignal.timeout(5_000))).accounts, [])
})

test('a port that is taken ends the spool with a sentence', async () => {
  await using folder = await makeSpoolFolder()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await assert.rejects(folder.start(port), /ended with 1: .*cannot listen at 127\.0\.0\.1/s)
  taken.close()
})
