import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type FakeGateway, startFakeGateway, testToken } from '../fake-gateway.ts'

async function upload(
  gateway: FakeGateway,
  name: string,
  mime: string,
  content: Buffer,
): Promise<string> {
  const data = content.toString('base64')
  const body = { text: 'see', attachments: [{ name, mime, data }] }
  assert.equal((await gateway.call('POST', '/api/v1/runs', body)).status, 202)
  return `/api/v1/files/${createHash('sha256').update(content).digest('hex')}`
}

test('what could run in the page is never served as what it is', async () => {
  await using gateway = await startFakeGateway()
  const files: [string, string, string][] = [
    ['a.html', 'text/html', '<script>alert(1)</script>'],
    ['a.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['a.js', 'text/javascript', 'alert(1)'],
  ]
  for (const [name, mime, content] of files) {
    const path = await upload(gateway, name, mime, Buffer.from(content))
    const response = await gateway.call('GET', path)
    const type = response.headers.get('content-type') ?? ''
    assert.match(type, /^(application\/octet-stream|text\/plain; charset=utf-8)$/, name)
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal(await response.text(), content)
  }
})

test('a text is shown, under its own name', async () => {
  await using gateway = await startFakeGateway()
  const path = await upload(gateway, 'größe "1".txt', 'text/plain', Buffer.from('hällo'))
  const response = await gateway.call('GET', path)
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  const disposition = response.headers.get('content-disposition') ?? ''
  assert.match(disposition, /^inline; filename="[\x20-\x7e]+"; filename\*=UTF-8''gr%C3%B6%C3%9Fe/)
})

test('a player gets the part of a file it asks for', async () => {
  await using gateway = await startFakeGateway()
  const path = await upload(gateway, 'a.txt', 'text/plain', Buffer.from('0123456789'))
  const read = (range: string) =>
    gateway.raw(path, { headers: { authorization: `Bearer ${testToken}`, range } })
  const cases: [string, number, string][] = [
    ['bytes=2-4', 206, '234'],
    ['bytes=7-', 206, '789'],
    ['bytes=-3', 206, '789'],
    ['bytes=5-99', 206, '56789'],
    ['bytes=-99', 206, '0123456789'],
    ['bytes=10-', 416, ''],
    ['bytes=4-2', 416, ''],
    ['bytes=0-1,3-4', 200, '0123456789'],
    ['pages=1', 200, '0123456789'],
  ]
  for (const [range, status, content] of cases) {
    const response = await read(range)
    assert.equal(response.status, status, range)
    assert.equal(await response.text(), content, range)
  }
})
