import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { StoreError } from '../core/errors.ts'
import { toStoreError } from './disk-error.ts'

async function failureOf(step: () => Promise<unknown>): Promise<unknown> {
  return await step().then(
    () => assert.fail('it must fail'),
    (error: unknown) => error,
  )
}

test('a full disk is named with what to do', { skip: !existsSync('/dev/full') }, async () => {
  const error = toStoreError(await failureOf(() => writeFile('/dev/full', 'x')), '/data/blobs')
  assert.ok(error instanceof StoreError)
  assert.equal(error.code, 'full')
  assert.match(error.message, /No space is left for \/data\/blobs\. Free some space/)
  assert.ok(error.cause instanceof Error)
})

test('a path that cannot be a directory is unavailable, with the reason', async () => {
  const error = toStoreError(await failureOf(() => mkdir('/dev/null/x')), '/dev/null/x')
  assert.ok(error instanceof StoreError)
  assert.equal(error.code, 'unavailable')
  assert.match(error.message, /^\/dev\/null\/x cannot be used \(ENOTDIR\)/)
})

test('what is no failure of the file system stays as it is', () => {
  const bug = new TypeError('a bug')
  assert.equal(toStoreError(bug, '/data'), bug)
  assert.equal(toStoreError('text', '/data'), 'text')
  const known = new StoreError('locked', 'in use')
  assert.equal(toStoreError(known, '/data'), known)
})
