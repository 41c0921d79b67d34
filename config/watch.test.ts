import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { load } from './load.ts'
import { type ConfigChange, watchConfig } from './watch.ts'

/** A watch on a real folder; `next` resolves with the next change. The quiet time is over at once. */
async function watching(text: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'jackdaw-watch-'))
  const file = join(folder, 'jackdaw.yaml')
  if (text !== undefined) await writeFile(file, text)
  const options = { env: {}, cwd: folder, home: join(folder, 'home') }
  const current = await load(options)
  const stop = new AbortController()
  const seen: ConfigChange[] = []
  const waiting: ((change: ConfigChange) => void)[] = []
  const sleep = async () => {
    await new Promise((resolve) => setImmediate(resolve))
  }
  const watch = watchConfig({ load: options, current, sleep, signal: stop.signal }, (change) => {
    const waiter = waiting.shift()
    if (waiter === undefined) seen.push(change)
    else waiter(change)
  })
  return {
    file,
    put: (content: string) => writeFile(file, content),
    async replace(content: string) {
      await writeFile(`${file}.new`, content)
      await rename(`${file}.new`, file)
    },
    next: () =>
      new Promise<ConfigChange>((resolve) => {
        const change = seen.shift()
        if (change === undefined) waiting.push(resolve)
        else resolve(change)
      }),
    unread: seen,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watch
      await rm(folder, { recursive: true })
    },
  }
}

function port(change: ConfigChange): number | string {
  return 'error' in change ? change.error.message : change.config.http.port
}

/** A write may be seen half done; then an error comes first and the right text after it. */
async function until(watch: { next(): Promise<ConfigChange> }, wanted: number | RegExp) {
  for (let turn = 0; turn < 20; turn += 1) {
    const found = port(await watch.next())
    if (typeof wanted === 'number' ? found === wanted : wanted.test(String(found))) return
  }
  assert.fail(`never saw ${wanted}`)
}

test('a write and a replacement of the file are both seen', async () => {
  await using watch = await watching('http: { port: 1 }')
  await watch.put('http: { port: 2 }')
  await until(watch, 2)
  await watch.replace('http: { port: 3 }')
  await until(watch, 3)
  await watch.replace('http: { port: 4 }')
  await until(watch, 4)
})

test('a mistake is told, and its correction too', async () => {
  await using watch = await watching('http: { port: 1 }')
  await watch.replace('http: { port: x }')
  await until(watch, /line 1, http\.port: saw "x"/)
  await watch.replace('http: { port: 1 }')
  await until(watch, 1)
})

test('an emptied file and a removed file are mistakes, not the defaults', async () => {
  await using watch = await watching('http: { port: 1 }')
  await watch.replace('')
  await until(watch, /the file is empty/)
  await rm(watch.file)
  await until(watch, /no such file/)
  await watch.put('http: { port: 5 }')
  await until(watch, 5)
})

test('the same text again is no change', async () => {
  await using watch = await watching('http: { port: 1 }')
  await watch.replace('http: { port: 1 }')
  await watch.replace('http: { port: 2 }')
  assert.equal(port(await watch.next()), 2)
  assert.deepEqual(watch.unread, [])
})

test('a first file is seen where there was none', async () => {
  await using watch = await watching(undefined)
  await watch.replace('http: { port: 6 }')
  await until(watch, 6)
})
