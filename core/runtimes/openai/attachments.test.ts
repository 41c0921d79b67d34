import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import type { TurnAttachment } from '../../runtime-port.ts'
import { readAttachments } from '../read-attachments.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attachments-'))
})
after(async () => await rm(folder, { recursive: true }))

async function attach(
  name: string,
  mime: string,
  content: Buffer | string,
): Promise<TurnAttachment> {
  const path = join(folder, name)
  await writeFile(path, content)
  const size = Buffer.byteLength(content)
  return { kind: 'document', name, path, file: { sha256: 'a', name, mime, size } }
}

const { signal } = new AbortController()
const read = async (attachments: readonly TurnAttachment[], maxTextBytes = 1000) => {
  const { messages } = makeTurn({ messages: [{ attachments }] })
  const { files, views } = await readAttachments(messages, {
    maxTextBytes,
    takesFiles: true,
    signal,
  })
  return { files, views: attachments.map((attachment) => views.get(attachment)) }
}

test('text files are read up to a limit, and a cut never falls within a character', async () => {
  const short = await attach('a.txt', 'text/plain', 'short')
  const long = await attach('b.ts', 'application/octet-stream', 'ü'.repeat(100))
  const more = await attach('c.json', 'application/json', '{}')
  const { views } = await read([short, long, more], 16)
  assert.deepEqual(views, [
    { content: 'short' },
    { content: 'üüüüü\n[… the file goes on, but is too long to be shown whole]' },
    { remark: 'The file is one too many to be shown to you.' },
  ])
})

test('what only pretends to be text, has gone or is of another kind gets a remark', async () => {
  const binary = await attach('d.txt', 'text/plain', Buffer.from([0xff, 0xfe, 0x00]))
  const nul = await attach('e.txt', 'text/plain', 'a\0b')
  const gone = { ...(await attach('f.txt', 'text/plain', 'x')), path: join(folder, 'nowhere') }
  const sound = await attach('g.ogg', 'audio/ogg', 'x')
  const { views, files } = await read([binary, nul, gone, sound])
  assert.deepEqual(files, [])
  assert.equal(views.length, 4)
  for (const view of views) assert.ok(view && 'remark' in view)
})

test('a PDF goes along whole, and what was turned into text is not sent again', async () => {
  const pdf = await attach('l.pdf', 'application/pdf', '%PDF-1.7')
  const voice = { ...(await attach('m.ogg', 'audio/ogg', 'x')), transcript: 'buy milk' }
  const { files, views } = await read([pdf, voice])
  assert.deepEqual(
    files.map(({ name, mime }) => [name, mime]),
    [['l.pdf', 'application/pdf']],
  )
  assert.deepEqual(views, [undefined, undefined])
})

test('an archive is never opened', async () => {
  const zip = await attach('n.zip', 'application/zip', 'PK')
  const { files, views } = await read([zip])
  assert.deepEqual([files, views], [[], [{ remark: 'You cannot open files of this kind.' }]])
})

test('pictures are taken as they are, up to a size', async () => {
  const small = await attach('h.png', 'image/png', Buffer.from('png'))
  const large = await attach('i.jpg', 'image/jpeg', Buffer.alloc(5 * 1024 * 1024 + 1))
  const { files, views } = await read([small, large])
  assert.deepEqual(
    files.map(({ mime, bytes }) => [mime, bytes.length]),
    [['image/png', 3]],
  )
  assert.ok(views[0] === undefined && views[1] && 'remark' in views[1])
})

test('a picture goes along with the message', async () => {
  await using server = await ModelServer.start()
  const photo = await attach('j.webp', 'image/webp', Buffer.from('RIFF'))
  await runTurn(
    makeOpenAiRuntime(server.url),
    makeTurn({ messages: [{ text: 'What is this?', attachments: [photo] }] }),
  )
  const { body } = await server.request()
  const parts = body.messages.at(-1)?.content
  assert.ok(Array.isArray(parts))
  assert.match(parts[0].text, /What is this\?\n\[document, j\.webp, image\/webp, 4 B\]$/)
  assert.deepEqual(parts[1], {
    type: 'image_url',
    image_url: { url: 'data:image/webp;base64,UklGRg==' },
  })
})

test('a model without eyes is asked again without the picture, and told so', async () => {
  await using server = await ModelServer.start()
  const photo = await attach('k.png', 'image/png', Buffer.from('png'))
  server.next({
    type: 'error',
    status: 404,
    message: 'No endpoints found that support image input',
  })
  const turn = makeTurn({ messages: [{ text: 'See?', attachments: [photo] }] })
  const events = await runTurn(makeOpenAiRuntime(server.url), turn)
  assert.equal(events.at(-1)?.type, 'done')
  assert.equal(server.requests.length, 2)
  assert.match(
    server.requests[1]?.lastUserText ?? '',
    /\[The model does not take files of this kind, so you cannot see it\.\]$/,
  )
})
