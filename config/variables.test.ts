import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './errors.ts'
import { parseConfig } from './load.ts'
import { maskVariables, substitute, unmaskVariables } from './substitute.ts'

function parse(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, '/j.yaml', { env, cwd: '/', home: '/', timezone: 'UTC' }).config
}

test('variables are replaced inside any text, with defaults for unset and empty ones', () => {
  const env = { A: 'one', EMPTY: '' }
  const replaced = (text: string) => substitute(text, env).text
  assert.equal(replaced(`x\${A}y\${A}`), 'xoneyone')
  assert.equal(replaced(`\${B:-two}\${EMPTY:-three}`), 'twothree')
  assert.equal(replaced(`[\${EMPTY}][\${B:-}]`), '[][]')
  assert.equal(replaced(`$\${A} costs $5`), `\${A} costs $5`)
  assert.deepEqual(substitute(`\${B}\${A}`, env).unset, ['B'])
})

test('a value is not read for variables a second time', () => {
  assert.equal(substitute(`\${A}`, { A: `\${B}`, B: 'secret' }).text, `\${B}`)
})

test('hiding variables from YAML keeps every offset', () => {
  const text = `a: { b: \${X:-y}, c: "\${Z}" } # \${Q}`
  assert.equal(maskVariables(text).length, text.length)
  assert.equal(unmaskVariables(maskVariables(text)), text)
})

test('a variable stands unquoted in a section in braces', () => {
  const config = parse(`channels: { t: { type: telegram, token: \${TOKEN} } }`, {
    TOKEN: '1:a b'.replace(' ', ''),
  })
  assert.equal(config.channels['t']?.type === 'telegram' && config.channels['t'].token, '1:ab')
})

test('a value that is one variable may hold a number or a boolean', () => {
  const text = `
http: { port: "\${PORT}" }
queue:
  concurrency: \${N:-3}
channels:
  t:
    type: telegram
    token: t
    enabled: \${ON}
    stream: \${STREAM}
    access: { mention: \${MENTION:-false}, owners: ["\${OWNER}"] }
`
  const env = { PORT: '8000', ON: 'true', STREAM: 'false', OWNER: '12345678901234567890' }
  const config = parse(text, env)
  assert.equal(config.http.port, 8000)
  assert.equal(config.queue.concurrency, 3)
  const channel = config.channels['t']
  assert.ok(channel?.type === 'telegram')
  assert.equal(channel.enabled, true)
  assert.equal(channel.stream, 'off')
  assert.equal(channel.access.mention, false)
  assert.deepEqual(channel.access.owners, ['12345678901234567890'])
})

test('text from a variable stays text where text is wanted', () => {
  for (const token of ['123456', 'true', 'null', '1e5', '~', '0x1F', '*a', '#x', '[a]']) {
    assert.equal(parse(`http: { token: \${TOKEN} }`, { TOKEN: token }).http.token, token)
  }
})

test('a variable cannot add keys to the file', () => {
  const config = parse(`agents: { main: { instructions: \${X} } }`, { X: 'a\nlogLevel: debug' })
  assert.equal(config.agents['main']?.instructions, 'a\nlogLevel: debug')
  assert.equal(config.logLevel, 'info')
})

test('a channel that is switched off may name variables that are not set', () => {
  const text = (enabled: string) => `
channels:
  t:
    token: \${NOPE}
    apiRoot: \${NOPE_EITHER}
    webhook: { secret: "\${NOR_THIS}" }
    access: { mention: \${NOR_THAT}, owners: ["\${NOBODY}"] }
    type: telegram
    enabled: ${enabled}
`
  for (const off of ['false', `\${ON:-false}`]) {
    const config = parse(text(off).replace(/ {4}webhook.*\n/, ''))
    assert.equal(config.channels['t']?.enabled, false)
  }
  assert.throws(
    () => parse(text('true')),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.problems.map((problem) => problem.path),
        [
          'channels.t.token',
          'channels.t.apiRoot',
          'channels.t.webhook.secret',
          'channels.t.access.mention',
          'channels.t.access.owners[0]',
        ],
      )
      return true
    },
  )
  assert.throws(
    () => parse(`channels: { t: { type: web, enabled: \${ON} } }`),
    /variable ON is not set/,
  )
  assert.throws(
    () => parse(`logLevel: \${LEVEL}`),
    /line 1, logLevel: the environment variable LEVEL/,
  )
})

test('an alias takes what its anchor says', () => {
  const config = parse(`
channels:
  a: { type: telegram, token: a, access: &access { owners: [1] } }
  b: { type: telegram, token: b, access: *access }
`)
  const channel = config.channels['b']
  assert.deepEqual(channel?.type === 'telegram' && channel.access.owners, ['1'])
})
