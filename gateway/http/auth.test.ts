import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Auth, sessionMs } from './auth.ts'
import { LoginLimit } from './login-limit.ts'

const day = 24 * 3_600_000

test('a session is good until its time is over', () => {
  const auth = new Auth('secret')
  const session = auth.openSession(1000)
  assert.equal(auth.checkSession(session, 1001).isGood, true)
  assert.equal(auth.checkSession(session, 1000 + sessionMs).isGood, false)
})

test('a session that is used is renewed once a day', () => {
  const auth = new Auth('secret')
  const session = auth.openSession(0)
  assert.equal(auth.checkSession(session, day - 1).renewed, undefined)
  const { renewed = '' } = auth.checkSession(session, day + 1)
  assert.equal(auth.checkSession(renewed, sessionMs + 1).isGood, true)
})

test('a session survives a restart and ends with the token', () => {
  const session = new Auth('secret').openSession(0)
  assert.equal(new Auth('secret').checkSession(session, 1).isGood, true)
  assert.equal(new Auth('other').checkSession(session, 1).isGood, false)
})

test('a session that was changed is not good', () => {
  const auth = new Auth('secret')
  const [id = '', until = '', signature = ''] = auth.openSession(0).split('.')
  const forged = [
    '',
    '..',
    id,
    `${id}.${until}`,
    `${id}.${Number(until) + 1}.${signature}`,
    `x${id}.${until}.${signature}`,
    `${id}.${until}.${signature}.`,
    `${id}.${until}.${signature.slice(1)}`,
  ]
  for (const value of forged) assert.equal(auth.checkSession(value, 1).isGood, false, value)
})

test('a closed session is not good again, not even renewed', () => {
  const auth = new Auth('secret')
  const session = auth.openSession(0)
  const { renewed = '' } = auth.checkSession(session, 2 * day)
  auth.closeSession(renewed, 2 * day)
  assert.equal(auth.checkSession(session, 2 * day).isGood, false)
  assert.equal(auth.checkSession(renewed, 2 * day).isGood, false)
})

test('a one-time code works once and for ten minutes', () => {
  const auth = new Auth('secret')
  const code = auth.makeCode(0)
  assert.equal(auth.takeCode('wrong', 1), false)
  assert.equal(auth.takeCode(code, 599_999), true)
  assert.equal(auth.takeCode(code, 599_999), false)
  assert.equal(auth.takeCode(auth.makeCode(0), 600_000), false)
})

test('of many unused codes the oldest end', () => {
  const auth = new Auth('secret')
  const first = auth.makeCode(0)
  for (let made = 0; made < 20; made++) auth.makeCode(0)
  assert.equal(auth.takeCode(first, 1), false)
})

test('ten failures within a minute lock an address out for five minutes', () => {
  const limit = new LoginLimit()
  for (let tries = 0; tries < 9; tries++) limit.failed('a', 1000 + tries)
  assert.equal(limit.lockedFor('a', 2000), 0)
  limit.failed('a', 2000)
  assert.equal(limit.lockedFor('a', 2000), 300_000)
  assert.equal(limit.lockedFor('b', 2000), 0)
  assert.equal(limit.lockedFor('a', 302_000), 0)
})

test('failures further apart lock nobody out', () => {
  const limit = new LoginLimit()
  for (let tries = 0; tries < 30; tries++) limit.failed('a', tries * 10_000)
  assert.equal(limit.lockedFor('a', 300_000), 0)
})

test('the addresses remembered are bounded', () => {
  const limit = new LoginLimit()
  for (let tries = 0; tries < 10; tries++) limit.failed('a', 0)
  for (let other = 0; other < 1000; other++) limit.failed(`b${other}`, 0)
  assert.equal(limit.lockedFor('a', 0), 0)
})
