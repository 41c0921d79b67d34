import { z } from 'zod'
import { agentBudgetSchema } from './budget.ts'
import { agentHeartbeatSchema } from './heartbeat.ts'
import { runtimeSchema } from './runtimes.ts'
import { nameSchema, urlSchema } from './values.ts'

const mcpServerSchema = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ 'x-wanted': 'a list: the program, then its arguments' })
    .describe('A program that speaks MCP on stdio, and its arguments. Instead of `url`.'),
  cwd: z
    .string()
    .default('')
    .meta({ 'x-default': "the agent's `workspace`" })
    .describe('Folder the program runs in.'),
  env: z
    .record(z.string().min(1), z.string().meta({ writeOnly: true }))
    .prefault({})
    .describe('Environment variables for the program.'),
  url: urlSchema.optional().describe('Address of a server that runs already.'),
  headers: z
    .record(z.string().min(1), z.string().meta({ writeOnly: true }))
    .prefault({})
    .describe('Headers sent to `url`.'),
  enabled: z.boolean().default(true).describe('Whether the agent gets this server.'),
})

export const agentSchema = z.strictObject({
  runtime: runtimeSchema,
  workspace: z
    .string()
    .default('')
    .meta({ 'x-default': '`<dataDir>/workspaces/<agent>`' })
    .describe('Folder the agent works in, with the files that tell it who it is.'),
  instructions: z.string().default('').describe('Added to the system prompt.'),
  failover: z
    .array(nameSchema)
    .prefault([])
    .describe('Agents that take over, in this order, while the runtime does not work.'),
  mcpServers: z
    .record(nameSchema, mcpServerSchema)
    .prefault({})
    .describe(
      'Model Context Protocol servers whose tools the agent gets, by name. OpenCode has its own configuration for this.',
    ),
  heartbeat: agentHeartbeatSchema
    .optional()
    .describe('What differs from `heartbeat` for this agent.'),
  budget: agentBudgetSchema.optional().describe('Limits for this agent alone, beside `budget`.'),
})

export const agentsSchema = z
  .record(nameSchema, agentSchema)
  .prefault({ main: {} })
  .describe('Agents by name.')
