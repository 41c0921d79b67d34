import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Conversation = {
  readonly id: string
  readonly channel: string
  readonly chat: string
  readonly thread: string | null
  readonly title: string | null
  readonly kind: string
  readonly alive: boolean
  readonly approved: boolean
  readonly space: { readonly title: string | null; readonly id: string } | null
  readonly settings: Readonly<Record<string, string | boolean | null>>
}

export function addConversations(program: Command): void {
  const conversations = program
    .command('conversations')
    .description('Say in which groups the agent answers')

  conversations
    .command('list', { isDefault: true })
    .description('List the chats and threads that were heard of')
    .option('--limit <number>', 'how many', '50')
    .action(async (_options: object, command: Command) => {
      const { json, limit, ...options } = optionsOf<{ limit?: string }>(command)
      const client = await connect(options)
      const path = `conversations${queryOf({ limit })}`
      const page = await client.get<{ items: Conversation[]; next: string | null }>(path)
      if (json) return printJson(page)
      const rows = page.items.map((one) => [
        one.id,
        one.channel,
        one.thread === null ? one.chat : `${one.chat}/${one.thread}`,
        one.kind,
        one.title ?? '',
        one.kind === 'dm' ? '' : one.approved ? 'approved' : 'closed',
        describeSettings(one),
      ])
      const head = ['ID', 'CHANNEL', 'CHAT', 'KIND', 'TITLE', 'ACCESS', 'SETTINGS']
      printTable(head, rows, 'No chat was heard of yet.')
    })

  const add = (name: 'approve' | 'revoke', description: string) =>
    conversations
      .command(`${name} <conversation>`)
      .description(description)
      .option('--server', 'the whole server it belongs to')
      .action(async (id: string, _options: object, command: Command) => {
        const { json, server, ...options } = optionsOf<{ server?: boolean }>(command)
        const client = await connect(options)
        const isApproved = name === 'approve'
        const path = `conversations/${encodeURIComponent(id)}`
        const change = server ? { spaceApproved: isApproved } : { approved: isApproved }
        const after = await client.call<Conversation>('PATCH', path, change)
        if (json) return printJson(after)
        const { space, title, chat } = after
        const what = server ? (space?.title ?? space?.id ?? id) : (title ?? chat)
        print(`${what} is ${isApproved ? 'approved' : 'closed'}.`)
        if (after.approved && !isApproved)
          print('It is still served: the configuration, or its server, allows it.')
      })
  add('approve', 'Answer there')
  add('revoke', 'Answer there no more')
}

function describeSettings({ settings }: Conversation): string {
  return Object.entries(settings)
    .flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]))
    .join(' ')
}
