import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { type LoadOptions, load, parseConfig } from '../config/load.ts'
import { systemClock } from '../core/clock.ts'
import { Events } from '../core/events.ts'
import type { ChannelAdapter } from '../core/ports.ts'
import { DiskBlobStore } from '../storage/blobs.ts'
import { openStore } from '../storage/open.ts'
import { startTelegramServer, type TelegramServer } from '../test/servers/telegram.ts'
import { Agents } from './agents.ts'
import { assembleCore } from './core-parts.ts'
import { startGateway } from './gateway.ts'
import { LiveConfig } from './live-config.ts'
import { openLog } from './log.ts'

type Changes = {
  readonly access?: object
  readonly telegram?: object
  readonly channels?: object
  readonly queue?: object
  readonly agents?: object
  readonly http?: object
}

function configFor(server: TelegramServer, changes: Changes = {}): object {
  const { access, telegram, channels, ...rest } = changes
  return {
    dataDir: './data',
    http: { port: 0 },
    agents: { main: { runtime: { type: 'echo' } } },
    queue: { debounceMs: 0 },
    ...rest,
    channels: {
      telegram: {
        type: 'telegram',
        token: server.token,
        apiRoot: server.url,
        access: { dm: 'open', ...access },
        ...telegram,
      },
      ...channels,
    },
  }
}

/** A configuration in use, with everything it drives, over a strict Telegram server. */
async function startLive() {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-live-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(dir, { recursive: true, force: true }))
  const server = undo.use(await startTelegramServer())
  const options: LoadOptions = { env: {}, cwd: dir, home: dir }
  const parse = (changes: Changes) =>
    parseConfig(stringify(configFor(server, changes)), join(dir, 'jackdaw.yaml'), options)

  const clock = systemClock
  const store = await openStore({ dataDir: dir })
  undo.defer(() => store.close())
  const blobs = await DiskBlobStore.open(join(dir, 'attachments'))
  const agents = new Agents({ clock, env: {}, onChoice: () => undefined })
  const events = new Events()
  const core = assembleCore({
    store,
    blobs,
    clock,
    events,
    agents,
    settings: () => live.settings,
  })
  const { channels, dispatcher, outbox } = core
  const made: ChannelAdapter[] = []
  const onAdapter = (adapter: ChannelAdapter) => made.push(adapter)
  const onApplied = () => dispatcher.wake()
  const live: LiveConfig = new LiveConfig(parse({}), {
    channels,
    agents,
    clock,
    blobs,
    onAdapter,
    onApplied,
  })
  agents.use(live.config)
  await outbox.start()
  await dispatcher.start()
  await live.makeAdapters()
  live.startChannels()
  undo.defer(async () => {
    const noGrace = AbortSignal.abort()
    await channels.pause()
    await dispatcher.stop(noGrace)
    await outbox.stop(noGrace)
    await channels.stop()
    await agents.close()
  })
  await channels.settled()
  const all = undo.move()
  return {
    server,
    live,
    events,
    channels,
    agents,
    /** How often the Telegram channel was made. */
    timesMade: () => made.filter(({ name }) => name === 'telegram').length,
    change: (changes: Changes) => live.apply(parse(changes)),
    hears: (chat: number, text: string) => server.waitFor(() => server.texts(chat).includes(text)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

test('a changed policy counts from the next message, without a new connection', async () => {
  await using rig = await startLive()
  rig.server.says(5, 'one')
  await rig.hears(5, 'one')
  const { lines } = await rig.change({ access: { dm: 'allowlist', allow: [6] } })
  assert.match(lines[0] ?? '', /^The configuration was changed: channel telegram changed\.$/)
  rig.server.says(5, 'two')
  rig.server.says(6, 'three')
  await rig.hears(6, 'three')
  assert.deepEqual(rig.server.texts(5), ['one'])
  assert.equal(rig.timesMade(), 1)
})

test('a channel whose connection changed is made anew', async () => {
  await using rig = await startLive()
  await rig.change({ telegram: { stream: 'off' } })
  await rig.channels.settled()
  assert.equal(rig.timesMade(), 2)
  rig.server.says(5, 'hello')
  await rig.hears(5, 'hello')
})

test('a channel that is added starts, one that is removed or switched off stops', async () => {
  await using rig = await startLive()
  const has = (name: string) => rig.channels.statuses().has(name)
  await rig.change({ channels: { page: { type: 'web' } } })
  await rig.channels.settled()
  assert.equal(rig.channels.statuses().get('page')?.state, 'up')
  await rig.change({ telegram: { enabled: false } })
  assert.deepEqual([has('telegram'), has('page')], [false, false])
})

test('changes that come at once are applied one after the other, and a channel is never there twice', async () => {
  await using rig = await startLive()
  await Promise.all([
    rig.change({ telegram: { stream: 'off' } }),
    rig.change({ telegram: { stream: 'edit' } }),
    rig.change({ telegram: { stream: 'draft' } }),
  ])
  await rig.channels.settled()
  rig.server.says(5, 'hello')
  await rig.hears(5, 'hello')
  assert.equal(rig.timesMade(), 4)
})

test('an agent that changed answers the next message in its new way', async () => {
  await using rig = await startLive()
  await rig.change({ agents: { main: { runtime: { type: 'echo', prefix: 'new: ' } } } })
  rig.server.says(5, 'hello')
  await rig.hears(5, 'new: hello')
})

test('a raised limit of runs at a time counts for what waits already', async () => {
  await using rig = await startLive()
  const model = createServer().listen(0, '127.0.0.1')
  using undo = new DisposableStack()
  undo.defer(() => {
    model.closeAllConnections()
    model.close()
  })
  await once(model, 'listening')
  const asked = on(model, 'request')
  const address = model.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const runtime = { type: 'openai', baseUrl: `http://127.0.0.1:${port}/v1`, model: 'silent' }
  const change = (concurrency: number) =>
    rig.change({ agents: { main: { runtime } }, queue: { debounceMs: 0, concurrency } })
  await change(1)
  rig.server.says(5, 'one')
  await asked.next()
  const stored = Promise.withResolvers<void>()
  rig.events.subscribe(({ type }) => type === 'message.received' && stored.resolve())
  rig.server.says(6, 'two')
  await stored.promise
  await change(2)
  await asked.next()
})

test('what needs a restart says so, and the same configuration changes nothing', async () => {
  await using rig = await startLive()
  assert.deepEqual((await rig.change({})).lines, [])
  const { lines } = await rig.change({ http: { port: 12_345 }, queue: { debounceMs: 5 } })
  assert.match(lines.join('\n'), /http\.port will count after a restart\./)
  assert.equal(rig.live.settings.queue.debounceMs, 5)
})

test('a broken edit of the file is refused with its reason; the one in use stays until it is mended', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-edit-'))
  await using server = await startTelegramServer()
  const file = join(dir, 'jackdaw.yaml')
  const replace = async (text: string) => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await replace(stringify(configFor(server)))
  const loadOptions: LoadOptions = { env: {}, cwd: dir, home: dir }
  const refused = Promise.withResolvers<string>()
  const changed = Promise.withResolvers<string>()
  const stderr = {
    write(line: string) {
      if (line.includes('is refused')) refused.resolve(line)
      if (line.includes('The configuration was changed')) changed.resolve(line)
    },
  }
  await using gateway = await startGateway({
    loaded: await load(loadOptions),
    loadOptions,
    version: 'test',
    openLog: (secrets) => openLog({ level: 'info', secrets, stderr }),
  })
  await replace('channels: { telegram: { type: telegraph } }')
  assert.match(await refused.promise, /telegraph/)
  server.says(5, 'one')
  await server.waitFor(() => server.texts(5).includes('one'))
  await replace(stringify(configFor(server, { access: { dm: 'allowlist', allow: [6] } })))
  await changed.promise
  server.says(5, 'two')
  server.says(6, 'three')
  await server.waitFor(() => server.texts(6).includes('three'))
  await gateway.stop()
  assert.deepEqual(server.texts(5), ['one'])
  await rm(dir, { recursive: true })
})
