import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createTranscriber } from './transcribe.ts'

const { signal } = new AbortController()

/** An endpoint that keeps what it was sent and answers like this, and a voice message to send there. */
async function setUp(t: TestContext, status: number, answer: string) {
  const seen: { url: string; key: string | undefined; form: FormData }[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const type = request.headers['content-type'] ?? ''
    const form = await new Response(Buffer.concat(parts), {
      headers: { 'content-type': type },
    }).formData()
    seen.push({ url: request.url ?? '', key: request.headers.authorization, form })
    response.writeHead(status).end(answer)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const folder = await mkdtemp(join(tmpdir(), 'speech-'))
  t.after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const path = join(folder, 'blob')
  await writeFile(path, 'OggS')
  const { port } = server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const toText = createTranscriber({ baseUrl, apiKey: 'sk-secret', model: 'whisper-1' })
  const speech = { sha256: 'a', name: 'note.ogg', mime: 'audio/ogg', size: 4, path }
  return { seen, toText: () => toText(speech, signal) }
}

test('a voice message goes out with model and name, and its text comes back', async (t) => {
  const { seen, toText } = await setUp(t, 200, '{"text":"buy milk"}')
  assert.equal(await toText(), 'buy milk')
  const [request] = seen
  assert.deepEqual(
    [request?.url, request?.key, request?.form.get('model')],
    ['/v1/audio/transcriptions', 'Bearer sk-secret', 'whisper-1'],
  )
  const file = request?.form.get('file')
  assert.ok(file instanceof File)
  assert.deepEqual([file.name, file.type, await file.text()], ['note.ogg', 'audio/ogg', 'OggS'])
})

test('a refusal names the host and what it said, and never the key', async (t) => {
  const { toText } = await setUp(t, 401, 'wrong key sk-secret')
  await assert.rejects(toText(), (error: Error) => {
    assert.match(error.message, /^127\.0\.0\.1:\d+ did not transcribe: 401 wrong key /)
    assert.ok(!error.message.includes('sk-secret'))
    return true
  })
})

test('an answer that is no transcript is said to be none', async (t) => {
  const { toText } = await setUp(t, 200, '<html>hello</html>')
  await assert.rejects(toText(), /its answer has no text/)
})
