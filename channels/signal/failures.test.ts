import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryFailure } from '../../core/errors.ts'
import {
  NetworkFailure,
  Refusal,
  readRefusal,
  toChannelError,
  toDeliveryError,
} from './failures.ts'

const waits = { limitMs: 60_000, personMs: 300_000 }

const refusals: readonly [number, string, DeliveryFailure, string, number?][] = [
  [400, 'Failed to send message', 'retry', 'unsent'],
  [400, 'Failed to send message: timeout (PushNetworkException)', 'retry', 'unsent'],
  [
    400,
    'Failed to send message: [429] Rate limit exceeded: 429 (RateLimitException)',
    'retry',
    'rate-limited',
    60_000,
  ],
  [400, 'StatusCode: 428 (NonSuccessfulResponseCodeException)', 'retry', 'rate-limited', 60_000],
  [400, '[413] Rate limit', 'retry', 'rate-limited', 60_000],
  [413, 'anything', 'rejected', 'refused'],
  [429, 'Failed to send message due to rate limiting.', 'retry', 'rate-limited', 60_000],
  [
    400,
    'Unable to complete request due to untrusted recipient keys',
    'retry',
    'untrusted',
    300_000,
  ],
  [400, 'Unregistered user: +42811', 'dead', 'unregistered'],
  [400, 'The user +42811 is not registered.', 'dead', 'unregistered'],
  [400, 'User is not a member in group: 429 (aGk=)', 'dead', 'forbidden'],
  [400, 'Group not found: aGk=', 'dead', 'forbidden'],
  [400, 'User is not allowed to send message to group: x (aGk=)', 'dead', 'forbidden'],
  [400, 'Specified account does not exist', 'retry', 'unlinked', 300_000],
  [
    400,
    'Failed to send message: [403] Authorization failed! (AuthorizationFailedException)',
    'retry',
    'unlinked',
    300_000,
  ],
  [400, 'Failed to send message: x (AttachmentInvalidException)', 'rejected', 'refused'],
  [400, 'write tcp 127.0.0.1:4->127.0.0.1:6001: write: broken pipe', 'retry', 'no-daemon'],
  [400, 'The base64 data does not exist.', 'rejected', 'refused'],
  [400, 'Invalid identifier group.x', 'rejected', 'refused'],
  [404, 'no such path', 'retry', 'refused'],
  [500, 'something broke', 'uncertain', 'refused'],
]
for (const [status, words, failure, code, retryAfterMs] of refusals) {
  test(`${status} "${words}" is ${failure}`, () => {
    const error = toDeliveryError(new Refusal('POST /v2/send', status, words), waits)
    assert.deepEqual([error.failure, error.code, error.retryAfterMs], [failure, code, retryAfterMs])
  })
}

const silences: readonly [string, number, DeliveryFailure][] = [
  ['ECONNREFUSED', 0, 'retry'],
  ['UND_ERR_CONNECT_TIMEOUT', 0, 'retry'],
  ['ECONNRESET', 0, 'uncertain'],
  ['UND_ERR_SOCKET', 0, 'uncertain'],
  ['timeout', 0, 'uncertain'],
  ['status-200', 200, 'uncertain'],
  ['status-401', 401, 'retry'],
  ['status-413', 413, 'rejected'],
  ['status-502', 502, 'uncertain'],
  ['status-503', 503, 'retry'],
]
for (const [reason, status, failure] of silences) {
  test(`no answer because of ${reason} is ${failure}`, () => {
    assert.equal(toDeliveryError(new NetworkFailure('x', reason, status), waits).failure, failure)
  })
}

test('an error nobody expected may have arrived', () => {
  assert.equal(toDeliveryError(new Error('x'), waits).failure, 'uncertain')
  assert.equal(toDeliveryError(undefined, waits).failure, 'uncertain')
})

test('a rate limit has its tokens and its wait', () => {
  const body = { error: 'slow down', challenge_tokens: ['', 'tok1', null], account: '+1' }
  const refusal = readRefusal('x', 429, JSON.stringify(body), '7')
  assert.deepEqual(refusal?.challengeTokens, ['tok1'])
  assert.equal(toDeliveryError(refusal, waits).retryAfterMs, 7000)
  const asked = readRefusal('x', 429, JSON.stringify(body), undefined)
  assert.equal(toDeliveryError(asked, waits).retryAfterMs, 300_000)
})

test('only the REST API refuses; a page of a proxy is no answer', () => {
  for (const body of ['<html>', '', '{}', '{"error":7}', 'null', '[]']) {
    assert.equal(readRefusal('x', 400, body, undefined), undefined)
  }
})

test('errors of the connection say what to look at', () => {
  const url = 'http://signal:8080'
  assert.match(
    toChannelError(new NetworkFailure('x', 'ECONNREFUSED'), url).message,
    /cannot be reached at http:\/\/signal:8080 \(ECONNREFUSED\)/,
  )
  assert.match(
    toChannelError(new NetworkFailure('x', 'status-404', 404), url).message,
    /is not signal-cli-rest-api/,
  )
})
