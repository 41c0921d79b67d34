import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'
import { DetachedError, RuntimeError } from '../../errors.ts'
import type { RuntimeEvent, Turn } from '../../runtime-port.ts'
import type { OpenCodeRuntime } from './runtime.ts'
import { foreignServer } from './server.ts'

const isLost = (error: unknown) => error instanceof RuntimeError && error.code === 'lost'
const never = new Promise<void>(() => undefined)

function reply(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

async function resume(runtime: OpenCodeRuntime, turn: Turn): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of runtime.resume(turn, new AbortController().signal)) events.push(event)
  return events
}

/** Runs a turn until a gateway is stopped in its middle, and returns the turn as the next one gets it. */
async function leave(
  server: OpenCodeServer,
  words: string,
  until: (event: RuntimeEvent) => boolean,
) {
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = makeTurn({ messages: [words] })
  const stop = new AbortController()
  let [runtimeSession, promptId] = ['', '']
  for await (const event of runtime.execute(turn, stop.signal)) {
    if (event.type === 'session') runtimeSession = event.runtimeSession
    if (event.type === 'accepted') promptId = event.promptId
    if (until(event)) stop.abort(new DetachedError())
  }
  return { ...turn, session: { ...turn.session, runtimeSession }, promptId }
}

test('a turn that was finished meanwhile is answered without asking again', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  server.when('Hello', { type: 'wait', until: gate.promise }, { type: 'text', text: 'Hi there' })
  const left = leave(server, 'Hello', ({ type }) => type === 'usage')
  const prompt = await server.prompt('Hello')
  gate.resolve()
  const turn = await left
  await server.idle(prompt)
  assert.equal(reply(await resume(makeOpenCodeRuntime(server.url), turn)), 'Hi there')
  assert.equal(server.prompts.length, 1)
})

test('a turn that still runs is followed, and its text is not doubled', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  const text = { type: 'text', text: 'One. ' } as const
  server.when('Hello', text, { type: 'wait', until: gate.promise }, { type: 'text', text: 'Two.' })
  const turn = await leave(server, 'Hello', ({ type }) => type === 'text')
  const resumed = resume(makeOpenCodeRuntime(server.url), turn)
  await server.streaming()
  gate.resolve()
  const events = await resumed
  assert.equal(reply(events), 'One. \n\nTwo.')
  const shown = events.map((event) => (event.type === 'text' ? event.delta : '')).join('')
  assert.equal(shown, 'One. \n\nTwo.')
  assert.equal(server.prompts.length, 1)
})

test('a prompt that never arrived is sent under the id it had', async () => {
  await using server = await OpenCodeServer.start()
  const turn = await leave(server, 'Hello', ({ type }) => type === 'accepted')
  assert.equal(server.prompts.length, 0)
  assert.equal(reply(await resume(makeOpenCodeRuntime(server.url), turn))?.endsWith('Hello'), true)
  assert.deepEqual(
    server.prompts.map(({ messageId }) => messageId),
    [turn.promptId],
  )
})

test('a turn whose session is gone is lost', async () => {
  await using server = await OpenCodeServer.start()
  const turn = await leave(server, 'Hello', ({ type }) => type === 'accepted')
  server.world.sessions.clear()
  await assert.rejects(resume(makeOpenCodeRuntime(server.url), turn), isLost)
  assert.equal(server.prompts.length, 0)
})

test('a server killed in the middle of a turn loses it, half an answer and all', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'text', text: 'Half' }, { type: 'wait', until: never })
  const running = runTurn(makeOpenCodeRuntime(server.url), makeTurn())
  const prompt = await server.prompt('Hello')
  await server.world.watched.until(
    () => server.world.sessions.get(prompt.sessionId)?.messages[1]?.parts[0],
    () => 'The answer did not begin.',
  )
  server.crash()
  await assert.rejects(running, isLost)
})

test('a 204 followed by nothing is lost, and the session can be used again', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.swallowsPrompts = true
  const runtime = makeOpenCodeRuntime(server.url)
  await assert.rejects(runTurn(runtime, makeTurn()), isLost)
  server.faults.swallowsPrompts = false
  assert.equal(
    reply(await runTurn(runtime, makeTurn({ isInterrupted: true })))?.endsWith('Hello'),
    true,
  )
})

test('an event stream that goes silent costs a moment, not the answer', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  server.when('Hello', { type: 'wait', until: gate.promise }, { type: 'text', text: 'Here' })
  const running = runTurn(makeOpenCodeRuntime(server.url), makeTurn())
  await server.prompt('Hello')
  server.faults.isHalfOpen = true
  gate.resolve()
  const events = await running
  assert.equal(reply(events), 'Here')
  assert.ok(events.some((event) => event.type === 'text' && event.delta === 'Here'))
})

test('streams that end again and again lose no word of the answer', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  const wait = { type: 'wait', until: gate.promise } as const
  server.when('Hello', { type: 'text', text: 'One.' }, wait, { type: 'text', text: 'Two.' })
  const running = runTurn(makeOpenCodeRuntime(server.url), makeTurn())
  await server.prompt('Hello')
  server.endStreams()
  gate.resolve()
  assert.equal(reply(await running), 'One.\n\nTwo.')
})

test('only a server that somebody else runs is said to outlive the gateway', async () => {
  await using server = await OpenCodeServer.start()
  const endpoint = { url: server.url, username: 'opencode', password: '' }
  const foreign = foreignServer(endpoint, tmpdir())
  const own = makeOpenCodeRuntime(server.url, { server: { ...foreign, isOwn: true } })
  assert.equal(makeOpenCodeRuntime(server.url).outlivesGateway(), true)
  assert.equal(own.outlivesGateway(), false)
})

test('a server on this machine finds the folder it is to work in, and another says that it has none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-foreign-'))
  t.after(() => rm(folder, { recursive: true }))
  const login = { username: 'opencode', password: '' }
  const directory = join(folder, 'workspaces/main')
  await foreignServer({ url: 'http://opencode.example:4096', ...login }, directory).endpoint()
  assert.equal(existsSync(directory), false)
  await foreignServer({ url: 'http://127.0.0.1:4096', ...login }, directory).endpoint()
  assert.equal(existsSync(directory), true)
  // One that cannot be made is the server's to name.
  await writeFile(join(folder, 'file'), '')
  await foreignServer({ url: 'http://localhost:4096', ...login }, join(folder, 'file/x')).endpoint()

  await using server = await OpenCodeServer.start()
  // Origin: OpenCode 1.18.33, asked to work in a folder that is not there.
  const message = 'PlatformError: NotFound: FileSystem.realPath (/home/me/work)'
  const error = { name: 'UnknownError', data: { message } } as const
  server.when('Hello', { type: 'error', error, isStored: false })
  await assert.rejects(runTurn(makeOpenCodeRuntime(server.url), makeTurn()), {
    code: 'no-folder',
    message: /no such folder.*`directory`.*\/home\/me\/work/,
  })
})
