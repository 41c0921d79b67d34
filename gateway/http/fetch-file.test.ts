import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { RequestError } from '../../core/errors.ts'
import { fetchFile } from './fetch-file.ts'
import { readWhole } from './uploads.ts'

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function read(url: string, origins: readonly string[] = []): Promise<string> {
  return fetchFile(url, new Set(origins), async (content) =>
    (await readWhole(content, 1000)).toString(),
  )
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof RequestError, String(error))
    assert.equal(error.status, 400)
    return error.message
  }
  assert.fail('it was fetched')
}

test('a file of a trusted server is fetched, by way of a redirect too', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/old') return response.writeHead(302, { location: '/new?a=b' }).end()
    response.end(`this is ${request.url}`)
  })
  assert.equal(await read(`${server.origin}/old`, [server.origin]), 'this is /new?a=b')
})

test('what only this machine can reach is refused, also behind a redirect and a name', async () => {
  let asked = 0
  await using inside = await serve((_, response) => {
    asked += 1
    response.end('secret')
  })
  await using outside = await serve((_, response) => {
    response.writeHead(302, { location: `${inside.origin}/` }).end()
  })
  const { port } = new URL(inside.origin)
  for (const url of [
    inside.origin,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    `http://2130706433:${port}/`,
    `http://0x7f.1:${port}/`,
  ]) {
    assert.match(await refusal(read(url)), /not on the public internet/, url)
  }
  assert.match(await refusal(read(outside.origin, [outside.origin])), /not on the public internet/)
  assert.equal(asked, 0)
})

test('other schemes, user names, endless redirects and failures are said', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/loop') return response.writeHead(302, { location: '/loop' }).end()
    if (request.url === '/cut') return request.socket.destroy()
    response.writeHead(404).end()
  })
  const origins = [server.origin]
  assert.match(await refusal(read('file:///etc/passwd')), /only http and https/)
  assert.match(await refusal(read('http://user:word@example.org/')), /only http and https/)
  assert.match(await refusal(read(`${server.origin}/loop`, origins)), /redirected more than 3/)
  assert.match(await refusal(read(`${server.origin}/none`, origins)), /status 404/)
  assert.match(await refusal(read(`${server.origin}/cut`, origins)), /cannot be reached/)
})
