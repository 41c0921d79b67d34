import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError } from './errors.ts'
import { parseConfig } from './load.ts'
import { redactConfig } from './redact.ts'

const secret = '7000001:AAH-s3cret_value.of_a_token'
const env = { SECRET: secret, NUMBER: '7700' }

function parse(text: string) {
  return parseConfig(text, '/j.yaml', { env, cwd: '/', home: '/', timezone: 'UTC' })
}

/** Every way to get a secret into a place where it is wrong. */
const leaks = [
  `channels: { t: { type: telegram, token: "${secret} x" } }`,
  `channels: { t: { type: telegram, token: ["${secret}"] } }`,
  `channels: { t: { type: telegram, tokn: "${secret}" } }`,
  `channels: { t: "${secret}" }`,
  `channels: "${secret}"`,
  `channels: { t: { type: "${secret}", token: x } }`,
  `channels: { t: { type: telegram, token: x, apiRoot: "${secret}" } }`,
  `channels: { t: { type: telegram, token: "${secret}", access: { dm: "${secret}" } } }`,
  `channels: { t: { type: telegram, token: \${SECRET}, access: { owners: \${SECRET} } } }`,
  `channels: { t: { type: telegram, token: \${SECRET}, enabled: "x\${SECRET}" } }`,
  `channels: { a: { type: telegram, token: \${SECRET} }, b: { type: telegram, token: \${SECRET} } }`,
  `http: { port: \${SECRET} }`,
  `http: { port: "\${NUMBER}\${SECRET}" }`,
  `http: { token: { a: "${secret}" } }`,
  `http: { host: "${secret}" }`,
  `"${secret}"`,
  `- ${secret}`,
  `channels:\n  t:\n    token: *${secret}`,
  `channels:\n  t:\n    token: !${secret} x`,
  `channels:\n  t:\n    token: |${secret}`,
  `channels:\n  t:\n    token: @${secret}`,
  `channels:\n  t:\n    token: "x" ${secret}`,
  `channels:\n  t:\n  token: ]${secret}`,
  `token ${secret}\nchannels: {}`,
  `%${secret}\n---\na: 1`,
  `storage: { url: "mysql://user:${secret}@host/db" }`,
  `http: { publicUrl: "ftp://user:${secret}@host" }`,
  `agents: { main: { runtime: { type: openai, baseUrl: "${secret}", apiKey: "${secret}" } } }`,
  `agents: { main: { runtime: { type: acp, command: run, env: { KEY: ["${secret}"] } } } }`,
  `agents: { main: { mcpServers: { x: { headers: { Authorization: ["${secret}"] } } } } }`,
  `logLevel: "${secret}"`,
  `defaultAgent: sk-${secret.replace(/\W/g, '')}`,
  `channels:\n  t:\n    token: "\\U${secret}"`,
  `routes: [{ channel: "${secret}", agent: main }]`,
  `defaultAgent: \${SECRET}\nhttp: { token: \${SECRET} }`,
]

for (const text of leaks) {
  test(`no error shows the secret in ${JSON.stringify(text.replaceAll(secret, '…'))}`, () => {
    assert.throws(
      () => parse(text),
      (error) => {
        assert.ok(error instanceof ConfigError)
        for (const part of [secret, secret.slice(8), 's3cret', secret.slice(0, 12)]) {
          assert.ok(!inspect(error, { depth: 9 }).includes(part), error.message)
          assert.ok(!JSON.stringify(error.problems).includes(part))
        }
        return true
      },
    )
  })
}

test('the redacted configuration says only whether a secret is set', () => {
  const { config } = parse(`
http: { token: "${secret}", publicUrl: "https://user:${secret}@example.org" }
storage: { url: "postgres://jackdaw:${secret}@db/jackdaw" }
media: { transcribe: { baseUrl: "http://x/v1", model: m } }
channels:
  t: { type: telegram, token: \${SECRET} }
  s: { type: signal, account: "+49", webhook: { secret: "${secret}" } }
agents:
  main:
    runtime: { type: acp, command: [run], env: { KEY: "postgres://u:${secret}@h" } }
    mcpServers: { x: { url: "http://x", headers: { Authorization: "Bearer ${secret}" } } }
`)
  const redacted = redactConfig(config)
  assert.ok(!JSON.stringify(redacted).includes('s3cret'))
  const at = (...path: string[]) =>
    path.reduce<unknown>(
      (value, key) => Object.entries(value ?? {}).find(([one]) => one === key)?.[1],
      redacted,
    )
  assert.equal(at('http', 'token'), '(set)')
  assert.equal(at('http', 'publicUrl'), 'https://user:(set)@example.org')
  assert.equal(at('storage', 'url'), 'postgres://jackdaw:(set)@db/jackdaw')
  assert.equal(at('channels', 't', 'token'), '(set)')
  assert.equal(at('channels', 's', 'webhook', 'secret'), '(set)')
  assert.equal(at('media', 'transcribe', 'apiKey'), '(not set)')
  assert.equal(at('agents', 'main', 'runtime', 'env', 'KEY'), '(set)')
  assert.equal(at('agents', 'main', 'mcpServers', 'x', 'headers', 'Authorization'), '(set)')
  assert.equal(at('http', 'port'), 7700)
})

test('without a file the path of the database is shown', () => {
  const { config } = parseConfig('', undefined, { env: {}, cwd: '/w', home: '/', timezone: 'UTC' })
  assert.deepEqual(redactConfig(config)['storage'], { url: 'sqlite:/w/data/jackdaw.db' })
})
