import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent } from '../../runtime-port.ts'

function reply(events: readonly RuntimeEvent[]): string {
  const last = events.at(-1)
  assert.equal(last?.type, 'done')
  assert.equal(last.reply.format, 'markdown')
  return last.reply.text
}

const isFailure = (code: string, isRetryable: boolean) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && error.isRetryable === isRetryable

test('an answer that reached its length limit says so, in the text and in the reply', async () => {
  await using server = await ModelServer.start()
  server.next({ type: 'text', text: 'And so', finish: 'length' })
  const events = await runTurn(makeOpenAiRuntime(server.url), makeTurn())
  assert.match(reply(events), /^And so\n\n\[The model stopped here/)
  assert.equal(
    events.map((event) => (event.type === 'text' ? event.delta : '')).join(''),
    reply(events),
  )
})

test('an endless answer is cut with a visible last line, and the request is given up', async () => {
  await using server = await ModelServer.start()
  server.next({ type: 'text', text: 'x'.repeat(10_000_000), pieceLength: 10_000 })
  const events = await runTurn(makeOpenAiRuntime(server.url), makeTurn())
  const text = reply(events)
  assert.match(text.slice(-120), /x\n\n\[The answer went on, but was cut here/)
  assert.ok(text.startsWith('x'.repeat(1_000_000)) && text.length < 1_000_200)
  await (await server.request()).abandoned
})

test('a tool the model makes up is answered with an error, and the model goes on', async () => {
  await using server = await ModelServer.start()
  server.next(
    { type: 'tool', name: 'search', arguments: { q: 'x' } },
    { type: 'text', text: 'Without it, then.' },
  )
  const events = await runTurn(makeOpenAiRuntime(server.url), makeTurn())
  assert.equal(reply(events), 'Without it, then.')
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'tool' ? [event.state] : [])),
    ['running', 'failed'],
  )
})

test('an empty or withheld answer is a failure', async () => {
  await using server = await ModelServer.start()
  const runtime = makeOpenAiRuntime(server.url)
  server.next({ type: 'text', text: ' \n' })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('empty', true))
  server.next({ type: 'text', text: 'Well', finish: 'content_filter' })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('content-filter', false))
})

test('a stream that breaks off, errs or makes no sense is no answer', async () => {
  await using server = await ModelServer.start()
  const runtime = makeOpenAiRuntime(server.url)
  server.next({ type: 'cut', text: 'The answer is' })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('cut', true))
  server.next({ type: 'cut', text: 'The answer is', politely: true })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('cut', true))
  server.next({ type: 'stream-error', text: 'The', error: { code: 502, message: 'Upstream died' } })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('unavailable', true))
  server.next({
    type: 'stream-error',
    text: 'The',
    error: { message: 'It broke', type: 'server_error' },
  })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('unavailable', true))
  for (const body of ['data: {"choices": 7}\n\n', 'data: {oops\n\n']) {
    server.next({ type: 'raw', status: 200, contentType: 'text/event-stream', body })
    await assert.rejects(runTurn(runtime, makeTurn()), isFailure('bad-response', true))
  }
  server.next({ type: 'raw', status: 200, contentType: 'text/html', body: '<html>Welcome</html>' })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('bad-response', false))
  server.next({
    type: 'raw',
    status: 502,
    contentType: 'text/html',
    body: '<html>Bad gateway</html>',
  })
  await assert.rejects(runTurn(runtime, makeTurn()), isFailure('unavailable', true))
})
