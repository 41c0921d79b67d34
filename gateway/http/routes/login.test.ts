import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { type FakeGateway, startFakeGateway, testToken } from '../fake-gateway.ts'

async function login(gateway: FakeGateway, proof: object): Promise<Response> {
  return await gateway.raw('/api/v1/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(proof),
  })
}

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function statusWith(gateway: FakeGateway, cookie: string): Promise<number> {
  return (await gateway.raw('/api/v1/status', { headers: { cookie } })).status
}

test('the token opens a session that only the page of this host can use', async () => {
  await using gateway = await startFakeGateway()
  const response = await login(gateway, { token: testToken })
  assert.equal(response.status, 200)
  const [cookie = ''] = response.headers.getSetCookie()
  assert.match(cookie, /HttpOnly/i)
  assert.match(cookie, /SameSite=Strict/i)
  assert.doesNotMatch(cookie, /Secure/i)
  assert.doesNotMatch(cookie, new RegExp(testToken))
  assert.equal(await statusWith(gateway, cookieOf(response)), 200)
})

test('signing out ends the session, also for whoever kept its cookie', async () => {
  await using gateway = await startFakeGateway()
  const cookie = cookieOf(await login(gateway, { token: testToken }))
  const out = await gateway.raw('/api/v1/logout', { method: 'POST', headers: { cookie } })
  assert.equal(out.status, 200)
  assert.equal(await statusWith(gateway, cookie), 401)
})

test('a session that is used goes on, an unused one ends after 30 days', async () => {
  const clock = new ManualClock()
  await using gateway = await startFakeGateway({ clock })
  const cookie = cookieOf(await login(gateway, { token: testToken }))
  await clock.advance(29 * 24 * 3_600_000)
  const renewed = cookieOf(await gateway.raw('/api/v1/status', { headers: { cookie } }))
  assert.notEqual(renewed, '')
  await clock.advance(2 * 24 * 3_600_000)
  assert.equal(await statusWith(gateway, cookie), 401)
  assert.equal(await statusWith(gateway, renewed), 200)
})

test('the link of the terminal signs in once', async () => {
  await using gateway = await startFakeGateway()
  const link = new URL(gateway.http.oneTimeLink())
  const code = link.hash.replace('#code=', '')
  const response = await login(gateway, { code })
  assert.equal(response.status, 200)
  assert.equal(await statusWith(gateway, cookieOf(response)), 200)
  const again = await login(gateway, { code })
  assert.equal(again.status, 401)
  assert.match(await again.text(), /10 minutes/)
})

test('after ten failures nobody gets in from there for five minutes, not even with the token', async () => {
  const clock = new ManualClock()
  await using gateway = await startFakeGateway({ clock })
  for (let tries = 0; tries < 10; tries++) {
    assert.equal((await login(gateway, { token: 'wrong' })).status, 401)
  }
  const locked = await login(gateway, { token: testToken })
  assert.equal(locked.status, 429)
  assert.equal(locked.headers.get('retry-after'), '300')
  await clock.advance(300_000)
  assert.equal((await login(gateway, { token: testToken })).status, 200)
})

test('a login without a proof is refused', async () => {
  await using gateway = await startFakeGateway()
  for (const proof of [{}, { token: '' }, { token: 1 }, { token: 'a', code: 'b' }, []]) {
    assert.equal((await login(gateway, proof)).status, 400)
  }
})

test('behind HTTPS the cookie is never sent in the clear', async () => {
  await using gateway = await startFakeGateway({
    config: 'http: { publicUrl: "https://localhost" }',
  })
  const response = await gateway.raw('/api/v1/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: testToken }),
  })
  // fetch names 127.0.0.1, which is not the public host.
  assert.doesNotMatch(response.headers.getSetCookie()[0] ?? '', /Secure/i)
  const { port } = new URL(gateway.http.url)
  const secure = await fetch(`http://localhost:${port}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: testToken }),
  })
  assert.match(secure.headers.getSetCookie()[0] ?? '', /Secure/i)
})
