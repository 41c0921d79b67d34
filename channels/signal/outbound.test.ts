import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { DeliveryError } from '../../core/errors.ts'
import type { OutboundDelivery } from '../../core/ports.ts'
import { renderSignal } from '../../core/rendering/signal.ts'
import { formatMessageId, parseMessageId, toRecipient } from './ids.ts'
import { readSent, toEdit, toSend } from './outbound.ts'
import { UploadBody, uploadName } from './upload.ts'

const ann = '11111111-1111-4111-8111-111111111111'
const group = 'pYV0aMSZHBAtmTTUdJIYIfxC0IOQjE1FzoIKgbLZ3bQ='

function deliveryOf(text: string, to: Partial<OutboundDelivery['to']> = {}): OutboundDelivery {
  const address = { channel: 'signal', account: 'signal:x', chat: ann, chatKind: 'dm' } as const
  const [chunk = { text: '' }] = renderSignal({ text, format: 'markdown' }).chunks
  return { id: 'd1', key: 'd1', to: { ...address, ...to }, chunk }
}

test('plain text goes out as it is, styled text with markup of our own', () => {
  const common = { number: '+1', recipients: [ann], notify_self: false }
  assert.deepEqual(
    toSend(deliveryOf('2 \\* 3'), '+1', () => undefined),
    {
      ...common,
      message: '2 * 3',
      text_mode: 'normal',
    },
  )
  assert.deepEqual(
    toSend(deliveryOf('**2** ~ 3'), '+1', () => undefined),
    {
      ...common,
      message: '**2** \\~ 3',
      text_mode: 'styled',
    },
  )
})

test('a group is named as the REST API names it, and a quote by author and time', () => {
  const delivery = deliveryOf('hi', { chat: group, chatKind: 'group', replyTo: `17.${ann}` })
  const body = toSend(delivery, '+1', (id) => (id === `17.${ann}` ? 'why?' : undefined))
  assert.deepEqual(body.recipients, [
    'group.cFlWMGFNU1pIQkF0bVRUVWRKSVlJZnhDMElPUWpFMUZ6b0lLZ2JMWjNiUT0=',
  ])
  assert.deepEqual([body.quote_timestamp, body.quote_author, body.quote_message], [17, ann, 'why?'])
  const odd = toSend(deliveryOf('hi', { replyTo: 'whatever' }), '+1', () => undefined)
  assert.equal('quote_timestamp' in odd, false)
})

test('an edit names the version it replaces and quotes nothing', () => {
  const body = toEdit(17, deliveryOf('hi', { replyTo: `5.${ann}` }), '+1')
  assert.equal(body.edit_timestamp, 17)
  assert.equal('quote_timestamp' in body, false)
})

test('only people stand for themselves', () => {
  for (const person of [ann, ann.toUpperCase(), '+4911']) assert.equal(toRecipient(person), person)
  for (const other of [group, 'ann.01', '']) assert.match(toRecipient(other), /^group\./)
})

test('message ids name time and author', () => {
  assert.deepEqual(parseMessageId(`17.${ann}`), { timestamp: 17, author: ann })
  assert.deepEqual(parseMessageId('17.+4911'), { timestamp: 17, author: '+4911' })
  assert.equal(formatMessageId({ timestamp: 17, author: ann }), `17.${ann}`)
  for (const odd of ['', '17', '0.x', 'x.y', '.x', '99999999999999999.x', '9999999999999999.x'])
    assert.equal(parseMessageId(odd), undefined, odd)
})

const sent: readonly [unknown, ReturnType<typeof readSent>][] = [
  [{ timestamp: '1763800000123' }, { timestamp: 1763800000123, failures: [] }],
  [[{ timestamp: '17' }], { timestamp: 17, failures: [] }],
  [{ timestamp: 17 }, { timestamp: 17, failures: [] }],
  [
    [{ timestamp: '17', errors: { recipients: [{ uuid: ann, reason: 'NETWORK_FAILURE' }, {}] } }],
    { timestamp: 17, failures: [{ uuid: ann, reason: 'NETWORK_FAILURE' }] },
  ],
  [
    { timestamp: '17', errors: null },
    { timestamp: 17, failures: [] },
  ],
  [{ timestamp: 'x' }, undefined],
  [{ timestamp: '0' }, undefined],
  [[], undefined],
  [null, undefined],
  ['17', undefined],
]
for (const [answer, expected] of sent) {
  test(`the answer ${JSON.stringify(answer)} is read`, () => {
    assert.deepEqual(readSent(answer), expected)
  })
}

const names: readonly [string, string][] = [
  ['notes.txt', 'notes.txt'],
  ['Übersicht 2026.pdf', 'Übersicht 2026.pdf'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['a;filename=b;base64,c.txt', 'a_filename=b_base64_c.txt'],
  ['..', 'file'],
  ['', 'file'],
  [`${'é'.repeat(300)}.pdf`, `${'é'.repeat(98)}.pdf`],
]
for (const [name, expected] of names) {
  test(`a file called ${name.slice(0, 40)} is sent as ${expected.slice(0, 40)}`, () => {
    assert.equal(uploadName(name), expected)
  })
}

test('a file is put into the body piece by piece, and its length is known before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-'))
  try {
    const path = join(folder, 'blob')
    const file = { name: 'a"@b.bin', mime: 'text/plain; charset=utf-8' }
    for (const size of [1, 2, 3, 200_000, 3 * 64 * 1024, 1_000_001]) {
      const content = Buffer.alloc(size, 'jackdaw')
      await writeFile(path, content)
      const body = await UploadBody.open({ message: 'look @ this' }, path, file, 2_000_000)
      assert.equal(body.isComplete, false)
      const bytes = await buffer(body)
      assert.equal(bytes.length, body.length)
      assert.equal(body.isComplete, true)
      const {
        message,
        base64_attachments: [attachment],
      } = JSON.parse(bytes.toString())
      assert.equal(message, 'look @ this')
      const [, data] = attachment.split('data:text/plain;filename=a_@b.bin;base64,')
      assert.ok(content.equals(Buffer.from(data, 'base64')))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that cannot go out says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-'))
  try {
    const path = join(folder, 'blob')
    const open = () => UploadBody.open({}, path, { name: 'a.bin', mime: 'x' }, 50 * 1024 * 1024)
    const says = (code: string, words: RegExp) => (error: unknown) =>
      error instanceof DeliveryError &&
      error.failure === 'rejected' &&
      error.code === code &&
      words.test(error.message)
    await assert.rejects(open(), says('no-file', /a\.bin cannot be read/))
    await writeFile(path, '')
    await assert.rejects(open(), says('empty', /a\.bin is empty/))
    await truncate(path, 100 * 1024 * 1024)
    await assert.rejects(open(), says('too-large', /has 100 MB, and 50 MB can be sent/))
  } finally {
    await rm(folder, { recursive: true })
  }
})
