import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { configJsonSchema } from './json-schema.ts'
import { parseConfig } from './load.ts'
import { configurationDocs } from './reference.ts'
import { referenceExample } from './reference-example.ts'
import { type SchemaNode, schemaTree } from './schema-node.ts'

test('docs/configuration.md is what the schema says; else run npm run docs', async () => {
  const file = new URL('../docs/configuration.md', import.meta.url)
  assert.equal(await readFile(file, 'utf8'), configurationDocs())
})

test('the example of the documents is a valid configuration with nothing inactive in it', () => {
  const env = { OPENAI_API_KEY: 'k', TELEGRAM_BOT_TOKEN: 't' }
  const options = { env, cwd: '/', home: '/', timezone: 'UTC' }
  assert.deepEqual(parseConfig(referenceExample, '/j.yaml', options).notices, [])
})

test('every key has a description, and a default unless it is required or may be absent', () => {
  const visit = (node: SchemaNode, path: string): number => {
    let count = 0
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      assert.ok((child.description ?? '').length > 3, `${path}.${key} has no description`)
      assert.ok(/[.:"`)]$/.test(child.description ?? ''), `${path}.${key}: ${child.description}`)
      count += 1 + visit(child, `${path}.${key}`)
    }
    const inner = [
      ...(node.oneOf ?? []),
      ...(node.anyOf ?? []),
      node.items,
      node.additionalProperties,
    ]
    for (const one of inner) if (typeof one === 'object') count += visit(one, `${path}.*`)
    return count
  }
  assert.ok(visit(schemaTree(), '') > 150)
})

test('every section refuses keys it does not know', () => {
  const visit = (node: SchemaNode, path: string): void => {
    if (node.properties !== undefined) assert.equal(node.additionalProperties, false, path)
    for (const [key, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${key}`)
    const inner = [
      ...(node.oneOf ?? []),
      ...(node.anyOf ?? []),
      node.items,
      node.additionalProperties,
    ]
    for (const one of inner) if (typeof one === 'object') visit(one, `${path}.*`)
  }
  visit(schemaTree(), '')
})

test('the JSON Schema is strict draft 2020-12 and judges like the loader', () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
    configJsonSchema(),
  )
  assert.equal(validate(parse(referenceExample)), true, JSON.stringify(validate.errors))
  assert.equal(validate({}), true)
  assert.equal(validate({ channels: { t: { type: 'telegram', token: 't', stream: false } } }), true)
  assert.equal(validate({ htp: {} }), false)
  assert.equal(validate({ channels: { t: { type: 'telegram' } } }), false)
  assert.equal(validate({ http: { port: 70_000 } }), false)
  assert.ok(!JSON.stringify(configJsonSchema()).includes('"x-'))
})

test('notices name each inactive key that the file sets, and no other', () => {
  const text = `
storage: { url: "postgres://h/d" }
heartbeat: { enabled: true }
budget: { dailyUsd: 1 }
prices: { m: { input: 1, output: 2 } }
identities: [{ name: Eva, ids: ["t:1", "web:1"] }]
sessions: { reset: { idleMinutes: 5 } }
media: { transcribe: { baseUrl: "http://x/v1", model: m } }
channels:
  d: { type: discord, token: d, access: { roles: [1], bots: [2] } }
  s: { type: signal, account: "+49" }
  t: { type: telegram, token: t, stream: edit }
  u: { type: telegram, token: u, stream: off }
  v: { type: discord, token: v, enabled: false }
agents:
  main: { runtime: { type: opencode, managed: true }, failover: [acp], mcpServers: {}, heartbeat: {}, budget: {} }
  acp: { runtime: { type: acp, command: [run] } }
`
  const { notices } = parseConfig(text, '/j.yaml', {
    env: {},
    cwd: '/',
    home: '/',
    timezone: 'UTC',
  })
  assert.deepEqual(
    notices.map((notice) => notice.slice(0, notice.indexOf(': '))),
    ['storage.url'],
  )
})
