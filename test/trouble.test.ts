import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { openStore } from '../storage/open.ts'
import { GatewayProcess } from './rigs/gateway-process.ts'
import { startTelegramServer, type TelegramServer } from './servers/telegram.ts'

async function withDir(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-trouble-'))
  try {
    await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function echoOverTelegram(server: TelegramServer, token = server.token): object {
  return {
    agents: { main: { runtime: { type: 'echo' } } },
    queue: { mode: 'followup', maxQueued: 100, debounceMs: 0, senderPerMinute: 0 },
    channels: {
      telegram: { type: 'telegram', token, apiRoot: server.url, access: { dm: 'open' } },
    },
  }
}

test('a database of a newer version ends the start with 78 and stays as it is', async () => {
  await withDir(async (dir) => {
    await (await openStore({ dataDir: join(dir, 'data') })).close()
    const db = new Database(join(dir, 'data/jackdaw.db'))
    db.pragma('user_version = 999')
    db.close()
    const gateway = await GatewayProcess.start(dir, {})
    assert.equal((await gateway.exited).code, 78)
    assert.match(await gateway.log(), /schema 999.*newer version/s)
  })
})

test('a damaged database ends the start with a sentence that names the remedy', async () => {
  await withDir(async (dir) => {
    await mkdir(join(dir, 'data'))
    await writeFile(join(dir, 'data/jackdaw.db'), 'this is no database'.repeat(500))
    const gateway = await GatewayProcess.start(dir, {})
    assert.equal((await gateway.exited).code, 1)
    assert.match(await gateway.log(), /jackdaw\.db is damaged .*jackdaw restore/s)
  })
})

test('a wrong bot token is a state of its channel; everything else serves', async () => {
  await withDir(async (dir) => {
    await using server = await startTelegramServer()
    const gateway = await GatewayProcess.start(
      dir,
      echoOverTelegram(server, '7000001:AAE-another_token_of_thirty_five_c'),
    )
    const url = await gateway.ready
    const ready = (await (await fetch(new URL('/readyz', url))).json()) as {
      ready: boolean
      channels: Record<string, { state: string; detail: string }>
    }
    assert.equal(ready.ready, true)
    assert.equal(ready.channels['telegram']?.state, 'failed')
    assert.equal(ready.channels['web']?.state, 'up')
    assert.equal((await gateway.stop()).code, 0)
    assert.doesNotMatch(await gateway.log(), /AAE-another/)
  })
})

const mounted = spawnSync('mount', ['--version']).status === 0 && process.getuid?.() === 0
const skip = !mounted && 'A full disk is made by mounting a small one, which only root may do.'

test('while the disk is full nothing is confirmed and nothing is lost', { skip }, async (t) => {
  await withDir(async (dir) => {
    const disk = join(dir, 'data')
    await mkdir(disk)
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], {
      encoding: 'utf8',
    })
    if (mount.status !== 0) {
      t.skip(`No disk could be mounted here: ${mount.stderr.trim()}`)
      return
    }
    await using server = await startTelegramServer()
    let gateway: GatewayProcess | undefined
    try {
      gateway = await GatewayProcess.start(dir, echoOverTelegram(server))
      await gateway.ready
      server.says(1000, 'before')
      await server.waitFor(() => server.texts(1000).includes('before'))

      await fill(join(disk, 'ballast'))
      const texts = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(2000)}`)
      for (const text of texts) server.says(1000, text)
      const log = join(dir, 'log')
      await server.waitFor(() => server.counts.get('getUpdates') ?? 0)
      await until(async () => (await readFile(log, 'utf8')).includes('is full'))
      assert.equal(gateway.isRunning, true)

      await rm(join(disk, 'ballast'))
      // Every text is answered exactly once and in order.
      await server.waitFor(() => texts.every((text) => said(server).includes(text)), 60_000)
      assert.equal(
        said(server)
          .split('\n')
          .filter((line) => line !== 'before')
          .join('\n'),
        texts.join('\n'),
      )
      assert.equal((await gateway.stop()).code, 0)
    } finally {
      if (gateway?.isRunning) gateway.kill('SIGKILL')
      await gateway?.exited
      spawnSync('umount', [disk])
    }
  })
})

/** What the bot has said in the chat, as one text. */
function said(server: TelegramServer): string {
  return server.texts(1000).join('\n')
}

async function fill(path: string): Promise<void> {
  for (let size = 1 << 20; size >= 4096; size /= 2) {
    const block = Buffer.alloc(size)
    while (
      await writeFile(path, block, { flag: 'a' }).then(
        () => true,
        () => false,
      )
    );
  }
}

/** Asks again until it is so; the test runner's limit ends what never comes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}
