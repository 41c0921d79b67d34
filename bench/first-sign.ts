// How soon people see something: `npm run bench:first-sign -- --messages 20`. See docs/performance.md.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GatewayProcess } from '../test/rigs/gateway-process.ts'
import { startTelegramServer } from '../test/servers/telegram.ts'
import { median } from './statistics.ts'

const workDirectory = fileURLToPath(new URL('../.tmp/bench/', import.meta.url))
/** Longer than the window for further parts and the first typing sign, so that nothing hides behind anything. */
const thinkMs = 1500
const wordMs = 30
const words = 60

/** A model that thinks for a while and then writes a word at a time; says when its last answer began. */
async function startModel() {
  let firstTokenAt = 0
  const server = createServer((request, response) => {
    request.resume().on('end', async () => {
      if (request.method !== 'POST') {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ object: 'list', data: [] }))
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      await delay(thinkMs)
      firstTokenAt = performance.now()
      for (let index = 0; index < words; index += 1) {
        piece(response, { content: `word${index} ` }, null)
        await delay(wordMs)
      }
      piece(response, {}, 'stop')
      response.end('data: [DONE]\n\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    firstTokenAt: () => firstTokenAt,
    close: () => server.close(),
  }
}

function piece(response: ServerResponse, delta: object, finish: string | null): void {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices }
  response.write(`data: ${JSON.stringify(chunk)}\n\n`)
}

const { values } = parseArgs({ options: { messages: { type: 'string', default: '20' } } })
await mkdir(workDirectory, { recursive: true })
const directory = await mkdtemp(path.join(workDirectory, 'first-sign-'))
const model = await startModel()
const telegram = await startTelegramServer()
const gateway = await GatewayProcess.start(directory, {
  agents: {
    main: { runtime: { type: 'openai', baseUrl: model.url, apiKey: 'none', model: 'm' } },
  },
  channels: {
    telegram: {
      type: 'telegram',
      token: telegram.token,
      apiRoot: telegram.url,
      access: { dm: 'open' },
    },
  },
})
try {
  await gateway.ready
  const signs: number[] = []
  const texts: number[] = []
  const answers: number[] = []
  for (let index = 0; index < Number(values.messages); index += 1) {
    const chat = 1000 + index
    telegram.addChat(chat)
    const isAbout = (method: string) =>
      telegram.calls.some(
        (call) => call.method === method && Number(call.parameters['chat_id']) === chat,
      )
    const saidAt = performance.now()
    telegram.says(chat, 'Tell me something.')
    await telegram.waitFor(() => isAbout('sendChatAction') || isAbout('sendMessageDraft'))
    signs.push(performance.now() - saidAt)
    await telegram.waitFor(() => isAbout('sendMessageDraft'))
    texts.push(performance.now() - model.firstTokenAt())
    await telegram.waitFor(() =>
      telegram.texts(chat).some((text) => text.includes(`word${words - 1}`)),
    )
    answers.push(performance.now() - model.firstTokenAt() - words * wordMs)
  }
  for (const [name, seen] of [
    ['first sign of life, ms after the message', signs],
    ['first streamed text, ms after the first token', texts],
    ['whole answer, ms after the last token', answers],
  ] as const) {
    const range = `[${Math.min(...seen).toFixed(0)}–${Math.max(...seen).toFixed(0)}]`
    console.log(`${name.padEnd(48)} ${median(seen).toFixed(0)} ${range}`)
  }
} finally {
  await gateway.stop()
  model.close()
  await telegram[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
}
