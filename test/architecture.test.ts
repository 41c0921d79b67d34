import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  cruise,
  type DependencyType,
  type IForbiddenRuleType,
  type IModule,
} from 'dependency-cruiser'
import { listFiles } from './rigs/list-files.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const folders = ['core', 'channels', 'storage', 'config', 'gateway', 'test', 'bench', 'deploy']
/** Far fewer modules than there are mean that the reader read nothing: it says so nowhere else. */
const minModules = 300

const isTest = String.raw`\.test\.ts$`
const builtIn: { dependencyTypesNot: DependencyType[] } = { dependencyTypesNot: ['core'] }
const packages = (...names: string[]) => names.map((name) => `node_modules/(@types/)?${name}(/|$)`)

/** Who may import whom; docs/architecture.md tells the same in words. */
const rules: IForbiddenRuleType[] = [
  {
    name: 'nothing imports gateway/',
    from: { path: '^(core|channels|storage|config)/' },
    to: { path: '^gateway/' },
  },
  {
    name: 'only tests and benchmarks import test/ and bench/',
    from: { path: '^(core|channels|storage|config|gateway)/', pathNot: [isTest, fakes()] },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'core/ imports core/ and small pure libraries',
    from: { path: '^core/', pathNot: [isTest, '^core/runtimes/[^/]+/'] },
    to: {
      ...builtIn,
      pathNot: [
        '^core/',
        ...packages('mdast.*', 'micromark.*', 'hast.*', 'file-type', 'remend', 'chrono-node'),
      ],
    },
  },
  {
    name: 'an SDK is imported only inside core/runtimes/<name>/, and that imports core/ alone',
    from: { path: '^core/runtimes/[^/]+/', pathNot: isTest },
    to: {
      ...builtIn,
      pathNot: [
        '^core/',
        ...packages('ai', '@ai-sdk/.*', '@opencode-ai/sdk', '@agentclientprotocol/sdk', 'sharp'),
      ],
    },
  },
  {
    name: 'the rest of core/ knows its runtimes by what they offer, not by their insides',
    from: { path: '^core/', pathNot: [isTest, '^core/runtimes/'] },
    to: { path: '^core/runtimes/[^/]+/' },
  },
  {
    name: 'a channel never imports another channel',
    from: { path: '^channels/([^/]+)/', pathNot: isTest },
    to: { path: '^channels/[^/]+/', pathNot: '^channels/$1/' },
  },
  {
    name: 'channels/ import the ports, the model, errors, the clock, rendering and their SDK',
    from: {
      path: '^channels/',
      pathNot: [isTest, '^channels/adapters\\.ts$', '^channels/signal/spool/store\\.ts$'],
    },
    to: {
      ...builtIn,
      pathNot: [
        '^channels/',
        '^core/(ports|model|errors|clock)\\.ts$',
        '^core/rendering/',
        ...packages('undici', 'ws', '@grammyjs/types'),
      ],
    },
  },
  {
    name: 'the spool of Signal is a process of its own with a database of its own',
    from: { path: '^channels/signal/spool/store\\.ts$' },
    to: { ...builtIn, pathNot: ['^channels/signal/', ...packages('better-sqlite3')] },
  },
  {
    name: 'channels/adapters.ts imports adapters and, of the configuration, its types',
    from: { path: '^channels/adapters\\.ts$' },
    to: {
      ...builtIn,
      pathNot: ['^channels/', '^core/(ports|clock)\\.ts$', '^config/types\\.ts$'],
    },
  },
  {
    name: 'of the configuration, channels/ import types only',
    from: { path: '^channels/', pathNot: isTest },
    to: { path: '^config/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'storage/ imports the ports, the model, errors and its driver',
    from: { path: '^storage/', pathNot: isTest },
    to: {
      ...builtIn,
      pathNot: [
        '^storage/',
        '^core/(ports|runtime-port|model|errors|pairing)\\.ts$',
        '^core/store/',
        '^core/scheduler/(job|job-store)\\.ts$',
        ...packages('better-sqlite3'),
      ],
    },
  },
  {
    name: 'config/ imports zod and yaml',
    from: { path: '^config/', pathNot: isTest },
    to: { ...builtIn, pathNot: ['^config/', ...packages('zod', 'yaml')] },
  },
  {
    name: 'the page is browser code and imports nothing of the process',
    from: { path: '^gateway/dashboard/src/', pathNot: isTest },
    to: {
      path: '^(core|channels|storage|config|gateway|test|bench)/',
      pathNot: '^gateway/dashboard/src/',
    },
  },
  { name: 'no cycles', from: {}, to: { circular: true } },
  { name: 'every import is found', from: {}, to: { couldNotResolve: true } },
]

const modules = await readModules()
const sources = listFiles(root).filter((file) => /\.(ts|tsx|mjs)$/.test(file))
const code = sources.filter((file) => /^(core|channels|storage|config|gateway)\//.test(file))

test('the modules of the repository were read', () => {
  assert.ok(modules.length > minModules, `only ${modules.length} modules were read`)
})

for (const { name } of rules) {
  test(`imports: ${name}`, () => {
    const breaches = modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ rules: broken }) => broken?.some((rule) => rule.name === name))
        .map(({ resolved }) => `${source} → ${resolved}`),
    )
    assert.deepEqual(breaches, [])
  })
}

test('a start loads only the packages that every start needs', () => {
  const loaded = new Set<string>()
  const open = ['gateway/gateway.ts']
  for (const file of open) {
    const found = modules.find(({ source }) => source === file)
    for (const { resolved, dynamic, dependencyTypes } of found?.dependencies ?? []) {
      if (dynamic || dependencyTypes.includes('type-only')) continue
      const inPackage = /node_modules\/((@[^/]+\/)?[^/]+)/.exec(resolved)?.[1]
      if (inPackage !== undefined) loaded.add(inPackage)
      else if (!open.includes(resolved)) open.push(resolved)
    }
  }
  const needed = ['better-sqlite3', 'node-cron', 'pino', 'prom-client', 'undici', 'yaml', 'zod']
  const extra = [...loaded].filter((name) => !needed.includes(name) && !name.startsWith('@types/'))
  assert.deepEqual(extra, [])
})

test('no file is a barrel', () => {
  const barrels = code.filter((file) => {
    const statements = read(file).match(/^(import|export)\b.*$/gm) ?? []
    return statements.length > 1 && statements.every((line) => /^export .* from /.test(line))
  })
  assert.deepEqual(barrels, [])
})

test('nothing is a default export, except what Vite asks for', () => {
  assert.deepEqual(
    sources.filter((file) => /^export default\b/m.test(read(file))),
    ['gateway/dashboard/vite.config.ts'],
  )
})

test('only config/ reads the environment', () => {
  const readers = code.filter(
    (file) => !isTestFile(file) && /\bprocess\.env\b|\benv\b.*from 'node:process'/.test(read(file)),
  )
  assert.deepEqual(
    readers.filter((file) => !file.startsWith('config/')),
    [],
  )
})

test('loops sleep: nothing uses setInterval', () => {
  assert.deepEqual(
    code.filter((file) => !isTestFile(file) && /\bsetInterval\(/.test(read(file))),
    [],
  )
})

test('nothing changeable lives at the top of a module', () => {
  assert.deepEqual(
    code.filter((file) => !isTestFile(file) && /^(export )?(let|var) /m.test(read(file))),
    [],
  )
})

test('a source file has at most 250 lines', () => {
  const long = code
    .filter((file) => !isTestFile(file))
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > 250)
    .map(({ file, lines }) => `${file}: ${lines}`)
  assert.deepEqual(long, [])
})

async function readModules(): Promise<readonly IModule[]> {
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      ruleSet: { forbidden: rules },
      validate: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^(dist|gateway/dashboard/dist)/|\\.css$' },
      tsPreCompilationDeps: true,
      tsConfig: { fileName: join(root, 'tsconfig.json') },
      moduleSystems: ['es6'],
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  )
  if (typeof output === 'string') throw new Error('The modules were not read as objects.')
  return output.modules.filter(({ source }) => !source.includes('node_modules'))
}

/** Tests, and what only they import. */
function isTestFile(file: string): boolean {
  return /\.test\.ts$/.test(file) || new RegExp(fakes()).test(file)
}

function fakes(): string {
  return '^(gateway/http/fake-gateway|gateway/dashboard/(scripted-[a-z]+|[a-z]+-samples|page-bench|find-too-wide)|config/refused)\\.ts$'
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
