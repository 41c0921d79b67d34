import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './errors.ts'
import { parseConfig } from './load.ts'

/** Text of a file, then every line of the error after the first. */
export type RefusedCase = readonly [string, ...string[]]

/** One test for each text: it is refused with exactly these lines. For tests only. */
export function eachIsRefused(cases: readonly RefusedCase[]): void {
  for (const [text, ...lines] of cases) {
    test(JSON.stringify(text), () => {
      assert.throws(
        () =>
          parseConfig(text, '/etc/jackdaw.yaml', {
            env: { PORT: 'abc' },
            cwd: '/work',
            home: '/home/eva',
            timezone: 'UTC',
          }),
        (error) => {
          assert.ok(error instanceof ConfigError)
          const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`
          const heading = `/etc/jackdaw.yaml has ${count}:`
          assert.equal(error.message, [heading, ...lines.map((line) => `  ${line}`)].join('\n'))
          return true
        },
      )
    })
  }
}
