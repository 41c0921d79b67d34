import type { McpServer, ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Tool } from '../../core/tools/tool-call.ts'
import type { AgentTools } from './agent-tools.ts'

/** Does one call and words its result. */
export type Perform = <Input>(
  name: string,
  tool: Tool<Input>,
  input: Input,
  context: ServerContext,
) => Promise<{ content: { type: 'text'; text: string }[]; isError?: boolean }>

/** A tool as a model sees it. */
export type CatalogEntry = {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  schema(): Record<string, unknown>
  register(server: McpServer, perform: Perform): void
}

const maxText = 16_000

const text = (what: string) => z.string().min(1).max(maxText).describe(what)
const chat = z
  .string()
  .max(32)
  .optional()
  .describe(
    'Id of another chat, for example c12, as session_info lists them. Leave out for this chat.',
  )
const when = {
  in: z.string().max(32).optional().describe('Once, so long from now: 45s, 20m, 1h30m.'),
  at: z
    .string()
    .max(64)
    .optional()
    .describe('Once, at a local time: 2026-12-24T18:00, or with an offset.'),
  every: z
    .string()
    .max(32)
    .optional()
    .describe('Again and again, so far apart: 30m, 1d. At least 1m.'),
  cron: z.string().max(200).optional().describe('By a cron expression: 0 8 * * mon-fri.'),
  timezone: z
    .string()
    .max(64)
    .optional()
    .describe("An IANA zone such as Europe/Berlin. Leave out for the gateway's."),
}
const jobId = z.string().max(32).describe('Id of the job, for example j3.')

/** Every tool with its words and its arguments. */
export function catalog(tools: AgentTools): readonly CatalogEntry[] {
  const { schedules } = tools
  return [
    entry(
      'send_message',
      'Sends a message to a chat now, beside your answer: for progress in long work, or to write to another chat. Your answer itself is delivered anyway; do not send it with this. The same text to the same chat is sent once in a turn.',
      z.object({
        text: text('The message, as markdown.'),
        chat,
        repeat: z.boolean().optional().describe('Send it although the same was sent in this turn.'),
      }),
      tools.sendMessage,
    ),
    entry(
      'send_file',
      'Sends a file of your workspace (a picture, a document, audio) to a chat.',
      z.object({
        path: z.string().min(1).max(4096).describe('Path of the file inside your workspace.'),
        caption: z.string().max(1000).optional().describe('A line that goes with it.'),
        chat,
      }),
      tools.sendFile,
    ),
    entry(
      'react',
      'Puts one emoji under a message of this chat; by default under the one you answer.',
      z.object({
        emoji: z.string().max(32).describe('One emoji; empty takes your reaction back.'),
        message: z.string().max(32).optional().describe('Id of the message, from chat_history.'),
      }),
      tools.react,
    ),
    entry(
      'notify_owner',
      'Tells the owner of this gateway something they should know, wherever they are. The same text is told once an hour.',
      z.object({
        text: z.string().min(1).max(2000).describe('What they should know, as markdown.'),
        severity: z.enum(['info', 'warn', 'critical']).describe('How much it matters.'),
      }),
      tools.notifyOwner,
    ),
    entry(
      'chat_history',
      'Reads earlier messages of this chat, of everybody in it: the newest, or those that hold all given words.',
      z.object({
        words: z.string().max(200).optional().describe('Words that all must be in a message.'),
        limit: z.int().min(1).max(100).default(20).describe('How many messages at most.'),
      }),
      tools.chatHistory,
    ),
    entry(
      'session_info',
      'Says where you are, for whom you work, what time it is there, and to which chats you may write.',
      z.object({}),
      tools.sessionInfo,
    ),
    entry(
      'heartbeat_respond',
      'Ends a heartbeat: says whether the owner should be told something, and what. Only in a turn that is a heartbeat.',
      z.object({
        notify: z.boolean().describe('Whether there is something to tell.'),
        text: z.string().max(maxText).default('').describe('What to tell, as markdown.'),
      }),
      tools.heartbeatRespond,
    ),
    ...(schedules
      ? [
          entry(
            'schedule_create',
            'Plans work for later: a reminder or a repeated task. Give exactly one of in, at, every and cron. The result goes to this chat unless you say otherwise. Tell the person when it will happen.',
            z.object({
              text: text('The message to send, or for kind agent the prompt you are called with.'),
              kind: z
                .enum(['message', 'agent'])
                .default('message')
                .describe(
                  'message: the text is sent as it is. agent: you are called with it, and your answer is sent.',
                ),
              ...when,
              name: z.string().max(80).optional().describe('A short name for lists.'),
              chat: chat.describe('Another chat (c12), owner, or none. Leave out for this chat.'),
              maxRuns: z.int().min(1).max(10_000).optional().describe('End after so many times.'),
            }),
            schedules.create,
          ),
          entry(
            'schedule_list',
            'Lists what is planned for this chat, with ids and the next times.',
            z.object({
              all: z.boolean().optional().describe('All that you may see, not only this chat.'),
            }),
            schedules.list,
          ),
          entry(
            'schedule_update',
            'Changes a job: its text, name or time (one of in, at, every, cron), or pauses and resumes it.',
            z.object({
              id: jobId,
              text: text('The new text.').optional(),
              name: z.string().max(80).optional(),
              ...when,
              state: z.enum(['active', 'paused']).optional(),
            }),
            schedules.update,
          ),
          entry(
            'schedule_delete',
            'Deletes a job for good.',
            z.object({ id: jobId }),
            schedules.remove,
          ),
          entry(
            'schedule_run',
            'Runs a job now, once, beside its times.',
            z.object({ id: jobId }),
            schedules.run,
          ),
        ]
      : []),
  ]
}

function entry<Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  input: z.ZodObject<Shape>,
  tool: Tool<z.output<z.ZodObject<Shape>>>,
): CatalogEntry {
  return {
    name,
    description,
    schema: () => z.toJSONSchema(input, { io: 'input' }),
    register(server, perform) {
      server.registerTool(name, { description, inputSchema: input }, (values, context) =>
        perform(name, tool, values, context),
      )
    },
  }
}
