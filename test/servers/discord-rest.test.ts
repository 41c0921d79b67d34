import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DiscordServer, startDiscord } from './discord.ts'

type Answered = { status: number; code: number; id: string; message: string; retry_after: number }

async function call(
  server: DiscordServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answered & { headers: Headers }> {
  const response = await fetch(`${server.apiRoot}/v10${path}`, {
    method,
    headers: {
      authorization: `Bot ${server.token}`,
      'content-type': 'application/json',
      'user-agent': userAgent,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const parsed = response.status === 204 ? {} : Object(await response.json())
  return { ...parsed, status: response.status, headers: response.headers }
}

const userAgent = 'DiscordBot (https://example.org, 1.0)'
const quiet = { parse: [], replied_user: false }
const row = (...components: object[]) => ({ type: 1, components })
const button = { type: 2, style: 1, label: 'Yes', custom_id: 'yes' }

async function startGeneral() {
  const server = await startDiscord()
  const guild = server.addGuild()
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  const send = (body: object, channel = general) =>
    call(server, 'POST', `/channels/${channel.id}/messages`, { allowed_mentions: quiet, ...body })
  const close = () => server[Symbol.asyncDispose]()
  return { server, guild, general, ann, send, [Symbol.asyncDispose]: close }
}

test('messages that the platform refuses are refused, and stand in the breaches', async () => {
  await using rig = await startGeneral()
  const { server, send } = rig
  const refused: readonly [object, number][] = [
    [{}, 50006],
    [{ content: ' \n ' }, 50006],
    [{ content: 'x'.repeat(2001) }, 50035],
    [{ content: 5 }, 50035],
    [{ content: 'x', embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 50035],
    [{ content: 'x', nonce: 'n'.repeat(26) }, 50035],
    [{ content: 'x', components: [button] }, 50035],
    [{ content: 'x', components: [row(...Array.from({ length: 6 }, () => button))] }, 50035],
    [{ content: 'x', components: [row(button, button)] }, 50035],
    [
      {
        content: 'x',
        components: Array.from({ length: 6 }, (_, at) => row({ ...button, custom_id: `${at}` })),
      },
      50035,
    ],
    [{ content: 'x', components: [row({ ...button, custom_id: 'c'.repeat(101) })] }, 50035],
    [{ content: 'x', components: [row({ ...button, label: 'l'.repeat(81) })] }, 50035],
    [{ content: 'x', components: [row({ type: 2, style: 1, custom_id: 'bare' })] }, 50035],
    [{ content: 'x', message_reference: { message_id: '1' } }, 50035],
    [{ content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } }, 50035],
  ]
  for (const [body, code] of refused) {
    const { status, code: given } = await send(body)
    assert.deepEqual([status, given], [400, code], JSON.stringify(body).slice(0, 80))
  }
  assert.deepEqual(server.sent, [])
  assert.equal(server.breaches.length, refused.length)
})

test('what could call people, and keys nobody knows, are taken and noted', async () => {
  await using rig = await startGeneral()
  const { server, send } = rig
  for (const mentions of [
    undefined,
    { parse: ['users'] },
    { users: ['5'], parse: [] },
    { replied_user: true, parse: [] },
  ]) {
    assert.equal((await send({ content: 'x', allowed_mentions: mentions })).status, 200)
  }
  assert.equal((await send({ content: 'x', silent: true })).status, 200)
  assert.equal(server.breaches.length, 5)
  assert.match(server.breaches.at(-1) ?? '', /unknown key silent/)
})

test('permissions decide, and each lack has its code', async () => {
  await using rig = await startGeneral()
  const { server, guild, general, ann, send } = rig
  const message = ann.says(general, 'hello')
  const thread = ann.opensThread(general, 'Thread')
  const react = () =>
    call(server, 'PUT', `/channels/${general.id}/messages/${message.id}/reactions/%F0%9F%91%8D/@me`)
  guild.denyBot(general, 'SEND_MESSAGES')
  assert.equal((await send({ content: 'x' })).code, 50013)
  assert.equal((await send({ content: 'x' }, thread)).status, 200)
  guild.denyBot(general, 'ADD_REACTIONS')
  assert.equal((await react()).code, 50013)
  ann.reacts(message, '👍')
  assert.equal((await react()).status, 204)
  guild.denyBot(general, 'READ_MESSAGE_HISTORY')
  const reply = { content: 'x', message_reference: { message_id: message.id } }
  assert.equal((await send(reply)).code, 160002)
  assert.deepEqual((await call(server, 'GET', `/channels/${general.id}/messages`)).status, 200)
  guild.denyBot(general, 'VIEW_CHANNEL')
  assert.equal((await send({ content: 'x' })).code, 50001)
  guild.denyBot(general)
  assert.equal((await send({ content: 'x' })).status, 200)
  ann.closesDms()
  assert.equal((await send({ content: 'x' }, ann.dm)).code, 50007)
  ann.closesDms(false)
  ann.leavesAll()
  assert.equal((await send({ content: 'x' }, ann.dm)).code, 50278)
  guild.removeChannel(general)
  assert.equal((await send({ content: 'x' })).code, 10003)
  assert.deepEqual(server.breaches, [])
})

test('archived threads take messages but no edits, reactions or deletions', async () => {
  await using rig = await startGeneral()
  const { server, general, ann, send } = rig
  const thread = ann.opensThread(general, 'Thread')
  const { id } = await send({ content: 'x' }, thread)
  const path = `/channels/${thread.id}/messages/${id}`
  ann.archives(thread)
  const edit = { content: 'y', allowed_mentions: quiet }
  assert.equal((await call(server, 'PATCH', path, edit)).code, 50083)
  assert.equal((await call(server, 'PUT', `${path}/reactions/%F0%9F%91%8D/@me`)).code, 50083)
  assert.equal((await call(server, 'DELETE', path)).code, 50083)
  assert.equal((await send({ content: 'z' }, thread)).status, 200)
  assert.equal((await call(server, 'PATCH', path, edit)).status, 200)
})

test('faults that act leave a message behind, the others do not', async () => {
  await using rig = await startGeneral()
  const { server, general, send } = rig
  server.fail('create_message', { kind: 'limit', retryAfter: 0.7, isGlobal: true })
  const limited = await send({ content: 'limit' })
  assert.deepEqual([limited.status, limited.retry_after], [429, 0.7])
  assert.equal(limited.headers.get('x-ratelimit-scope'), 'global')
  server.fail('create_message', { kind: 'error', status: 500, code: 0 })
  assert.equal((await send({ content: 'error' })).status, 500)
  for (const kind of ['cut', 'lost', 'garbage'] as const) {
    server.fail('create_message', { kind })
    await assert.rejects(send({ content: kind }))
  }
  server.fail('*', { kind: 'page', status: 502 })
  await assert.rejects(send({ content: 'page' }))
  assert.deepEqual(server.texts(general), ['lost', 'garbage'])
  assert.deepEqual(server.breaches, [])
})

test('an answer that never comes, or half comes, does not undo what was done', async () => {
  await using rig = await startGeneral()
  const { server, general, send } = rig
  for (const fault of [
    { kind: 'hang', acts: true },
    { kind: 'hang', acts: false },
    { kind: 'half' },
  ] as const) {
    server.fail('create_message', fault)
    const before = server.counts.get('create_message') ?? 0
    const sending = send({ content: `${fault.kind} ${'acts' in fault && fault.acts}` })
    sending.catch(() => undefined)
    await server.waitFor(() => (server.counts.get('create_message') ?? 0) > before)
  }
  await server.waitFor(() => server.texts(general).length === 2)
  assert.deepEqual(server.texts(general), ['hang true', 'half false'])
})

test('history without the content intent shows what is meant for the bot alone', async () => {
  await using server = await startDiscord({ isMessageContentAllowed: false })
  const guild = server.addGuild()
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  const first = ann.says(general, 'among us')
  ann.says(general, `${server.mention} to you`, { replyTo: first })
  const list = await call(server, 'GET', `/channels/${general.id}/messages`)
  const contents = Object.values(list).flatMap((one) => Reflect.get(Object(one), 'content') ?? [])
  assert.deepEqual(contents, [`${server.mention} to you`, ''])
})

test('limits are announced in headers, and what exceeds them waits', async () => {
  await using rig = await startGeneral()
  const { server, send } = rig
  server.rest.limits.set('create_message', { requests: 2, perMs: 60_000 })
  assert.equal((await send({ content: 'x' })).headers.get('x-ratelimit-remaining'), '1')
  await send({ content: 'x' })
  const third = await send({ content: 'x' })
  assert.equal(third.status, 429)
  assert.ok(third.retry_after > 50)
  assert.equal(server.rest.invalidRequests, 1)
})

test('a wrong token is unauthorised, and what is not there is a breach', async () => {
  await using server = await startDiscord()
  const wrong = await fetch(`${server.apiRoot}/v10/users/@me`, {
    headers: { authorization: 'Bot x', 'user-agent': userAgent },
  })
  assert.equal(wrong.status, 401)
  assert.equal((await call(server, 'GET', '/flying/@me')).status, 404)
  assert.equal((await call(server, 'GET', '/channels/100000000000000009')).code, 10003)
  assert.equal(server.breaches.length, 1)
})
