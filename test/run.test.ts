import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./run.ts', import.meta.url))
const passing = `import { test } from 'node:test'\ntest('is fine', () => {})\n`

test('a run that passes ends with the sums of node and exit code 0', async (t) => {
  const { code, lines } = await runTests(t, { 'a.test.ts': passing, 'b.ts': 'throw 1' })
  assert.equal(code, 0, lines.join('\n'))
  assert.deepEqual(
    lines.filter((line) => /^# (tests|pass|fail)/.test(line)),
    ['# tests 1', '# pass 1', '# fail 0'],
  )
})

test('a failure is told with its place, its reason and what the file wrote', async (t) => {
  const { code, lines } = await runTests(t, {
    'a.test.ts': `import { test } from 'node:test'\nconsole.log('look here')\ntest('breaks', () => { throw new Error('for a reason') })\n`,
    'b.test.ts': `throw new Error('while loading')\n`,
  })
  const all = lines.join('\n')
  assert.equal(code, 1)
  assert.match(all, /✖ a\.test\.ts:3 breaks\n {4}Error: for a reason/)
  assert.match(all, /│ look here/)
  assert.match(all, /✖ b\.test\.ts/)
  assert.match(all, /while loading/)
})

test('small files of one folder share a process, and what fails in one is told with its place', async (t) => {
  const { code, lines } = await runTests(t, {
    'core/a.test.ts': `import { test } from 'node:test'\ntest('pid', () => console.log(process.pid))\n`,
    'core/b.test.ts': `import { test } from 'node:test'\nconsole.log(process.pid)\ntest('breaks', () => { throw new Error('for a reason') })\n`,
    'core/c.contract.test.ts': passing,
  })
  assert.equal(code, 1)
  const all = lines.join('\n')
  assert.match(all, /✖ core\/b\.test\.ts:3 breaks\n {4}Error: for a reason/)
  assert.match(all, /✖ core\/a to b\/2-files\.test\.ts \(2 tests/)
  assert.match(all, /✔ core\/c\.contract\.test\.ts \(1 tests/)
  const pids = lines.filter((line) => /^ *│ \d+$/.test(line)).map((line) => line.trim())
  assert.equal(pids.length, 2)
  assert.equal(new Set(pids).size, 1)
})

test('only files whose path holds an argument are run', async (t) => {
  const files = { 'a.test.ts': passing, 'b.test.ts': `throw new Error('unwanted')` }
  assert.equal((await runTests(t, files, 'a.test')).code, 0)
  assert.equal((await runTests(t, files, 'nothing-like-it')).code, 2)
})

test('what was skipped for the same reason is one line', async (t) => {
  const skipping = `import { test } from 'node:test'
test('one', { skip: 'no browser here' }, () => {})
test('two', { skip: 'no browser here' }, () => {})
`
  const { code, lines } = await runTests(t, { 'a.test.ts': skipping })
  assert.equal(code, 0)
  assert.ok(lines.includes('Skipped 2 tests: no browser here'), lines.join('\n'))
})

test('a file that does not end is stopped and named, and the others are run', async (t) => {
  const hanging = `import { createServer } from 'node:net'\ncreateServer().listen(0)\n`
  const { code, lines } = await runTests(
    t,
    { 'a.test.ts': hanging, 'b.test.ts': passing },
    // The other file has to begin and end within it, on a busy machine too.
    '--file-limit',
    '4',
  )
  assert.equal(code, 1)
  assert.ok(lines.includes('Stopped: took longer than 4 s: a.test.ts'), lines.join('\n'))
  assert.ok(lines.includes('# pass 1'), lines.join('\n'))
})

test('when the time for everything is over, what runs then is named', async (t) => {
  const hanging = `import { createServer } from 'node:net'\ncreateServer().listen(0)\n`
  const { code, lines } = await runTests(t, { 'a.test.ts': hanging }, '--limit', '1')
  assert.equal(code, 1)
  assert.ok(
    lines.includes('Stopped: everything together took longer than 1 s; still running: a.test.ts'),
    lines.join('\n'),
  )
})

async function runTests(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ code: number | null; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-run-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  // Node marks the processes of its tests, and one so marked does not run tests of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, lines: `${out}${error}`.split('\n') }
}
