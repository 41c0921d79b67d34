import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFiles, readContent } from './content.ts'
import { readFrame, type SignalData } from './envelope.ts'

type Fields = Readonly<Record<string, unknown>>

const ann = '11111111-1111-4111-8111-111111111111'

function dataOf(fields: Fields): SignalData {
  const frame = readFrame({ envelope: { dataMessage: { timestamp: 1, ...fields } } })
  return frame?.envelope?.dataMessage ?? assert.fail('Not read.')
}

function contentOf(fields: Fields) {
  return readContent(dataOf(fields), ({ authorUuid }) => (authorUuid === ann ? 'Ann' : 'unknown'))
}

const file = (fields: Fields) => ({
  attachments: [{ id: 'a1', size: 9, filename: null, ...fields }],
})
const kinds: readonly [Fields, string][] = [
  [{ contentType: 'image/png' }, 'photo'],
  [{ contentType: 'image/gif' }, 'animation'],
  [{ contentType: 'video/mp4' }, 'video'],
  [{ contentType: 'audio/aac' }, 'voice'],
  [{ contentType: 'audio/mpeg', filename: 'song.mp3' }, 'audio'],
  [{ contentType: 'audio/mpeg', isVoiceNote: false }, 'audio'],
  [{ contentType: 'audio/mpeg', filename: 'x.m4a', isVoiceNote: true }, 'voice'],
  [{ contentType: 'application/pdf', filename: 'a.pdf' }, 'document'],
  [{ contentType: 'text/x-signal-plain' }, 'paste'],
  [{ contentType: null }, 'document'],
]
for (const [fields, kind] of kinds) {
  test(`a file of ${JSON.stringify(fields)} is a ${kind}`, () => {
    const [attachment] = contentOf(file(fields)).attachments
    assert.equal(attachment?.kind, kind)
    assert.equal(attachment?.ref, 'a1')
    assert.equal(attachment?.size, 9)
  })
}

const notes: readonly [Fields, string][] = [
  [file({ contentType: 'image/png', id: null }), '[photo: no longer available]'],
  [{ viewOnce: true, ...file({ contentType: 'image/png' }) }, '[photo: meant to be seen once]'],
  [{ viewOnce: true }, '[a file meant to be seen once, which only a phone can open]'],
  [{ sticker: { packId: 'a', stickerId: 1 } }, '[sticker]'],
  [
    {
      contacts: [
        { name: { given: 'Ann', family: 'B' }, phone: [{ value: '+491' }], organization: null },
      ],
    },
    '[contact Ann B, +491]',
  ],
  [{ contacts: [{ name: null }] }, '[contact without a name]'],
  [{ payment: { note: 'lunch', receipt: null } }, '[payment: lunch]'],
  [{ payment: { note: null } }, '[payment]'],
  [{ storyContext: { authorUuid: ann, sentTimestamp: 1 } }, '[in answer to a story of Ann]'],
  [{ pollCreate: { question: 'When?', options: ['now', 'later'] } }, '[poll When?: now, later]'],
  [{ pollVote: { authorUuid: ann, optionIndexes: [0, 2] } }, '[vote in the poll of Ann: 1, 3]'],
  [{ pollVote: { authorUuid: ann, optionIndexes: [] } }, '[took back the vote in the poll of Ann]'],
  [{ pollTerminate: { targetSentTimestamp: 1 } }, '[closed a poll]'],
  [{ previews: [{ title: 'A\npage', url: 'https://x' }] }, '[link: A page]'],
]
for (const [fields, note] of notes) {
  test(`what has no words is a visible line: ${note}`, () => {
    assert.deepEqual(contentOf(fields).notes, [note])
  })
}

test('quoted files are told in one line', () => {
  const file = { contentType: 'application/pdf', filename: 'a\nb.pdf' }
  assert.equal(describeFiles([{ contentType: 'image/png' }, file]), '[photo] [file a b.pdf]')
  assert.equal(describeFiles(undefined), '')
})
