// The ceiling of this harness: a poll loop and one fetch per answer, without order, retries, durability or a
// framework. What it reaches is the most that the fake server lets anything reach. Run with `--only bare`.
import { Agent } from 'undici'

type Update = { update_id: number; message: { chat: { id: number }; text: string } }

const agent = new Agent({ connections: 100, bodyTimeout: 0, headersTimeout: 0 })
const origin = process.env['TELEGRAM_API_ROOT'] ?? ''
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

let offset = 0
while (!stop.signal.aborted) {
  const updates = await call<Update[]>('getUpdates', { offset, timeout: 30 }).catch((error) => {
    if (!stop.signal.aborted) throw error
    return []
  })
  for (const { update_id, message } of updates) {
    offset = update_id + 1
    call('sendMessage', { chat_id: message.chat.id, text: message.text }).catch((error) => {
      console.error(error)
    })
  }
}

async function call<Result>(method: string, parameters: object): Promise<Result> {
  const { body } = await agent.request({
    origin,
    path: `/bot${process.env['TELEGRAM_BOT_TOKEN']}/${method}`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
    signal: stop.signal,
  })
  const { result } = (await body.json()) as { result: Result }
  return result
}
