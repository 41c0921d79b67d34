import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changes } from './diff.ts'
import { parseConfig } from './load.ts'

function config(text: string) {
  return parseConfig(text, '/j.yaml', { env: {}, cwd: '/', home: '/', timezone: 'UTC' }).config
}

test('the same configuration has no changes', () => {
  const found = changes(config('http: { port: 1 }'), config('http:\n  port: 1 # same'))
  assert.equal(found.isEmpty, true)
  assert.deepEqual(found.restart, [])
})

test('channels and agents are told apart by name', () => {
  const found = changes(
    config('channels: { a: { type: telegram, token: a }, b: { type: telegram, token: b } }'),
    config(`
channels: { b: { type: telegram, token: c }, d: { type: telegram, token: d } }
agents: { main: { instructions: x }, ops: {} }
`),
  )
  assert.deepEqual(found.channels, { added: ['d'], removed: ['a'], changed: ['b'] })
  assert.deepEqual(found.agents, { added: ['ops'], removed: [], changed: ['main'] })
  assert.deepEqual(found.parts, [])
  assert.equal(found.isEmpty, false)
  assert.deepEqual(found.restart, [])
})

test('what the process holds open waits for a restart, the rest applies at once', () => {
  const before = config('')
  assert.deepEqual(changes(before, config('http: { port: 1 }')).restart, ['http.port'])
  assert.deepEqual(changes(before, config('http: { host: localhost }')).restart, ['http.host'])
  assert.deepEqual(changes(before, config('storage: { url: "sqlite:x" }')).restart, ['storage'])
  assert.deepEqual(changes(before, config('dataDir: x')).restart, ['dataDir', 'storage'])
  assert.deepEqual(changes(before, config('logLevel: debug')).restart, ['logLevel'])
  assert.deepEqual(changes(before, config('timezone: Asia/Tokyo')).restart, ['timezone'])
  assert.deepEqual(
    changes(before, config('http: { token: t, publicUrl: "https://j.example" }')).restart,
    ['http.token', 'http.publicUrl'],
  )
  assert.deepEqual(changes(before, config('media: { maxBytes: 5 }')).restart, ['media.maxBytes'])
  const live = changes(
    before,
    config(`
http: { allowedHosts: [j.example] }
media: { retentionDays: 1 }
queue: { concurrency: 1 }
notify: { channel: web, chat: 1 }
`),
  )
  assert.deepEqual(live.restart, [])
  assert.deepEqual(live.parts.toSorted(), ['http', 'media', 'notify', 'queue'])
})
