import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError } from './errors.ts'
import { hash, load, parseConfig } from './load.ts'

async function folders() {
  const root = await mkdtemp(join(tmpdir(), 'jackdaw-config-'))
  const cwd = join(root, 'work')
  const home = join(root, 'home')
  await mkdir(cwd)
  await mkdir(join(home, '.config', 'jackdaw'), { recursive: true })
  return {
    cwd,
    home,
    env: {},
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

function parse(text: string, env: Record<string, string> = {}) {
  const surroundings = { env, cwd: '/work', home: '/home/eva', timezone: 'Europe/Berlin' }
  return parseConfig(text, '/etc/jackdaw/jackdaw.yaml', surroundings)
}

test('without a file the defaults apply, below the working directory', async () => {
  await using place = await folders()
  const { config, file, notices } = await load({ ...place, timezone: 'Europe/Berlin' })
  assert.equal(file, undefined)
  assert.deepEqual(notices, [])
  assert.equal(config.dataDir, join(place.cwd, 'data'))
  assert.equal(config.storage.url, `sqlite:${join(place.cwd, 'data', 'jackdaw.db')}`)
  assert.equal(config.timezone, 'Europe/Berlin')
  assert.deepEqual(config.http, {
    host: '127.0.0.1',
    port: 7700,
    token: '',
    publicUrl: '',
    allowedHosts: [],
  })
  assert.deepEqual(Object.keys(config.channels), ['web'])
  assert.equal(config.channels['web']?.enabled, true)
  assert.deepEqual(config.agents['main']?.runtime, { type: 'auto' })
  assert.equal(config.agents['main']?.workspace, join(place.cwd, 'data', 'workspaces', 'main'))
  assert.equal(config.heartbeat.agent, 'main')
  assert.equal(config.queue.senderPerMinute, 20)
})

test('the file is looked for by argument, environment, working directory, home, in this order', async () => {
  await using place = await folders()
  const put = async (file: string, port: number) => {
    await writeFile(file, `http: { port: ${port} }`)
    return file
  }
  const portOf = async (options: { env?: Record<string, string>; file?: string } = {}) =>
    (await load({ ...place, ...options })).config.http.port
  await put(join(place.home, '.config', 'jackdaw', 'jackdaw.yaml'), 1004)
  assert.equal(await portOf(), 1004)
  await put(join(place.cwd, 'jackdaw.yaml'), 1003)
  assert.equal(await portOf(), 1003)
  await put(join(place.cwd, 'named.yaml'), 1002)
  const env = { JACKDAW_CONFIG: 'named.yaml' }
  assert.equal(await portOf({ env }), 1002)
  assert.equal(await portOf({ env: { JACKDAW_CONFIG: '' } }), 1003)
  const file = await put(join(place.cwd, 'argument.yaml'), 1001)
  assert.equal(await portOf({ env, file }), 1001)
})

test('a file that was named and is not there is an error with exit code 78', async () => {
  await using place = await folders()
  const file = join(place.cwd, 'gone.yaml')
  await assert.rejects(load({ ...place, file }), (error) => {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.exitCode, 78)
    assert.match(error.message, /gone\.yaml has 1 problem:\n {2}there is no such file\./)
    return true
  })
  await assert.rejects(load({ ...place, file: place.cwd }), /this is a folder/)
})

test('a file that is too large is refused', async () => {
  await using place = await folders()
  const file = join(place.cwd, 'jackdaw.yaml')
  await writeFile(file, `# ${'x'.repeat(1024 * 1024)}`)
  await chmod(file, 0o600)
  await assert.rejects(load(place), /larger than 1 MiB/)
})

test('an empty file and empty sections mean the defaults', () => {
  const defaults = parse('').config
  assert.deepEqual(parse('# nothing\n').config, defaults)
  assert.deepEqual(parse('http:\nchannels:\nqueue:\nroutes:\n').config, defaults)
  assert.deepEqual(parse('agents:\n  main:\n').config, defaults)
})

test('relative paths start at the folder of the file', () => {
  const { config } = parse(`
dataDir: var
agents:
  main: { workspace: ~/agent }
  other: { workspace: <dataDir>/x, runtime: { type: acp, command: [run] } }
`)
  assert.equal(config.dataDir, '/etc/jackdaw/var')
  assert.equal(config.agents['main']?.workspace, '/home/eva/agent')
  assert.equal(config.agents['other']?.workspace, '/etc/jackdaw/var/x')
  const runtime = config.agents['other']?.runtime
  assert.equal(runtime?.type === 'acp' && runtime.cwd, '/etc/jackdaw/var/x')
  assert.equal(
    parse('storage: { url: "sqlite:a.db" }').config.storage.url,
    'sqlite:/etc/jackdaw/a.db',
  )
  assert.equal(parse('storage: { url: "postgres://h/d" }').config.storage.url, 'postgres://h/d')
})

test('off may be written as false, and ids as numbers', () => {
  const { config } = parse(`
channels:
  t:
    type: telegram
    token: t
    stream: false
    access: { dm: false, groups: off, owners: [1, "2"], allowChats: [-1001234567890], bots: true }
`)
  const channel = config.channels['t']
  assert.ok(channel?.type === 'telegram')
  assert.equal(channel.stream, 'off')
  assert.equal(channel.access.dm, 'off')
  assert.equal(channel.access.groups, 'off')
  assert.deepEqual(channel.access.owners, ['1', '2'])
  assert.deepEqual(channel.access.allowChats, ['-1001234567890'])
  assert.deepEqual(channel.access.bots, ['*'])
  assert.equal(channel.apiRoot, 'https://api.telegram.org')
})

test('the web page is on unless it is switched off, under any name', () => {
  assert.equal(
    parse('channels: { web: { type: web, enabled: false } }').config.channels['web']?.enabled,
    false,
  )
  assert.deepEqual(Object.keys(parse('channels: { page: { type: web } }').config.channels), [
    'page',
  ])
})

test('a webhook without a path gets one with the name of its channel', () => {
  const { config } = parse(`
http: { publicUrl: https://example.org/ }
channels: { tg: { type: telegram, token: t, webhook: { secret: s } } }
`)
  const channel = config.channels['tg']
  assert.equal(channel?.type === 'telegram' && channel.webhook?.path, '/webhooks/tg')
  assert.equal(config.http.publicUrl, 'https://example.org')
})

test('the result is frozen all the way down', () => {
  const { config } = parse('channels: { t: { type: telegram, token: t } }')
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.ok(Object.isFrozen(value))
    for (const child of Object.values(value)) check(child)
  }
  check(config)
})

test('the hash is that of the text', () => {
  assert.equal(parse('http: { port: 1 }').hash, hash('http: { port: 1 }'))
  assert.notEqual(parse('http: { port: 1 }').hash, parse('http: { port: 2 }').hash)
})

test('another host is fine with a token, from the file or the environment', () => {
  assert.equal(parse('http: { host: 0.0.0.0, token: t }').config.http.token, 't')
  assert.equal(
    parse('http: { host: 0.0.0.0 }', { JACKDAW_TOKEN: 'from-env' }).config.http.token,
    'from-env',
  )
  assert.equal(parse('http: { token: "" }', { JACKDAW_TOKEN: 'from-env' }).config.http.token, '')
})
