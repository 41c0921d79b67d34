import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WorkspaceFiles } from './workspace-files.ts'

const now = Date.UTC(2026, 2, 1, 12)
const direct = { isDirect: true, now, maxBytes: 1_000_000 }

async function makeFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-workspace-'))
  return {
    folder,
    files: new WorkspaceFiles(folder, (at) => new Date(at).toISOString().slice(0, 10)),
    put: async (name: string, content: string | Buffer) => {
      await mkdir(join(folder, 'memory'), { recursive: true })
      await writeFile(join(folder, name), content)
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  }
}

test('the files come in their order, each under its name, with the notes of two days', async () => {
  await using rig = await makeFolder()
  for (const name of ['MEMORY.md', 'TOOLS.md', 'USER.md', 'IDENTITY.md', 'SOUL.md', 'AGENTS.md']) {
    await rig.put(name, `This is ${name}.\n`)
  }
  await rig.put('HEARTBEAT.md', 'Not for chats.')
  await rig.put('memory/2026-03-01.md', 'today')
  await rig.put('memory/2026-02-28.md', 'yesterday')
  await rig.put('memory/2026-02-27.md', 'long ago')
  assert.equal(
    await rig.files.read(direct),
    [
      '# Files of your workspace',
      ...['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'TOOLS.md', 'USER.md', 'MEMORY.md'].map(
        (name) => `## ${name}\n\nThis is ${name}.`,
      ),
      '## memory/2026-02-28.md\n\nyesterday',
      '## memory/2026-03-01.md\n\ntoday',
    ].join('\n\n'),
  )
})

test('what is personal is kept from groups', async () => {
  await using rig = await makeFolder()
  for (const name of ['AGENTS.md', 'USER.md', 'MEMORY.md', 'memory/2026-03-01.md']) {
    await rig.put(name, `secret of ${name}`)
  }
  await rig.files.read(direct)
  const inGroup = await rig.files.read({ ...direct, isDirect: false })
  assert.equal(inGroup, '# Files of your workspace\n\n## AGENTS.md\n\nsecret of AGENTS.md')
})

test('a folder that is missing is made for its owner alone, and says nothing', async () => {
  await using rig = await makeFolder()
  const folder = join(rig.folder, 'a', 'b')
  assert.equal(await new WorkspaceFiles(folder, String).read(direct), '')
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  await rig.put('file', '')
  assert.equal(await new WorkspaceFiles(join(rig.folder, 'file'), String).read(direct), '')
})

test('a file over its cap keeps its head and its tail', async () => {
  await using rig = await makeFolder()
  const text = `${'h'.repeat(15_000)}${'m'.repeat(10_000)}${'t'.repeat(15_000)}`
  await rig.put('AGENTS.md', text)
  const read = await rig.files.read(direct)
  const notice = '[…truncated, read AGENTS.md for the whole…]'
  assert.ok(read.endsWith(`${'h'.repeat(14_000)}\n${notice}\n${'t'.repeat(4_000)}`))
})

test('a huge file is not read whole', async () => {
  await using rig = await makeFolder()
  await rig.put('AGENTS.md', `begin ${'ä€😀'.repeat(200_000)} end`)
  const read = await rig.files.read(direct)
  assert.match(read, /## AGENTS\.md\n\nbegin ä€😀/)
  assert.match(read, /ä€😀 end$/)
  assert.ok(read.length < 20_000 && read.isWellFormed())
})

test('all files together stay within the room of the model', async () => {
  await using rig = await makeFolder()
  for (const name of ['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'TOOLS.md', 'USER.md']) {
    await rig.put(name, 'ü'.repeat(3_000))
  }
  const read = await rig.files.read({ ...direct, maxBytes: 9_500 })
  assert.ok(Buffer.byteLength(read) < 10_200, `${Buffer.byteLength(read)}`)
  assert.match(read, /\[…truncated, read SOUL\.md for the whole…\]/)
  assert.match(read, /\[…left out, read USER\.md for it…\]$/)
})

test('links out of the folder, folders, pipes and binary files are skipped; links within are followed', async () => {
  await using rig = await makeFolder()
  await using other = await makeFolder()
  await other.put('secret.md', 'not of this workspace')
  await symlink(join(other.folder, 'secret.md'), join(rig.folder, 'AGENTS.md'))
  await mkdir(join(rig.folder, 'SOUL.md'))
  await rig.put('IDENTITY.md', Buffer.from([0x50, 0x4b, 3, 4, 0, 0]))
  await rig.put('TOOLS.md', Buffer.from([0xff, 0xfe, 0x41]))
  execFileSync('mkfifo', [join(rig.folder, 'USER.md')])
  await rig.put('notes.md', 'within')
  await symlink('notes.md', join(rig.folder, 'MEMORY.md'))
  assert.equal(await rig.files.read(direct), '# Files of your workspace\n\n## MEMORY.md\n\nwithin')
})

test('a file is read anew once it has changed', async () => {
  await using rig = await makeFolder()
  const at = new Date(now)
  await rig.put('AGENTS.md', 'one')
  await utimes(join(rig.folder, 'AGENTS.md'), at, at)
  assert.match(await rig.files.read(direct), /one$/)
  // The same size and time: nothing tells that it is another one.
  await rig.put('AGENTS.md', 'two')
  await utimes(join(rig.folder, 'AGENTS.md'), at, at)
  assert.match(await rig.files.read(direct), /one$/)
  await utimes(join(rig.folder, 'AGENTS.md'), at, new Date(now + 1000))
  assert.match(await rig.files.read(direct), /two$/)
  await rm(join(rig.folder, 'AGENTS.md'))
  assert.equal(await rig.files.read(direct), '')
})
