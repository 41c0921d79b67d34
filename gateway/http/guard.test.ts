import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedHost, isOwnRequest, isSecure } from './guard.ts'

const policy = {
  host: '192.168.1.5',
  publicUrl: 'https://jackdaw.example.org/chat',
  allowedHosts: ['nas.local', '[fd00::1]'],
}

test('the gateway answers to this machine, its host, its public name and what is allowed', () => {
  const hosts = [
    'localhost:7700',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1:7700',
    '127.1.2.3',
    '[::1]:7700',
    '192.168.1.5:7700',
    'jackdaw.example.org',
    'jackdaw.example.org:8443',
    'nas.local:7700',
    '[fd00::1]:7700',
  ]
  for (const host of hosts) assert.equal(isAllowedHost(host, policy), true, host)
})

test('the gateway answers to no other name', () => {
  const hosts = [
    undefined,
    '',
    ':7700',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:80@localhost',
    'jackdaw.example.org.evil.example',
    '[::2]:7700',
    '10.0.0.1',
    'localhost localhost',
  ]
  for (const host of hosts) assert.equal(isAllowedHost(host, policy), false, String(host))
})

test('an empty public address allows no empty host', () => {
  const open = { host: '127.0.0.1', publicUrl: '', allowedHosts: [] }
  assert.equal(isAllowedHost('', open), false)
  assert.equal(isAllowedHost('localhost:1', open), true)
})

test('a change comes from the own page or from a program', () => {
  const post = (origin?: string, site?: string, host = '127.0.0.1:7700') =>
    isOwnRequest({ method: 'POST', host, origin, site }, policy)
  assert.equal(post(), true)
  assert.equal(post('http://127.0.0.1:7700', 'same-origin'), true)
  assert.equal(post('https://jackdaw.example.org', 'same-origin'), true)
  assert.equal(post('http://127.0.0.1:3000', 'same-site'), false)
  assert.equal(post('http://127.0.0.1:3000'), false)
  assert.equal(post('http://localhost:7700'), false)
  assert.equal(post('https://evil.example', 'cross-site'), false)
  assert.equal(post('null'), false)
  assert.equal(post('rubbish'), false)
  assert.equal(post(undefined, 'cross-site'), false)
})

test('reading from another site is refused too, and a typed address is not another site', () => {
  const get = (site?: string) =>
    isOwnRequest({ method: 'GET', host: 'localhost', origin: undefined, site }, policy)
  assert.equal(get(), true)
  assert.equal(get('none'), true)
  assert.equal(get('cross-site'), false)
  assert.equal(get('same-site'), false)
})

test('only the public HTTPS address counts as secure', () => {
  assert.equal(isSecure('jackdaw.example.org', policy), true)
  assert.equal(isSecure('127.0.0.1:7700', policy), false)
  assert.equal(
    isSecure('jackdaw.example.org', { ...policy, publicUrl: 'http://jackdaw.example.org' }),
    false,
  )
})
