import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sniffFile } from './sniff.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const opus = Buffer.from(`OggS\0\x02${'\0'.repeat(22)}OpusHead${'\0'.repeat(20)}`, 'latin1')
const longText = Buffer.from(`${'a'.repeat(65_535)}ä and more`)

const cases: readonly (readonly [string, Buffer | string, string | undefined, string, string?])[] =
  [
    ['a picture that claims to be text', png, 'text/plain', 'image/png', 'png'],
    ['a picture without a claim', png, undefined, 'image/png', 'png'],
    ['a voice message', opus, 'audio/ogg', 'audio/ogg', 'ogg'],
    ['a PDF', '%PDF-1.7\n%', 'application/octet-stream', 'application/pdf', 'pdf'],
    ['a table', 'a,b\n1,2\n', 'text/csv', 'text/csv'],
    ['a table with parameters', 'a,b\n', 'Text/CSV; charset=utf-8', 'text/csv'],
    ['JSON', '{"a":1}', 'application/json', 'application/json'],
    ['XML', '<?xml version="1.0"?><a/>', undefined, 'application/xml', 'xml'],
    ['a drawing', '<?xml version="1.0"?><svg/>', 'image/svg+xml', 'application/xml', 'xml'],
    ['text that claims to be a picture', 'hello', 'image/png', 'text/plain'],
    ['text that claims to be a program', 'hello', 'application/x-msdownload', 'text/plain'],
    ['text without a claim', 'Grüße 🐦', undefined, 'text/plain'],
    ['long text cut within a character', longText, undefined, 'text/plain'],
    [
      'bytes that claim to be text',
      Buffer.from([1, 2, 3, 0]),
      'text/plain',
      'application/octet-stream',
    ],
    [
      'text that is not UTF-8',
      Buffer.from([0x47, 0xfc, 0x0a]),
      'text/plain',
      'application/octet-stream',
    ],
    ['nothing', '', 'text/plain', 'application/octet-stream'],
  ]

for (const [what, content, claimed, mime, extension] of cases) {
  test(`${what} is ${mime}`, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'jackdaw-sniff-'))
    t.after(async () => await rm(dir, { recursive: true, force: true }))
    const path = join(dir, 'file')
    await writeFile(path, content)
    assert.deepEqual(await sniffFile(path, claimed), { mime, extension })
  })
}
