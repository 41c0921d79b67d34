import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { safeFileName } from './file-names.ts'

const cases: readonly (readonly [string | undefined, string | undefined, string])[] = [
  ['report.pdf', 'pdf', 'report.pdf'],
  ['Quarterly report.PDF', 'pdf', 'Quarterly report.PDF'],
  ['photo.jpeg', 'jpg', 'photo.jpeg'],
  ['photo.exe', 'jpg', 'photo.exe.jpg'],
  ['report.v2', 'pdf', 'report.v2.pdf'],
  ['letter.docx', 'zip', 'letter.docx'],
  ['Übersicht.csv', undefined, 'Übersicht.csv'],
  [undefined, 'png', 'photo.png'],
  [undefined, undefined, 'photo'],
  ['', 'png', 'photo.png'],
  ['../../etc/passwd', undefined, '_.._etc_passwd'],
  ['C:\\Users\\a.txt', undefined, 'C_Users_a.txt'],
  ['..', 'png', 'photo.png'],
  ['/', 'png', 'photo.png'],
  ['.bashrc', undefined, 'bashrc'],
  ['a\u0000b\nc.png', 'png', 'a_b_c.png'],
  ['gpj\u202Eexe.jpg', 'jpg', 'gpj_exe.jpg'],
  ['  spaced.png  ', 'png', 'spaced.png'],
  ['ends with a dot.', undefined, 'ends with a dot'],
]

for (const [name, extension, expected] of cases) {
  test(`${JSON.stringify(name)} with content of type ${extension ?? 'unknown'} is called ${expected}`, () => {
    assert.equal(safeFileName(name, 'photo', extension), expected)
  })
}

test('a long name is cut between characters and keeps its extension', () => {
  const ascii = safeFileName(`${'a'.repeat(300)}.png`, 'photo', 'png')
  assert.equal(ascii, `${'a'.repeat(116)}.png`)
  const families = safeFileName(`${'👨‍👩‍👧'.repeat(50)}.png`, 'photo', 'png')
  assert.match(families, /^(👨‍👩‍👧)+\.png$/u)
  assert.ok(Buffer.byteLength(families) <= 240)
})

test('whatever the name, the result is one short path segment', () => {
  const anyName = fc.string({ unit: 'binary', maxLength: 400 })
  const anyExtension = fc.option(fc.constantFrom('png', 'jpg', 'zip', 'ogg'), { nil: undefined })
  fc.assert(
    fc.property(anyName, anyExtension, (name, extension) => {
      const safe = safeFileName(name, 'document', extension)
      assert.ok(safe.length > 0 && safe.length <= 120)
      assert.ok(Buffer.byteLength(safe) <= 255)
      assert.ok(safe.isWellFormed())
      assert.doesNotMatch(safe, /[/\\\p{Cc}]/u)
      assert.ok(safe !== '.' && safe !== '..' && !safe.startsWith('.'))
    }),
  )
})
