import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** So many files of a folder share a process: starting one takes longer than most files. */
const maxFiles = 10

const together = /^(core|channels|config|gateway|storage)\//
/** What is long, waits for other processes, or changes its own, has a process to itself. */
const alone: readonly RegExp[] = [
  /(contract|fuzz|property)\.test\.ts$/,
  /^gateway\/(cli|dashboard|mcp)\//,
  /^core\/runtimes\/(acp|opencode|tools)\//,
  /^core\/heartbeat\/heartbeat\./,
  /^core\/scheduler\/(condition-module|many-due)\./,
  /^channels\/telegram\/poll\./,
  /^channels\/signal\/spool\//,
  /^gateway\/(log|live-config)\./,
  /^storage\/(lock|sqlite\/store)\./,
]

/** Test files to run, some of them groups; disposing removes what was written for these. */
export class TestGroups implements AsyncDisposable {
  /** Absolute. */
  readonly files: readonly string[]
  readonly #folder: string

  private constructor(files: readonly string[], folder: string) {
    this.files = files
    this.#folder = folder
  }

  /**
   * Puts small test files of one folder together, as one file that imports them. `files` are relative to the working
   * directory and keep their order; the groups come behind them.
   */
  static async of(files: readonly string[]): Promise<TestGroups> {
    const folder = await mkdtemp(join(tmpdir(), 'jackdaw-groups-'))
    const [small, others] = [files.filter(isSmall), files.filter((file) => !isSmall(file))]
    const groups: string[] = []
    for (const members of Map.groupBy(small, (file) => dirname(file)).values()) {
      for (let first = 0; first < members.length; first += maxFiles)
        groups.push(await writeGroup(members.slice(first, first + maxFiles), folder))
    }
    return new TestGroups([...others.map((file) => resolve(file)), ...groups], folder)
  }

  /** How a file or a group is called in front of people. */
  nameOf(file: string): string {
    return relative(file.startsWith(this.#folder) ? this.#folder : process.cwd(), file)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function isSmall(file: string): boolean {
  return together.test(file) && !alone.some((pattern) => pattern.test(file))
}

async function writeGroup(members: readonly string[], folder: string): Promise<string> {
  const [first = '', ...others] = members
  const last = others.at(-1)
  if (last === undefined) return resolve(first)
  const [from, to] = [first, last].map((file) => basename(file, '.test.ts'))
  const path = join(folder, dirname(first), `${from} to ${to}`, `${members.length}-files.test.ts`)
  await mkdir(dirname(path), { recursive: true })
  const lines = members.map((file) => `await import('${pathToFileURL(resolve(file)).href}')\n`)
  await writeFile(path, lines.join(''))
  return path
}
