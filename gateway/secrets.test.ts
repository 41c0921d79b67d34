import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../config/load.ts'
import { secretsOf } from './secrets.ts'

test('every secret of the configuration is found, and nothing else', () => {
  const text = `
http: { token: token-of-the-gateway-itself-0123456789 }
storage: { url: "postgres://user:pass-word@db/jackdaw" }
channels:
  telegram: { type: telegram, token: "7000001:AAbbccddeeffgghhiijjkkllmmnnooppqqr" }
agents:
  main: { runtime: { type: openai, baseUrl: "http://localhost:1/v1", apiKey: key-123456, model: m } }
`
  const surroundings = { env: {}, cwd: '/tmp', home: '/tmp' }
  const { config } = parseConfig(text, undefined, surroundings)
  assert.deepEqual(secretsOf(config).toSorted(), [
    '7000001:AAbbccddeeffgghhiijjkkllmmnnooppqqr',
    'key-123456',
    'postgres://user:pass-word@db/jackdaw',
    'token-of-the-gateway-itself-0123456789',
  ])
})
