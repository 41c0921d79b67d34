import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Events } from '../core/events.ts'
import { openLog } from './log.ts'
import { logEvents } from './log-events.ts'
import { LogFile } from './log-file.ts'
import { formatLogLine } from './log-line.ts'

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-log-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

function memory(isTTY = false) {
  const lines: string[] = []
  return { isTTY, lines, write: (line: string) => lines.push(line) }
}

test('a line goes to stderr and to the file', async (t) => {
  const dataDir = await tempDir(t)
  const stderr = memory()
  const log = openLog({ level: 'info', dataDir, secrets: [], stderr })
  log.info({ run: 'r1' }, 'run started')
  log.debug('not this')
  log.close()
  const [line = ''] = stderr.lines
  assert.equal(stderr.lines.length, 1)
  const { time, ...entry } = JSON.parse(line)
  assert.match(time, /^\d{4}-.+Z$/)
  assert.deepEqual(entry, { level: 'info', run: 'r1', msg: 'run started' })
  const file = join(dataDir, 'gateway.log')
  assert.equal(await readFile(file, 'utf8'), line)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('lines of one turn are written together, and a warning at once with what was said before it', async () => {
  const stderr = memory()
  const log = openLog({ level: 'info', secrets: [], stderr })
  const messages = (text = '') =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
  log.info('one')
  log.info('two')
  assert.equal(stderr.lines.length, 0)
  await new Promise(setImmediate)
  assert.deepEqual(stderr.lines.map(messages), [['one', 'two']])
  log.info('three')
  log.warn('four')
  assert.deepEqual(messages(stderr.lines[1]), ['three', 'four'])
  for (let line = 0; line < 1000; line += 1) log.info('x'.repeat(100))
  assert.ok(stderr.lines.length > 2, 'what waits is bounded')
  log.close()
  assert.equal(stderr.lines.flatMap(messages).length, 1004)
})

test('what was said last is written when the process exits', async (t) => {
  const dataDir = await tempDir(t)
  const script = `
    const { openLog } = await import(process.argv[1])
    const log = openLog({ level: 'info', dataDir: process.argv[2], secrets: [], stderr: { write() {} } })
    log.info('last words')
    process.exit(1)`
  const url = new URL('./log.ts', import.meta.url).href
  spawnSync(process.execPath, ['--input-type=module', '-e', script, url, dataDir])
  assert.match(await readFile(join(dataDir, 'gateway.log'), 'utf8'), /last words/)
})

test('no secret is written, wherever it stands', () => {
  const stderr = memory()
  const secrets = ['hush-hush "1"', 'abc']
  const log = openLog({ level: 'debug', secrets, stderr })
  const telegram = '7000001:AAabcdefghijklmnopqrstuvwxyz0123456'
  const url = `https://api.telegram.org/bot${telegram}/getMe`
  log.warn({ url, deep: { a: { b: 'hush-hush "1"' } } }, `hush-hush "1" and ${url}`)
  log.error({ err: new Error(`request to ${url} failed`) }, 'Authorization: Bearer abcdefghijkl')
  const text = stderr.lines.join('')
  assert.doesNotMatch(text, /hush-hush|AAabcdef|abcdefghijkl"/)
  assert.match(text, /\[redacted\]/)
  for (const line of stderr.lines) JSON.parse(line)
})

test('on a terminal a line is short and an error has its stack', () => {
  const stderr = memory(true)
  const log = openLog({ level: 'info', secrets: [], stderr })
  log.error({ channel: 'web', err: new Error('broken') }, 'unexpected\nerror')
  const [line = ''] = stderr.lines
  assert.match(line, /^\d\d:\d\d:\d\d .*error.* unexpected error .*channel=web/)
  assert.match(line, /\n {4}Error: broken\n {8}at /)
  assert.equal(formatLogLine('no json\n'), 'no json\n')
})

test('the file is bounded and the newest three are kept', async (t) => {
  const dir = await tempDir(t)
  const file = new LogFile(join(dir, 'a.log'), 100)
  for (let line = 0; line < 100; line++) file.write(`line ${String(line).padStart(3, '0')}\n`)
  file.close()
  const names = await readdir(dir)
  assert.deepEqual(names.toSorted(), ['a.log', 'a.log.1', 'a.log.2', 'a.log.3'])
  for (const name of names) assert.ok((await stat(join(dir, name))).size <= 110)
  const newest =
    (await readFile(join(dir, 'a.log'), 'utf8')) + (await readFile(join(dir, 'a.log.1'), 'utf8'))
  assert.match(newest, /line 099/)
})

test('a file that cannot be written stops nobody', async (t) => {
  const dir = await tempDir(t)
  const file = new LogFile(join(dir, 'missing', 'a.log'))
  file.write('lost\n')
  file.close()
})

test('every core event that a person cares about is one line, without the text of a message', () => {
  const stderr = memory()
  const log = openLog({ level: 'debug', secrets: [], stderr })
  const events = new Events()
  const end = logEvents(events, log)
  const address = { channel: 'telegram', account: 'telegram:1', chat: '5', thread: '9' }
  const run = { type: 'run.changed', runId: 'r1', agent: 'main', address } as const
  const delivery = { type: 'delivery.changed', deliveryId: 'd1', runId: 'r1', address } as const
  events.emit({
    type: 'message.received',
    messageId: 'm1',
    platformId: '76',
    address,
    chatKind: 'dm',
    disposition: 'dropped',
    reason: 'blocked',
  })
  events.emit({ type: 'message.repeated', address, platformId: '77' })
  events.emit({ type: 'command.done', messageId: 'm2', address, command: 'stop' })
  events.emit({ ...run, event: 'run.started', state: 'running', attempt: 1 })
  events.emit({ ...run, event: 'run.failed', state: 'failed', code: 'timeout' })
  events.emit({ ...delivery, state: 'sent', latencyMs: 80 })
  events.emit({ ...delivery, state: 'uncertain', detail: 'timeout' })
  events.emit({
    type: 'channel.changed',
    channel: 'telegram',
    state: 'retrying',
    detail: 'no network',
  })
  events.emit({ type: 'pairing.requested', pairingId: 'p1', channel: 'telegram' })
  events.emit({
    type: 'tokens.used',
    agent: 'main',
    inputTokens: 1,
    outputTokens: 2,
    cachedTokens: 0,
  })
  events.emit({ type: 'fault', where: 'test', error: new Error('bug') })
  events.emit({ type: 'run.live', runId: 'r1', address, text: 'private words', steps: [] })
  events.emit({ type: 'typing', runId: 'r1', address, isOn: true })
  end()
  events.emit({ type: 'message.repeated', address, platformId: '78' })
  log.close()
  const lines = stderr.lines.flatMap((text) => text.trimEnd().split('\n'))
  const told = lines.map((line) => JSON.parse(line)).map(({ level, msg }) => `${level} ${msg}`)
  assert.deepEqual(told, [
    'info message dropped',
    'debug message repeated',
    'info command /stop',
    'debug run started',
    'warn run failed',
    'debug delivery sent',
    'warn delivery uncertain',
    'warn channel retrying',
    'info pairing requested',
    'debug tokens used',
    'error unexpected error',
  ])
  const [first = ''] = lines
  const { time: _, ...entry } = JSON.parse(first)
  assert.deepEqual(entry, {
    level: 'info',
    message: 'm1',
    channel: 'telegram',
    chat: '5',
    thread: '9',
    reason: 'blocked',
    msg: 'message dropped',
  })
  assert.doesNotMatch(stderr.lines.join(''), /private words/)
})
