import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCliFolder } from '../../test/rigs/cli-folder.ts'

test('start prints one line when it is ready, says where it is, and ends with 0 when told to stop', async () => {
  await using folder = await makeCliFolder()
  const gateway = await folder.start()
  const ready = await fetch(new URL('readyz', gateway.url))
  assert.equal(ready.status, 200)
  const runFile = join(folder.dir, 'data', 'gateway.json')
  assert.deepEqual(JSON.parse(await readFile(runFile, 'utf8')), {
    pid: gateway.process.pid,
    url: gateway.url,
  })
  assert.equal((await stat(runFile)).mode & 0o777, 0o600)
  gateway.process.kill('SIGTERM')
  const { code, stdout, stderr } = await gateway.ended
  assert.equal(code, 0)
  assert.equal(stdout, `Jackdaw is ready: ${gateway.url}\n`)
  for (const line of stderr.trim().split('\n')) JSON.parse(line)
  await assert.rejects(stat(runFile))
})

test('a second signal ends it at once', async () => {
  await using folder = await makeCliFolder(
    'http: { port: 0 }\nagents: { main: { runtime: { type: echo, delayMs: 600000 } } }\n',
  )
  const gateway = await folder.start()
  const token = await readFile(join(folder.dir, 'data', 'token'), 'utf8')
  await fetch(new URL('api/v1/runs', gateway.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'takes long' }),
  })
  gateway.process.kill('SIGINT')
  for (let status = 200; status !== 503; ) {
    status = (await fetch(new URL('readyz', gateway.url))).status
  }
  const again = setInterval(() => gateway.process.kill('SIGINT'), 50)
  const { code } = await gateway.ended
  clearInterval(again)
  assert.equal(code, 1)
})

test('a port that is taken ends the start with 1 and names the port and the remedy', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  await using folder = await makeCliFolder(`http: { port: ${port} }\n`)
  const { code, stdout, stderr } = await folder.run(['start'])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, new RegExp(`Port ${port} .*http\\.port`))
})

test('a second gateway in the same folder ends with 78', async () => {
  await using folder = await makeCliFolder()
  await folder.start()
  const { code, stderr } = await folder.run(['start'])
  assert.equal(code, 78)
  assert.match(stderr, /in use by another gateway/)
})

test('a wrong configuration ends with 78 and names every problem, but no secret', async () => {
  await using folder = await makeCliFolder(
    'http: { port: many, color: red }\nchannels: { t: { type: telegram, token: $' +
      '{MISSING_TOKEN} } }\n',
  )
  for (const args of [['start'], ['status'], ['config', 'check']]) {
    const { code, stderr } = await folder.run(args)
    assert.equal(code, 78, args.join(' '))
    assert.match(stderr, /http\.port/)
    assert.match(stderr, /http\.color/)
    assert.match(stderr, /MISSING_TOKEN/)
  }
  const missing = await folder.run(['start', '--config', 'nowhere.yaml'])
  assert.equal(missing.code, 78)
  assert.match(missing.stderr, /nowhere\.yaml/)
})
