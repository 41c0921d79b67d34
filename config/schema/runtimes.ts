import { z } from 'zod'
import { maxMs, secretSchema, urlSchema } from './values.ts'

const autoRuntimeSchema = z.strictObject({
  type: z
    .literal('auto')
    .describe('Takes the agent it finds, else the built-in echo, and says at start what it chose.'),
})

const echoRuntimeSchema = z.strictObject({
  type: z.literal('echo').describe("Answers with the user's own words. For trying and testing."),
  prefix: z.string().default('').describe('Put before every answer.'),
  delayMs: z
    .int()
    .min(0)
    .max(maxMs)
    .default(0)
    .describe('Wait before the answer, in milliseconds.'),
})

const openaiRuntimeSchema = z.strictObject({
  type: z.literal('openai').describe('Any endpoint that speaks the OpenAI chat API.'),
  baseUrl: urlSchema.describe('Address of the endpoint, including its `/v1`.'),
  apiKey: secretSchema.default('').describe('Key for the endpoint; empty where none is needed.'),
  model: z.string().min(1).describe('Name of the model, as the endpoint knows it.'),
  maxSteps: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe('Most calls of the model in one run, tool use included.'),
})

const opencodeRuntimeSchema = z.strictObject({
  type: z.literal('opencode').describe('An OpenCode server.'),
  url: urlSchema.optional().describe('Address of a server (1.x) that runs already.'),
  managed: z
    .boolean()
    .default(false)
    .describe(
      'The gateway starts a server of its own, from the `opencode` in PATH. Instead of `url`.',
    ),
  directory: z
    .string()
    .default('')
    .meta({ 'x-default': "the agent's `workspace`" })
    .describe('Folder the agent works in.'),
  agent: z.string().min(1).optional().describe('Name of the OpenCode agent.'),
  model: z.string().min(1).optional().describe('Model as `provider/model`.'),
  username: z.string().min(1).default('opencode').describe('User name for the server.'),
  password: secretSchema.default('').describe('Password for the server.'),
})

const acpRuntimeSchema = z.strictObject({
  type: z.literal('acp').describe('A program that speaks the Agent Client Protocol on stdio.'),
  command: z
    .array(z.string().min(1))
    .min(1)
    .meta({ 'x-wanted': 'a list: the program, then its arguments' })
    .describe('The program and its arguments.'),
  cwd: z
    .string()
    .default('')
    .meta({ 'x-default': "the agent's `workspace`" })
    .describe('Folder the program runs in.'),
  env: z
    .record(z.string().min(1), z.string().meta({ writeOnly: true }))
    .prefault({})
    .describe('Environment variables for the program, beside the few it always gets.'),
  authMethod: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Id of the log-in the agent is asked for at its start, for agents that want one named.',
    ),
})

export const runtimeSchema = z
  .discriminatedUnion('type', [
    autoRuntimeSchema,
    echoRuntimeSchema,
    openaiRuntimeSchema,
    opencodeRuntimeSchema,
    acpRuntimeSchema,
  ])
  .prefault({ type: 'auto' })
  .describe('What executes the runs of this agent.')
