import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../', import.meta.url))

test('the adapter that the documents show fits the port', () => {
  const document = readFileSync(join(root, 'docs/adding-a-channel.md'), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(document)?.[1] ?? ''
  assert.match(code, /implements ChannelAdapter/)
  const problems = check(join(root, 'channels/pigeon/adapter.ts'), code)
  assert.deepEqual(problems, [])
})

/** What the compiler says of a file that is not on disk, with the settings of the repository. */
function check(file: string, code: string): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? code : readFile(name))
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, code, version) : getSourceFile(name, version, ...rest)
  const program = ts.createProgram([file], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
