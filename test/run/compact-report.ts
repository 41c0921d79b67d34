import type { run } from 'node:test'
import { inspect } from 'node:util'

/** What a file wrote is shown when it fails, and of that only the end. */
const maxOutput = 16_000

/** For logs: a line per file, what failed in full, and at the end the sums as node words them. */
export class CompactReport {
  readonly #nameOf: (file: string) => string
  readonly #output = new Map<string, string>()
  readonly #sums: string[] = []

  constructor(nameOf: (file: string) => string, tests: ReturnType<typeof run>) {
    this.#nameOf = nameOf
    tests.on('test:stdout', ({ file, message }) => this.#keep(file, message))
    tests.on('test:stderr', ({ file, message }) => this.#keep(file, message))
    tests.on('test:fail', ({ file, line, name, details: { error } }) => {
      const type = 'failureType' in error ? error.failureType : undefined
      // Of a group only what failed in it is told; what was stopped is named once, by who stopped it.
      if (type === 'subtestsFailed' || type === 'testAborted') return
      if (file !== undefined && name === file) return this.#tellBroken(file)
      const cause = error.cause instanceof Error ? error.cause.stack : inspect(error.cause)
      print(`✖ ${this.#short(file)}:${line} ${name}\n${indent(cause ?? error.message, '    ')}\n`)
    })
    tests.on('test:summary', ({ file, counts, duration_ms, success }) => {
      if (file === undefined) return
      const ms = Math.round(duration_ms)
      print(`${success ? '✔' : '✖'} ${this.#short(file)} (${counts.tests} tests, ${ms} ms)\n`)
      this.#tellOutput(file, !success)
    })
    tests.on('test:diagnostic', ({ file, message }) => {
      if (file === undefined) this.#sums.push(`# ${message}\n`)
    })
  }

  printSummary(): void {
    print(this.#sums.join(''))
  }

  /** The process of a file ended before, or beside, its tests. */
  #tellBroken(file: string): void {
    print(`✖ ${this.#short(file)} did not end well\n`)
    this.#tellOutput(file, true)
  }

  #tellOutput(file: string, isWanted: boolean): void {
    const output = this.#output.get(file)
    this.#output.delete(file)
    if (isWanted && output !== undefined) print(`${indent(output.trimEnd(), '    │ ')}\n`)
  }

  #keep(file: string, message: string): void {
    this.#output.set(file, `${this.#output.get(file) ?? ''}${message}`.slice(-maxOutput))
  }

  #short(file: string | undefined): string {
    return file === undefined ? '' : this.#nameOf(file)
  }
}

function indent(text: string, margin: string): string {
  return text.replaceAll(/^/gm, margin)
}

function print(text: string): void {
  process.stdout.write(text)
}
