import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { editConfig } from './edit.ts'
import { setInYaml } from './edit-yaml.ts'
import { ConfigConflictError, ConfigError } from './errors.ts'
import { hash } from './load.ts'

const text = `# Top comment
dataDir: ./data                 # where it lies
http:
  port: 7700     # the port

# Channels
channels:
  # The bot
  telegram:
    type: telegram
    token: \${TOKEN}   # from the shell
    access: { dm: pairing, owners: [1, 2] }  # me
# The end
`

async function place(content: string | undefined = text) {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-edit-'))
  const file = join(folder, 'jackdaw.yaml')
  if (content !== undefined) await writeFile(file, content, { mode: 0o640 })
  const options = { env: { TOKEN: 't' }, cwd: folder, home: folder }
  return {
    folder,
    file,
    options,
    read: () => readFile(file, 'utf8'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function commentsIn(yaml: string): string[] {
  return [...yaml.matchAll(/# ([^\n]*)/g)].map((match) => match[1] ?? '').sort()
}

test('a word is replaced where it stands, and nothing else moves', async () => {
  await using at = await place()
  const loaded = await editConfig(at.file, [{ path: 'http.port', value: 8000 }], at.options)
  assert.equal(loaded.config.http.port, 8000)
  assert.equal(await at.read(), text.replace('7700', '8000'))
  assert.equal(loaded.hash, hash(await at.read()))
  assert.equal((await stat(at.file)).mode & 0o777, 0o640)
  assert.deepEqual(await readdir(at.folder), ['jackdaw.yaml'])
})

test('every edit keeps every comment', () => {
  const edits: [(string | number)[], unknown][] = [
    [['dataDir'], undefined],
    [['http'], undefined],
    [['http', 'port'], undefined],
    [['channels', 'telegram'], undefined],
    [['channels'], undefined],
    [['channels', 'telegram', 'token'], undefined],
    [['channels', 'telegram', 'access'], undefined],
    [
      ['channels', 'telegram', 'access', 'owners'],
      [2, 3, 4],
    ],
    [['channels', 'telegram', 'access', 'owners', 0], undefined],
    [['channels', 'telegram', 'access', 'dm'], 'open, or not'],
    [['channels', 'telegram', 'access'], { dm: 'off', mention: false }],
    [['channels', 'telegram', 'token'], `\${OTHER}`],
    [['channels', 'telegram'], { type: 'web' }],
    [['channels', 'page'], { type: 'web' }],
    [['http'], { host: 'localhost' }],
    [['http'], 3],
    [['channels'], []],
    [['queue', 'mode'], 'steer'],
  ]
  for (const [path, value] of edits) {
    const edited = setInYaml(text, path, value)
    assert.deepEqual(commentsIn(edited), commentsIn(text), `${path.join('.')}\n${edited}`)
    assert.ok(edited.includes('from the shell'))
    assert.ok(!/[\uFDD0\uFDD1]/.test(edited))
  }
})

test('sections that are not there are made, in an empty file too', () => {
  assert.equal(setInYaml('', ['queue', 'mode'], 'steer'), 'queue:\n  mode: steer\n')
  assert.equal(
    setInYaml('# only words\n', ['logLevel'], 'debug'),
    '# only words\n\nlogLevel: debug\n',
  )
  assert.equal(setInYaml('http:\n', ['http', 'port'], 1), 'http:\n  port: 1\n')
  assert.equal(setInYaml('a: 1\n', ['b'], undefined), 'a: 1\n')
})

test('a word that could be read as something else is quoted', () => {
  const text = 'agents: { main: { instructions: x } }\n'
  const path = ['agents', 'main', 'instructions']
  for (const value of [
    'true',
    '12',
    'a, b',
    'a: b',
    '# x',
    '',
    ' x',
    'null',
    '- a',
    `\${X}`,
    'ü "q"\n',
  ]) {
    const edited = setInYaml(text, path, value)
    assert.equal(edited, `agents: { main: { instructions: ${JSON.stringify(value)} } }\n`)
  }
})

test('a change that is not valid leaves the file as it was', async () => {
  await using at = await place()
  const change = editConfig(at.file, [{ path: 'http.port', value: 'x' }], at.options)
  await assert.rejects(
    change,
    (error) => error instanceof ConfigError && /http\.port/.test(error.message),
  )
  await assert.rejects(
    editConfig(at.file, [{ path: 'htp.port', value: 1 }], at.options),
    /line \d+, htp: there is no such key. Did you mean "http"\?/,
  )
  await assert.rejects(
    editConfig(at.file, [{ path: 'dataDir.x', value: 1 }], at.options),
    /is no section/,
  )
  await assert.rejects(editConfig(at.file, [{ path: '..', value: 1 }], at.options), SyntaxError)
  assert.equal(await at.read(), text)
})

test('a shown secret that comes back is refused', async () => {
  await using at = await place()
  const edit = { path: 'channels.telegram.token', value: '(set)' }
  await assert.rejects(editConfig(at.file, [edit], at.options), /only says that there is one/)
})

test('a file that somebody else changed is not overwritten', async () => {
  await using at = await place()
  const expectedHash = hash(text)
  const edit = [{ path: 'logLevel', value: 'debug' }]
  await editConfig(at.file, edit, { ...at.options, expectedHash })
  await assert.rejects(
    editConfig(at.file, edit, { ...at.options, expectedHash }),
    ConfigConflictError,
  )
})

test('several edits are one change', async () => {
  await using at = await place()
  const edits = [
    { path: 'http.host', value: '0.0.0.0' },
    { path: 'http.token', value: 'long-enough' },
  ]
  assert.equal((await editConfig(at.file, edits, at.options)).config.http.host, '0.0.0.0')
})

test('a file that is not there is made, for the owner alone', async () => {
  await using at = await place(undefined)
  const file = join(at.folder, 'new', 'jackdaw.yaml')
  await editConfig(file, [{ path: 'http.port', value: 1 }], {
    ...at.options,
    expectedHash: hash(''),
  })
  assert.equal(await readFile(file, 'utf8'), 'http:\n  port: 1\n')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('a link stays a link', async () => {
  await using at = await place()
  const link = join(at.folder, 'link.yaml')
  await symlink(at.file, link)
  await editConfig(link, [{ path: 'http.port', value: 1 }], at.options)
  assert.match(await at.read(), /port: 1 /)
})

test('a file that is not YAML is not edited', () => {
  assert.throws(() => setInYaml('a: [', ['b'], 1), ConfigError)
})
