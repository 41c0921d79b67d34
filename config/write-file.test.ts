import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeFileAtomically } from './write-file.ts'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-write-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a file is replaced as a whole, keeps its mode, and leaves nothing beside it', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.yaml')
    await writeFile(file, 'old', { mode: 0o640 })
    await writeFileAtomically(file, 'new')
    assert.equal(await readFile(file, 'utf8'), 'new')
    assert.equal((await stat(file)).mode & 0o777, 0o640)
    assert.deepEqual(await readdir(folder), ['a.yaml'])
  })
})

test('what killed writers left is removed once nobody can be at work on it', async () => {
  await inFolder(async (folder) => {
    const old = ['.a.yaml.0123456789ab.tmp', '.b.yaml.0123456789ab.tmp', '.a.yaml.notes.tmp']
    const fresh = '.a.yaml.ba9876543210.tmp'
    for (const name of [...old, fresh]) await writeFile(join(folder, name), 'half')
    const before = new Date(Date.now() - 2 * 3_600_000)
    for (const name of old) await utimes(join(folder, name), before, before)
    await writeFileAtomically(join(folder, 'a.yaml'), 'new')
    assert.deepEqual((await readdir(folder)).toSorted(), [
      '.a.yaml.ba9876543210.tmp',
      '.a.yaml.notes.tmp',
      '.b.yaml.0123456789ab.tmp',
      'a.yaml',
    ])
  })
})
