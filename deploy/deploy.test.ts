import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Copy, type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { parseDocument } from 'yaml'
import { ConfigError } from '../config/errors.ts'
import { parseConfig } from '../config/load.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const graceSeconds = 25

const dockerfile = DockerfileParser.parse(await read('Dockerfile'))
const compose = parseDocument(await read('deploy/compose.yaml'))
const unit = await read('deploy/jackdaw.service')
const spoolUnit = await read('deploy/jackdaw-signal-spool.service')

test('the Dockerfile passes its linter', async () => {
  const problems = validate(await read('Dockerfile'))
  assert.deepEqual(
    problems.map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    [],
  )
})

test('every stage has a name and starts from the Node that package.json asks for', async () => {
  const { engines } = JSON.parse(await read('package.json')) as { engines: { node: string } }
  const major = /\d+/.exec(engines.node)?.[0]
  const stages = dockerfile.getFROMs()
  assert.equal(stages.length, 2)
  for (const stage of stages) {
    assert.ok(stage.getBuildStage(), stage.toString())
    assert.match(stage.getImage() ?? '', new RegExp(`^node:${major}-`))
  }
})

test('the image runs as a user that it made, never as root', () => {
  const instructions = finalStage(dockerfile)
  const user = instructions.findLast((each) => each.getKeyword() === 'USER')?.getArgumentsContent()
  assert.equal(user, 'jackdaw')
  const made = instructions.some((each) =>
    /useradd --uid [1-9]\d+ [^&]* jackdaw\b/.test(each.getArgumentsContent() ?? ''),
  )
  assert.ok(made)
  const last = instructions.findLastIndex((each) => each.getKeyword() === 'USER')
  assert.ok(
    instructions.slice(last).every((each) => !['RUN', 'COPY', 'ADD'].includes(each.getKeyword())),
  )
})

test('everything that is copied exists and reaches the build', async () => {
  const ignored = (await read('.dockerignore')).split('\n')
  assert.ok(ignored.includes('*'), 'everything is out unless it is named')
  const stages = dockerfile.getFROMs().map((stage) => stage.getBuildStage())
  const copies = dockerfile.getInstructions().filter((each) => each instanceof Copy)
  assert.ok(copies.length > 5)
  for (const copy of copies) {
    const from = copy.getFromFlag()?.getValue()
    if (from) {
      assert.ok(stages.includes(from), `there is no stage ${from}`)
      continue
    }
    const sources = copy
      .getArguments()
      .slice(0, -1)
      .map((argument) => argument.getValue())
    for (const source of sources) {
      assert.ok(existsSync(path.join(root, source)), `${source} does not exist`)
      assert.ok(
        source === '.' || ignored.includes(`!${source}`),
        `.dockerignore keeps ${source} out`,
      )
    }
  }
})

test('what .dockerignore lets in exists', async () => {
  const names = (await read('.dockerignore')).split('\n').filter((line) => line.startsWith('!'))
  assert.deepEqual(
    names.filter((name) => !existsSync(path.join(root, name.slice(1)))),
    [],
  )
})

test('the image starts the gateway itself, so that SIGTERM reaches it', () => {
  const [entry] = dockerfile.getENTRYPOINTs()
  const words = entry?.getJSONStrings().map((word) => word.getJSONValue())
  assert.deepEqual(words, ['node', '--max-semi-space-size=4', '--liftoff-only', 'gateway/main.mjs'])
  assert.ok(existsSync(path.join(root, 'gateway/main.mjs')))
})

test('image and compose file ask for the health of the port that the configuration opens', async () => {
  const [check] = dockerfile.getHEALTHCHECKs()
  const config = await readConfig({ JACKDAW_TOKEN: 'x'.repeat(32) })
  const test = compose.getIn(['services', 'jackdaw', 'healthcheck', 'test'])
  const probe = JSON.stringify(test)
  assert.match(probe, new RegExp(`http://127\\.0\\.0\\.1:${config.http.port}/healthz`))
  assert.match(check?.getArgumentsContent() ?? '', new RegExp(`:${config.http.port}/healthz`))
  assert.match(check?.getSubcommand()?.getValue() ?? '', /^CMD$/)
})

test('the compose file keeps state on a volume, and the port and the rights to itself', () => {
  assert.deepEqual(compose.errors, [])
  const service = compose.getIn(['services', 'jackdaw'])
  const { ports, volumes, cap_drop, security_opt, read_only, stop_grace_period } = plain(service)
  assert.deepEqual(ports, ['127.0.0.1:7700:7700'])
  assert.deepEqual(cap_drop, ['ALL'])
  assert.deepEqual(security_opt, ['no-new-privileges:true'])
  assert.equal(read_only, true)
  assert.ok(Number.parseInt(String(stop_grace_period), 10) > graceSeconds)
  assert.ok(Array.isArray(volumes))
  for (const volume of volumes.map(String)) {
    const source = volume.split(':')[0] ?? ''
    const isThere = source.startsWith('.')
      ? existsSync(path.join(root, 'deploy', source))
      : compose.hasIn(['volumes', source])
    assert.ok(isThere, `${volume} names nothing`)
  }
  assert.ok(volumes.includes('data:/data'))
})

test('the configuration of the image is valid, with Telegram and without', async () => {
  const token = 'x'.repeat(32)
  const without = await readConfig({ JACKDAW_TOKEN: token })
  assert.equal(without.dataDir, '/data')
  assert.equal(without.http.host, '0.0.0.0')
  assert.equal(without.channels['telegram']?.enabled, false)
  const withTelegram = await readConfig({
    JACKDAW_TOKEN: token,
    TELEGRAM_ENABLED: 'true',
    TELEGRAM_BOT_TOKEN: '7000001:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  })
  assert.equal(withTelegram.channels['telegram']?.enabled, true)
})

test('the configuration of the image refuses to run without a token', async () => {
  await assert.rejects(readConfig({}), (error) => {
    assert.ok(error instanceof ConfigError)
    assert.deepEqual(
      error.problems.map((problem) => problem.path),
      ['http.token'],
    )
    return true
  })
})

test('the unit starts what exists, gives turns time to end and does not repeat a wrong configuration', () => {
  const words = setting('ExecStart')[0]?.split(' ') ?? []
  const script = words.find((word) => word.endsWith('.mjs')) ?? ''
  assert.match(script, /^\/opt\/jackdaw\//)
  assert.ok(existsSync(path.join(root, script.replace('/opt/jackdaw/', ''))), script)
  assert.ok(Number(setting('TimeoutStopSec')[0]) > graceSeconds)
  assert.deepEqual(setting('RestartPreventExitStatus'), ['2 78'])
  assert.deepEqual(setting('User'), ['jackdaw'])
})

test('the spool has a unit with the same walls, which starts before the gateway and comes back', () => {
  const walls = (text: string) =>
    text.slice(text.indexOf('NoNewPrivileges='), text.indexOf('[Install]'))
  assert.equal(walls(spoolUnit), walls(unit))
  assert.match(spoolUnit, /^ExecStart=.* \/opt\/jackdaw\/gateway\/main\.mjs signal-spool /m)
  assert.match(spoolUnit, /^Before=jackdaw\.service$/m)
  assert.match(spoolUnit, /^Restart=always$/m)
})

test('the unit is hardened, except where it would stop V8', () => {
  for (const name of [
    'NoNewPrivileges',
    'ProtectHome',
    'PrivateTmp',
    'RestrictSUIDSGID',
    'LockPersonality',
  ]) {
    assert.deepEqual(setting(name), ['yes'], name)
  }
  assert.deepEqual(setting('ProtectSystem'), ['strict'])
  assert.deepEqual(setting('CapabilityBoundingSet'), [''])
  assert.deepEqual(setting('MemoryDenyWriteExecute'), [])
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test('systemd understands the units', {
  skip: hasSystemd ? false : 'systemd-analyze is not installed',
}, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'jackdaw-unit-'))
  try {
    for (const [name, text] of Object.entries({ jackdaw: unit, spool: spoolUnit })) {
      const file = path.join(directory, `${name}.service`)
      // The Node of the target machine need not be on this one, and systemd looks.
      await writeFile(file, text.replace('/usr/bin/node', process.execPath))
      const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
      assert.equal(verified.stderr, '')
      assert.equal(verified.status, 0)
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})

function read(name: string): Promise<string> {
  return readFile(path.join(root, name), 'utf8')
}

function finalStage(file: Dockerfile): Instruction[] {
  const instructions = file.getInstructions()
  return instructions.slice(instructions.findLastIndex((each) => each.getKeyword() === 'FROM'))
}

/** The configuration as the gateway in the image sees it. */
async function readConfig(env: Record<string, string>) {
  const file = '/app/jackdaw.yaml'
  const text = await read('deploy/jackdaw.container.yaml')
  return parseConfig(text, file, { env, cwd: '/app', home: '/data', timezone: 'UTC' }).config
}

/** A node of the compose file as plain data. */
function plain(node: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(node)) as Record<string, unknown>
}

/** Every value that the unit gives a setting, in its order. */
function setting(name: string): string[] {
  const lines = unit.split('\n').filter((line) => line.startsWith(`${name}=`))
  return lines.map((line) => line.slice(name.length + 1))
}
