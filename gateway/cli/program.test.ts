import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

/** What a module imports when it is loaded; types and `import()` are not. */
async function importsOf(file: URL): Promise<string[]> {
  const source = await readFile(file, 'utf8')
  const statements = source.matchAll(/^import (?!type\b)[^'"]*?from '([^']+)'/gm)
  return [...statements].map(([, name = '']) => name)
}

test('showing help loads commander, small files of ours and nothing else', async () => {
  const waiting = [new URL('program.ts', import.meta.url)]
  const seen = new Set<string>()
  const packages = new Set<string>()
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file.href)) continue
    seen.add(file.href)
    for (const name of await importsOf(file)) {
      if (name.startsWith('.')) waiting.push(new URL(name, file))
      else if (!name.startsWith('node:')) packages.add(name)
    }
  }
  assert.deepEqual([...packages], ['commander'])
  assert.ok(seen.size > 15 && seen.size < 40, `${seen.size} files`)
})
