import { relative } from 'node:path'
import type { run } from 'node:test'
import { inspect } from 'node:util'

/** What a file wrote is shown when it fails, and of that only the end. */
const maxOutput = 16_000

/** For logs: a line per file, what failed in full, and at the end the sums as node words them. */
export class CompactReport {
  readonly #root: string
  readonly #output = new Map<string, string>()
  readonly #sums: string[] = []

  constructor(root: string, tests: ReturnType<typeof run>) {
    this.#root = root
    tests.on('test:stdout', ({ file, message }) => this.#keep(file, message))
    tests.on('test:stderr', ({ file, message }) => this.#keep(file, message))
    tests.on('test:fail', ({ file, line, name, details }) => {
      const { error } = details
      const type = 'failureType' in error ? error.failureType : undefined
      // Of a group only what failed in it is told; what was stopped is named once, by who stopped it.
      if (type === 'subtestsFailed' || type === 'testAborted') return
      const place = `${this.#short(file)}${line === undefined ? '' : `:${line}`}`
      const cause =
        error.cause instanceof Error ? (error.cause.stack ?? inspect(error)) : inspect(error.cause)
      print(`✖ ${place} ${name === file ? '' : name}\n${cause.replaceAll(/^/gm, '    ')}\n`)
    })
    tests.on('test:summary', ({ file, counts, duration_ms, success }) => {
      if (file === undefined) return
      const ms = Math.round(duration_ms)
      print(`${success ? '✔' : '✖'} ${this.#short(file)} (${counts.tests} tests, ${ms} ms)\n`)
      const output = this.#output.get(file)
      this.#output.delete(file)
      if (!success && output !== undefined) print(`${output.replaceAll(/^/gm, '    │ ')}\n`)
    })
    tests.on('test:diagnostic', ({ file, message }) => {
      if (file === undefined) this.#sums.push(`# ${message}\n`)
    })
  }

  printSummary(): void {
    print(this.#sums.join(''))
  }

  #keep(file: string, message: string): void {
    this.#output.set(file, `${this.#output.get(file) ?? ''}${message}`.slice(-maxOutput))
  }

  #short(file: string | undefined): string {
    return file === undefined ? '' : relative(this.#root, file)
  }
}

function print(text: string): void {
  process.stdout.write(text)
}
