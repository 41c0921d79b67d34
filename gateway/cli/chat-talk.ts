import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type ChatLine, ChatLines } from './chat-lines.ts'
import { CliError, NotRunningError } from './cli-error.ts'
import type { Client } from './client.ts'
import { print } from './output.ts'

const retryMs = 1000

/** A conversation at the terminal, until its end of input (Ctrl-D). `/1`, `/2` … press the buttons shown last. */
export async function talk(client: Client, chat: string): Promise<void> {
  const path = `chats/${encodeURIComponent(chat)}`
  const lines = new ChatLines()
  const past = await client.get<{ items: ChatLine[] }>(`${path}/messages?limit=50`)
  for (const line of past.items) lines.skip(line)
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  const over = new AbortController()
  let buttons: ChatLine['buttons'][number] = []
  print('Write to the agent; /help shows commands, Ctrl-D ends.')
  terminal.prompt()

  const listen = async () => {
    while (!over.signal.aborted) {
      try {
        for await (const { event, data } of await client.events(`${path}/stream`, over.signal)) {
          if (event !== 'message') continue
          const line: ChatLine = JSON.parse(data)
          if (!lines.show(line)) continue
          buttons = line.buttons.flat()
          terminal.prompt(true)
        }
      } catch (error) {
        if (over.signal.aborted) return
        if (error instanceof CliError && !(error instanceof NotRunningError)) throw error
      }
      // The gateway may be restarting: whatever it says meanwhile is told at the next connection.
      await delay(retryMs, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }
  const say = async (text: string) => {
    const button = buttons[Number(/^\/(\d+)$/.exec(text)?.[1] ?? 0) - 1]
    if (button !== undefined) {
      await client.call('POST', `${path}/presses`, { data: button.data })
    } else if (text.trim() !== '') {
      await client.call('POST', `${path}/messages`, { text, idempotencyKey: randomUUID() })
    }
  }

  const listening = listen()
  listening.catch(() => terminal.close())
  for await (const text of terminal) {
    await say(text).catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error
      print(error.message)
    })
    terminal.prompt()
  }
  over.abort()
  await listening
}
