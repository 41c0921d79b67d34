import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../core/clock.ts'
import { RecordingHost } from '../../test/fakes/channel-host.ts'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { signal } from '../../test/fakes/telegram-channel.ts'
import { startTelegramServer, type TelegramServer } from '../../test/servers/telegram.ts'
import { TelegramChannel } from './adapter.ts'
import { WebhookReceiver } from './webhook.ts'

const secret = 'a-long_secret'
const header = 'x-telegram-bot-api-secret-token'

/** A gateway with nothing but the webhook's route. */
class Front implements AsyncDisposable {
  readonly host = new RecordingHost()
  readonly #server: TelegramServer
  readonly #clock: Clock
  readonly #http: Server
  #channel: TelegramChannel | undefined

  constructor(server: TelegramServer, clock: Clock = systemClock) {
    this.#clock = clock
    this.#server = server
    this.#http = createServer(async (request, response) => {
      const status = await this.channel.webhook?.handle(request.headers, await text(request))
      response.writeHead(status ?? 404).end()
    })
  }

  get channel(): TelegramChannel {
    return this.#channel ?? assert.fail('not started')
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve))
    const address = this.#http.address()
    const port = typeof address === 'object' && address ? address.port : 0
    this.#channel = new TelegramChannel({
      name: 'telegram',
      token: this.#server.token,
      apiRoot: this.#server.url,
      clock: this.#clock,
      webhook: { path: '/hooks/telegram', secret, publicUrl: `http://127.0.0.1:${port}` },
    })
    await this.#channel.start(this.host, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel?.stop()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

test('updates come in by webhook, in order, and an update that is not stored is posted again', async () => {
  await using server = await startTelegramServer()
  server.says(5, 'before the start')
  await using front = new Front(server)
  await front.start()
  assert.equal(front.host.state, 'up')
  let refusals = 2
  front.host.onReceive = async () => {
    if (refusals-- > 0) throw new Error('disk full')
  }
  for (let index = 0; index < 20; index += 1) server.says(5, `message ${index}`)
  await front.host.waitFor(() => front.host.messages.length === 21)
  const expected = [
    'before the start',
    ...Array.from({ length: 20 }, (_, index) => `message ${index}`),
  ]
  assert.deepEqual(
    front.host.messages.map((message) => message.text),
    expected,
  )
  assert.equal(server.session.updates.refused, 2)
})

test('a webhook that somebody took is put back', async () => {
  const clock = new ManualClock()
  await using server = await startTelegramServer()
  await using front = new Front(server, clock)
  await front.start()
  const url = server.session.updates.webhook?.url
  server.session.updates.setWebhook(undefined, false)
  await clock.untilSleeping()
  await clock.advance(60_000)
  await server.waitFor(() => server.session.updates.webhook?.url === url)
  server.says(5, 'hello')
  await front.host.waitFor(() => front.host.messages.length === 1)
})

test('after a pause posts are refused, so that Telegram keeps them', async () => {
  await using server = await startTelegramServer()
  await using front = new Front(server)
  await front.start()
  await front.channel.pause()
  server.says(5, 'later')
  const body = JSON.stringify({ update_id: 1 })
  assert.equal(await front.channel.webhook?.handle({ [header]: secret }, body), 503)
  assert.deepEqual(front.host.messages, [])
})

test('a post without the secret, or without JSON, is refused', async () => {
  const receiver = new WebhookReceiver({ path: '/hook', secret, publicUrl: 'https://example.org' })
  const taken: unknown[] = []
  receiver.open(async (updates) => {
    taken.push(...updates)
  })
  assert.equal(receiver.url, 'https://example.org/hook')
  assert.equal(await receiver.handle({}, '{}'), 401)
  assert.equal(await receiver.handle({ [header]: `${secret}x` }, '{}'), 401)
  assert.equal(await receiver.handle({ [header]: [secret] }, '{}'), 401)
  assert.equal(await receiver.handle({ [header]: secret }, '{"cut'), 400)
  assert.equal(await receiver.handle({ [header]: secret }, '{"update_id":1}'), 200)
  assert.deepEqual(taken, [{ update_id: 1 }])
})
