import { randomUUID } from 'node:crypto'
import { text as readText } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { z } from 'zod'
import type { runShape } from '../http/shapes.ts'
import type { ChatLine } from './chat-lines.ts'
import { CliError } from './cli-error.ts'
import { type Client, connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { print, printable, printJson } from './output.ts'

/** Commands are answered within a second; a message that is dropped never is. */
const answerMs = 5000

type Run = z.infer<typeof runShape>

export function addChat(program: Command): void {
  program
    .command('chat [text...]')
    .description('Talk to the agent here; with a text, ask once and print the answer')
    .option('--chat <id>', 'which chat of the page', 'terminal')
    .action(async (words: string[], _options: object, command: Command) => {
      const { json, chat, ...options } = optionsOf<{ chat: string }>(command)
      const client = await connect(options)
      if (words.length === 0 && process.stdin.isTTY) {
        const { talk } = await import('./chat-talk.ts')
        return await talk(client, chat)
      }
      const text = words.length > 0 ? words.join(' ') : (await readText(process.stdin)).trimEnd()
      if (text === '') throw new CliError('There is nothing to ask.', 2)
      await ask(client, chat, text, json ?? false)
    })
}

/** Asks once. Fails with the sentence of the run when it does not complete. */
async function ask(client: Client, chat: string, text: string, json: boolean): Promise<void> {
  const path = `chats/${encodeURIComponent(chat)}`
  const past = await client.get<{ items: ChatLine[] }>(`${path}/messages`)
  const { message } = await client.call<{ message: ChatLine }>('POST', `${path}/messages`, {
    text,
    idempotencyKey: randomUUID(),
  })
  if (message.run === null) {
    const answer = await commandAnswer(client, path, new Set(past.items.map(({ id }) => id)))
    if (json) return printJson({ message, run: null, answer: answer ?? null })
    return print(printable(answer?.text ?? 'There was no answer.'))
  }
  const run = await untilEnded(client, message.run)
  if (json) printJson({ message, run })
  else if (run.reply !== null) print(printable(run.reply.text))
  for (const file of json ? [] : (run.reply?.attachments ?? [])) print(`[${file.name}]`)
  if (run.state === 'completed') return
  const reason = run.error === null ? '' : `: ${printable(run.error.message)}`
  throw new CliError(`Run ${run.id} ended as ${run.state}${reason}`)
}

/** What the gateway itself said to a command: the first notice that was not there before. */
async function commandAnswer(
  client: Client,
  path: string,
  known: ReadonlySet<string>,
): Promise<ChatLine | undefined> {
  const signal = AbortSignal.timeout(answerMs)
  try {
    for await (const { event, data } of await client.events(`${path}/stream`, signal)) {
      const line: ChatLine | undefined = event === 'message' ? JSON.parse(data) : undefined
      // A late answer of the agent belongs to a run and is not meant.
      if (line?.role === 'notice' && line.run === null && !known.has(line.id)) return line
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return undefined
}

/** Waits for the end of a run and of those that took it over. */
async function untilEnded(client: Client, id: string): Promise<Run> {
  const path = `runs/${encodeURIComponent(id)}`
  const aborted = new AbortController()
  for await (const _ of await client.events(`${path}/events/stream`, aborted.signal)) {
    // The stream ends with the run; what it tells on the way is not shown here.
  }
  const run = await client.get<Run>(path)
  if (run.supersededBy !== null) return await untilEnded(client, run.supersededBy)
  if (run.finishedAt === null) throw new CliError(`Jackdaw stopped before run ${id} ended.`)
  return run
}
