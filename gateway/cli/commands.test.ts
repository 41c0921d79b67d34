import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCliFolder } from '../../test/rigs/cli-folder.ts'

test('commands talk to the running gateway, in text and in JSON', async () => {
  await using folder = await makeCliFolder()
  const gateway = await folder.start()
  const say = async (...args: string[]) => {
    const { code, stdout, stderr } = await folder.call(args)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const json = async (...args: string[]) => JSON.parse(await say(...args, '--json'))

  const first = await folder.run(['status'])
  assert.equal(first.code, 0)
  assert.equal(first.stderr, '')
  assert.match(first.stdout, /is running\.\nRuns waiting: 0\./)
  assert.equal(await say('chat', 'hello', 'there'), 'hello there\n')
  const piped = await folder.run(['chat'], 'from a pipe\n')
  assert.equal(piped.stdout, 'from a pipe\n')
  assert.equal((await json('chat', 'again')).run.state, 'completed')
  assert.match(await say('chat', '/status'), /\w/)

  const runs = await json('runs', 'list', '--limit', '2')
  assert.equal(runs.items.length, 2)
  const [run] = runs.items
  assert.match(await say('runs'), new RegExp(`${run.id} +completed +main`))
  assert.match(await say('runs', 'show', run.id), /completed, agent main/)
  assert.match(await say('sessions'), /v1:main:web:dm:terminal/)
  assert.match(await say('sessions', 'show', 's1'), /hello there/)
  assert.match(await say('sessions', 'reset', 's1'), /starts afresh/)
  assert.equal((await json('trace', run.id)).steps.length > 0, true)
  assert.match(await say('deliveries', 'list', '--state', 'sent'), /web terminal/)
  assert.match(await say('channels'), /web +web +up/)
  assert.match(await say('channels', 'restart', 'web'), /restarts/)
  assert.match(await say('pair'), /Nobody waits/)
  assert.match(await say('pair', 'block', 'web', 'eve'), /blocked/)
  assert.match(await say('pair', 'revoke', 'web', 'eve'), /stranger/)
  assert.match(await say('owners', 'add', 'web', 'ada', '--name', 'Ada'), /Ada is an owner/)
  assert.match(await say('owners'), /web +ada +Ada +command/)
  assert.match(await say('owners', 'remove', 'web', 'ada'), /no owner/)
  assert.match(await say('send', '--channel', 'web', '--chat', 'terminal', 'hi'), /Queued as d\d+/)
  assert.equal(await say('config', 'get', 'queue.mode'), 'collect\n')
  await say('config', 'set', 'queue.maxQueued', '7')
  assert.equal(await say('config', 'get', 'queue.maxQueued'), '7\n')
  assert.match(await say('logs', '-n', '50'), /run completed/)
  await say('backup', 'copy.db')
  assert.ok((await stat(join(folder.dir, 'copy.db'))).size > 0)

  const unknown = await folder.run(['runs', 'show', 'r999'])
  assert.equal(unknown.code, 1)
  assert.equal(unknown.stderr, 'There is no run r999.\n')
  const twice = await folder.call(['backup', 'copy.db'])
  assert.equal(twice.code, 1)
  const busy = await folder.run(['restore', 'copy.db'])
  assert.equal(busy.code, 78)
  assert.equal(gateway.process.exitCode, null)
})

test('jobs are planned, changed, followed and removed', async () => {
  await using folder = await makeCliFolder()
  await folder.start()
  const say = async (...args: string[]) => {
    const { code, stdout, stderr } = await folder.call(args)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const json = async (...args: string[]) => JSON.parse(await say(...args, '--json'))
  assert.match(await say('jobs'), /Nothing is planned/)
  const add = ['jobs', 'add', 'Sum up the night.', '--to', 'none']
  assert.match(await say(...add, '--cron', '0 8 * * *', '--preview'), /^every day at 8:00\n/)
  assert.match(await say('jobs', 'list'), /Nothing is planned/)
  assert.match(await say(...add, '--when', 'every weekday at 8'), /^j1 Sum up the night\.\n/)
  const edited = ['--every', '90m', '--jitter', '5m', '--misfire', '3', '--max-runs', '9']
  const job = await json('jobs', 'edit', 'j1', '--text', 'Count the sheep.', ...edited)
  assert.equal(job.when.every, '90m')
  assert.equal(job.text, 'Count the sheep.')
  assert.equal(job.jitterMs, 300_000)
  assert.deepEqual(job.misfire, { policy: 'all', max: 3 })
  assert.equal(job.maxRuns, 9)
  assert.equal((await json('jobs', 'edit', 'j1', '--max-runs', 'none')).maxRuns, null)
  assert.match(await say('jobs', 'pause', 'j1'), /paused by an owner/)
  assert.match(await say('jobs'), /j1 +paused +agent +every 90 minutes/)
  await say('jobs', 'resume', 'j1')
  assert.match(await say('jobs', 'run', 'j1'), /runs now, as o1\./)
  assert.match(await say('jobs', 'show', 'j1'), /Count the sheep\.\n\nOCCURRENCE[\s\S]+o1 /)
  assert.match(await say('jobs', 'simulate'), /j1 +Sum up the night/)
  assert.match(await say('jobs', 'remove', 'j1'), /is removed/)
  assert.equal((await folder.call(['jobs', 'show', 'j1'])).stderr, 'There is no job j1.\n')

  const wrong = [
    ['--every', '1h', '--cron', '* * * * *'],
    ['--timezone', 'Europe/Berlin'],
    ['--to', 'me'],
    ['--chat', '7'],
    ['--jitter', 'some'],
    ['--misfire', 'never'],
  ]
  for (const args of wrong) {
    const { code, stderr } = await folder.call(['jobs', 'add', 'x', ...args])
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, /--/)
  }

  assert.match(await say('heartbeat'), /main +off/)
  assert.match(await say('heartbeat', 'run'), /Agent main is asked/)
  assert.equal((await folder.call(['heartbeat', 'run', '--agent', 'x'])).code, 1)
})

test('without a gateway a command says so and how to start one', async () => {
  await using folder = await makeCliFolder()
  const never = await folder.run(['status'])
  assert.equal(never.code, 1)
  assert.match(never.stderr, /^Jackdaw is not running .*jackdaw start\n$/)
  const gateway = await folder.start()
  gateway.process.kill('SIGKILL')
  await gateway.ended
  const killed = await folder.call(['runs'])
  assert.equal(killed.code, 1)
  assert.match(killed.stderr, /does not answer at http:.*jackdaw start\n$/)
  const elsewhere = join(folder.dir, 'data', 'gateway.json')
  await writeFile(elsewhere, '{"pid"')
  assert.match((await folder.call(['runs'])).stderr, /is not running/)
})

test('what needs no gateway works without one', async () => {
  await using folder = await makeCliFolder()
  const config = join(folder.dir, 'jackdaw.yaml')
  assert.equal((await folder.call(['config', 'path'])).stdout, `${config}\n`)
  assert.equal((await folder.call(['config', 'check'])).stdout, `${config} is valid.\n`)
  const schema = JSON.parse((await folder.call(['config', 'schema'])).stdout)
  assert.equal(schema.type, 'object')
  const version = await folder.run(['version'])
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  const log = await folder.call(['logs'])
  assert.equal(log.code, 1)
  assert.match(log.stderr, /no log yet/)
  assert.equal((await folder.call(['owners', 'add', 'web', '42', '--name', 'Ada'])).code, 0)
  assert.match((await folder.call(['owners'])).stdout, /web +42 +Ada +command/)
  const none = await folder.call(['owners', 'add', 'irc', '42'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /no channel irc\. It has: web/)
})

test('a backup takes the place of the database, which is kept, and damage is refused', async () => {
  await using folder = await makeCliFolder()
  const gateway = await folder.start()
  await folder.call(['chat', 'before'])
  await folder.call(['backup', 'copy.db'])
  await folder.call(['chat', 'after'])
  gateway.process.kill('SIGTERM')
  await gateway.ended
  const restored = await folder.run(['restore', 'copy.db', '--json'])
  assert.equal(restored.code, 0, restored.stderr)
  const { previous } = JSON.parse(restored.stdout)
  assert.ok((await stat(previous)).size > 0)
  await folder.start()
  const runs = JSON.parse((await folder.call(['runs', '--json'])).stdout)
  assert.deepEqual(
    runs.items.map(({ text }: { text: string }) => text),
    ['before'],
  )

  await using other = await makeCliFolder()
  const copy = await readFile(join(folder.dir, 'copy.db'))
  await writeFile(join(other.dir, 'cut.db'), copy.subarray(0, copy.length / 2))
  await writeFile(join(other.dir, 'text.db'), 'no database at all, but long enough to be one')
  for (const file of ['cut.db', 'text.db', 'missing.db']) {
    const refused = await other.call(['restore', file])
    assert.equal(refused.code, 1, file)
    assert.match(refused.stderr, new RegExp(file))
  }
})

test('wrong usage ends with 2, help with 0', async () => {
  await using folder = await makeCliFolder()
  const wrong = [
    ['nonsense'],
    ['runs', 'show'],
    ['--nonsense'],
    ['send', 'hi'],
    ['logs', '-n', 'x'],
    [],
  ]
  for (const args of wrong) {
    const { code, stdout, stderr } = await folder[args[0] === 'nonsense' ? 'run' : 'call'](args)
    assert.equal(code, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.notEqual(stderr, '')
  }
  for (const args of [['--help'], ['help'], ['runs', '--help'], ['pair', 'approve', '--help']]) {
    const { code, stdout } = await folder[args[0] === '--help' ? 'run' : 'call'](args)
    assert.equal(code, 0, args.join(' '))
    assert.match(stdout, /--json/)
  }
})
