import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString as plain } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { listFiles } from './rigs/list-files.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const documents = listFiles(root, '**/*.md').filter((file) => !file.includes('/golden/'))

type Node = ReturnType<typeof fromMarkdown> | ReturnType<typeof fromMarkdown>['children'][number]
type Link = { readonly url: string; readonly line: number }
type Manifest = {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
type Lock = { packages: Record<string, { optionalDependencies?: Record<string, string> }> }

test('the documents were found', () => {
  assert.ok(documents.includes('README.md'))
  assert.ok(documents.length > 15, `only ${documents.length}`)
})

test('every link to a file leads to one, and every link to a heading to that', () => {
  const broken = documents.flatMap((file) =>
    linksOf(parse(file))
      .filter(({ url }) => !/^[a-z]+:/i.test(url) && !leadsSomewhere(file, url))
      .map(({ url, line }) => `${file}:${line} → ${url}`),
  )
  assert.deepEqual(broken, [])
})

test('every document can be reached from the README', () => {
  const seen = new Set<string>()
  const waiting = ['README.md']
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const here = file
    const targets = linksOf(parse(here)).map(({ url }) =>
      join(dirname(here), decodeURI(url.split('#')[0] ?? '')),
    )
    waiting.push(...targets.filter((target) => documents.includes(target)))
  }
  assert.deepEqual(
    documents.filter((file) => !seen.has(file)),
    [],
  )
})

test('no document tells of a path on somebody’s machine', () => {
  const told = documents.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w.])\/(work|root|tmp|home|Users)\/\S*/g)].map(
      ([path]) => `${file}: ${path}`,
    ),
  )
  assert.deepEqual(told, [])
})

test('the README fits on few screens', () => {
  assert.ok(read('README.md').split('\n').length <= 150)
})

test('every package that is asked for is explained, and nothing else', () => {
  const { dependencies, devDependencies } = readJson<Manifest>('package.json')
  const asked = Object.keys({ ...dependencies, ...devDependencies })
  const explained = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)`/gm)].map(
    ([, name]) => name,
  )
  assert.deepEqual(explained.sort(), asked.sort())
})

// npm leaves out the optional packages that its registry does not serve, and then refuses to install from the lock.
test('the lock file names every optional package, for every platform', () => {
  const { packages } = readJson<Lock>('package-lock.json')
  const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) =>
          !packages[`${parent}/node_modules/${name}`] && !packages[`node_modules/${name}`],
      )
      .map(([name, version]) => `${name}@${version}, which ${parent} may need`),
  )
  assert.deepEqual(missing, [])
})

test('the lock file names no registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved":/)
})

function leadsSomewhere(file: string, url: string): boolean {
  const [path = '', anchor] = decodeURI(url).split('#')
  const target = path === '' ? file : join(dirname(file), path)
  if (!existsSync(join(root, target))) return false
  if (anchor === undefined || !target.endsWith('.md')) return true
  return headingsOf(parse(target)).includes(anchor)
}

function linksOf(node: Node): readonly Link[] {
  const below = 'children' in node ? node.children.flatMap((child) => linksOf(child)) : []
  if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return below
  return [...below, { url: node.url, line: node.position?.start.line ?? 0 }]
}

/** As GitHub makes anchors of headings. */
function headingsOf(node: Node): readonly string[] {
  const below = 'children' in node ? node.children.flatMap((child) => headingsOf(child)) : []
  if (node.type !== 'heading') return below
  const words = plain(node).toLowerCase()
  return [words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-')]
}

function parse(file: string): ReturnType<typeof fromMarkdown> {
  return fromMarkdown(read(file), { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
}

function readJson<T>(file: string): T {
  return JSON.parse(read(file)) as T
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
