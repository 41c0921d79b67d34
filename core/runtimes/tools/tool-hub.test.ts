import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { McpHttpServer } from '../../../test/servers/mcp.ts'
import { systemClock } from '../../clock.ts'
import type { ToolServer } from '../tool-server.ts'
import { type HubOptions, ToolHub, type ToolOffer } from './tool-hub.ts'

const program = fileURLToPath(new URL('../../../test/servers/mcp-stdio.ts', import.meta.url))
const signal = new AbortController().signal
const room = 1_000_000

function stdio(name: string, mode?: string, env: Record<string, string> = {}): ToolServer {
  const command = [process.execPath, program, ...(mode === undefined ? [] : [mode])]
  return { name, command, cwd: tmpdir(), env }
}

function http(server: { readonly url: string }, token = 'one'): ToolServer {
  return { name: 'web', url: server.url, headers: { authorization: `Bearer ${token}` } }
}

function makeHub(
  servers: HubOptions['servers'] | readonly ToolServer[],
  more: Partial<HubOptions> = {},
) {
  const hub = new ToolHub({
    clock: systemClock,
    env: { PATH: '/usr/bin:/bin', SECRET_API_KEY: 'hidden', LANG: 'C' },
    servers: typeof servers === 'function' ? servers : () => servers,
    connectMs: 30_000,
    ...more,
  })
  return {
    hub,
    offer: async (session = 's1', maxBytes = room) => await hub.offer(session, maxBytes, signal),
    [Symbol.asyncDispose]: async () => await hub.close(),
  }
}

async function call(offer: ToolOffer, name: string, input: object = {}, within = signal) {
  const tool = offer.tools.get(name)
  assert.ok(tool, `no tool ${name} among ${[...offer.tools.keys()]}`)
  return await tool.call(input, 10_000, within)
}

const done = (text: string) => ({ text, isError: false })
/** One that has ended and that nobody has asked about yet counts as ended. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('the tools of a program are offered and called, and it stays for the next turns', async () => {
  await using rig = makeHub([stdio('my files')])
  const offer = await rig.offer()
  assert.deepEqual(offer.problems, [])
  assert.match(offer.instructions, /^## Tools of my files\n\nPrefer the tool/)
  const [name = ''] = [...offer.tools.keys()].filter((one) =>
    one.startsWith('my_files_repeat_text'),
  )
  assert.equal(offer.tools.get(name)?.title({ text: 'Hello' }), 'Repeat a text: Hello')
  assert.deepEqual(await call(offer, name, { text: 'Hello' }), done('Hello'))
  const [look = ''] = [...offer.tools.keys()].filter((one) => one.startsWith('my_files_look'))
  const first = await call(offer, look)
  assert.deepEqual(await call(await rig.offer('s2'), look), first)
})

test('a program gets few variables, its own among them, and the folder it is to run in', async () => {
  await using rig = makeHub([stdio('a', undefined, { TOKEN: 'mine' })])
  const { text } = await call(await rig.offer(), 'a_environment')
  const env = JSON.parse(text)
  assert.deepEqual(
    [env.TOKEN, env.LANG, env.SECRET_API_KEY, env.cwd],
    ['mine', 'C', undefined, tmpdir()],
  )
})

test('what is not of the protocol on its output is passed over', async () => {
  await using rig = makeHub([stdio('a', 'garbage')])
  assert.deepEqual(await call(await rig.offer(), 'a_repeat_text', { text: 'x' }), done('x'))
})

test('errors, pictures and huge results are text of bounded length', async () => {
  await using rig = makeHub([stdio('a')])
  const offer = await rig.offer()
  assert.deepEqual(await call(offer, 'a_fail'), { text: 'The disk is full.', isError: true })
  const picture = await call(offer, 'a_show_picture')
  assert.deepEqual(picture, done('Here it is:\n\n[image/png: you cannot see it]'))
  const huge = await call(offer, 'a_repeat_text', { text: 'abc', times: 1_000_000 })
  assert.ok(
    huge.text.length < 10_000 && huge.text.startsWith('abcabc') && huge.text.endsWith('abc'),
  )
  assert.match(huge.text, /\[… cut here: the result has 3000000 characters …\]/)
  assert.equal((await call(offer, 'a_repeat_text', { text: 5 })).isError, true)
  assert.equal((await offer.tools.get('a_look')?.call('no object', 100, signal))?.isError, true)
})

test('a program that is not there, ends at once or has the name of another is named with its reason', async () => {
  await using rig = makeHub([
    { name: 'absent', command: ['/nowhere/tool'], cwd: tmpdir(), env: {} },
    stdio('broken', 'crash'),
    stdio('a'),
    stdio('a', 'garbage'),
  ])
  const { tools, problems } = await rig.offer()
  assert.ok(tools.has('a_look'))
  const byName = new Map(problems.map(({ server, text }) => [server, text]))
  assert.equal(byName.get('absent'), 'It cannot be started (ENOENT).')
  assert.match(byName.get('broken') ?? '', /^It has ended/)
  assert.equal(byName.get('a'), 'Another tool server has the same name.')
})

test('a program that dies in a call fails that call, and the next one finds it started anew', async () => {
  await using rig = makeHub([stdio('a')])
  const offer = await rig.offer()
  const before = JSON.parse((await call(offer, 'a_look')).text).pid
  const { text, isError } = await call(offer, 'a_die')
  assert.deepEqual([isError, text.startsWith('It has ended')], [true, true])
  const after = JSON.parse((await call(offer, 'a_look')).text).pid
  assert.notEqual(after, before)
})

test('one that keeps dying is left alone for a growing time', async () => {
  const clock = new ManualClock()
  await using rig = makeHub([stdio('a', 'crash')], { clock })
  const reasons: string[] = []
  for (let turn = 0; turn < 3; turn += 1) reasons.push((await rig.offer()).problems[0]?.text ?? '')
  assert.match(reasons[1] ?? '', /^It has ended/)
  assert.match(reasons[2] ?? '', /left alone for a moment/)
  await clock.advance(1_000)
  assert.match((await rig.offer()).problems[0]?.text ?? '', /^It has ended/)
})

test('a flood ends the program and fails the call', async () => {
  await using rig = makeHub([stdio('a')])
  const offer = await rig.offer()
  const { pid } = JSON.parse((await call(offer, 'a_look')).text)
  assert.equal((await call(offer, 'a_flood')).isError, true)
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
})

test('a program that is slow to start costs a turn some seconds, and no more', async () => {
  const clock = new ManualClock()
  await using rig = makeHub([stdio('slow', 'mute')], { clock, connectMs: 5_000 })
  const offer = rig.offer()
  await clock.untilSleeping(2)
  await clock.advance(5_000)
  assert.deepEqual((await offer).problems, [
    { server: 'slow', text: 'It was not ready within 5 seconds.' },
  ])
  // Its input ends, and then it is told twice; each takes the clock.
  await Promise.race([rig.hub.close(), advanceWhile(clock)])
})

test('an abort ends the wait for a server, and cancels the call under way', async () => {
  await using rig = makeHub([stdio('a')])
  const offer = await rig.offer()
  const stop = new AbortController()
  const hanging = call(offer, 'a_hang', {}, stop.signal)
  await call(offer, 'a_repeat_text', { text: 'after it' })
  stop.abort()
  assert.equal((await hanging).isError, true)
  assert.equal(JSON.parse((await call(offer, 'a_look')).text).cancelled, 1)

  await using mute = makeHub([stdio('mute', 'mute')])
  const waiting = mute.hub.offer('s1', room, stop.signal)
  await assert.rejects(waiting, { name: 'AbortError' })
})

test('close ends a program that does not listen, and what it has started', async () => {
  const rig = makeHub([stdio('a')])
  const offer = await rig.offer()
  const { pid } = JSON.parse((await call(offer, 'a_look')).text)
  const child = Number((await call(offer, 'a_fork')).text)
  assert.ok(isAlive(child))
  await rig.hub.close()
  while (isAlive(pid) || isAlive(child)) await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await call(offer, 'a_look')).isError, true)
})

test('tools of one name are told apart by their servers, and what has no room is left out', async () => {
  await using server = await McpHttpServer.start()
  await using rig = makeHub([
    { ...http(server), name: 'a' },
    { ...http(server), name: 'a_show' },
    { ...http(server), name: 'ä' },
  ])
  const { tools } = await rig.offer()
  assert.ok(tools.has('a_look') && tools.has('a_show_look'))
  assert.ok([...tools.keys()].every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name)))
  assert.equal(tools.size, 15)
  const { tools: few, problems } = await rig.offer('s1', 1_000)
  assert.ok(few.size > 0 && few.size < 15, `${few.size}`)
  assert.match(problems[0]?.text ?? '', /no room for them: .+/)
})

test('over HTTP each session has headers of its own, and only the latest connections are kept', async () => {
  await using server = await McpHttpServer.start()
  await using rig = makeHub((session) => [http(server, session)], { maxRemote: 2 })
  for (const session of ['s1', 's2', 's3', 's3', 's1']) {
    assert.deepEqual(
      await call(await rig.offer(session), 'web_repeat_text', { text: session }),
      done(session),
    )
  }
  const tokens = new Set(server.requests.map(({ headers }) => headers.authorization))
  assert.deepEqual([...tokens], ['Bearer s1', 'Bearer s2', 'Bearer s3'])
  assert.ok(!server.requests.some(({ method }) => method === 'GET'))
})

test('a server over HTTP that is away, refuses or floods is a failure of the call alone', async () => {
  const server = await McpHttpServer.start()
  const { url, port } = server
  await using rig = makeHub([http({ url })])
  const offer = await rig.offer()
  assert.deepEqual(await call(offer, 'web_repeat_text', { text: 'x' }), done('x'))
  server.flood = 20_000_000
  assert.equal((await call(offer, 'web_look')).isError, true)
  server.flood = undefined
  server.refusal = 401
  const refused = await call(offer, 'web_look')
  assert.deepEqual(refused, { text: 'It answered with HTTP 401.', isError: true })
  await server.close()
  const gone = await call(offer, 'web_look')
  assert.equal(gone.isError, true)
  await using _ = await McpHttpServer.start(port)
  assert.equal((await rig.offer()).problems.length <= 1, true)
})

test('a server over HTTP that never answers costs a turn some seconds', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const clock = new ManualClock()
  {
    await using rig = makeHub([http({ url: `http://127.0.0.1:${port}/` })], {
      clock,
      connectMs: 5_000,
    })
    const offer = rig.offer()
    await clock.untilSleeping()
    await clock.advance(5_000)
    assert.match((await offer).problems[0]?.text ?? '', /not ready within 5 seconds/)
  }
  silent.close()
})

/** Lets time pass for as long as the test waits for something else. */
async function advanceWhile(clock: ManualClock): Promise<never> {
  for (;;) {
    await clock.untilSleeping()
    await clock.advance(250)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
