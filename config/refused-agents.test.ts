import { describe } from 'node:test'
import { eachIsRefused } from './refused.ts'

describe('a wrong agent is refused', () => {
  eachIsRefused([
    [
      'agents:\n  "a b": {}',
      'line 2, agents["a b"]: this name cannot be used. A name has letters, digits, - and _.',
      'defaultAgent: there is no agent "main". There are: a b.',
    ],
    [
      'agents: { main: { runtime: { type: opnai } } }',
      'line 1, agents.main.runtime.type: saw "opnai", wanted one of auto, echo, openai, opencode, acp. Did you mean "openai"?',
    ],
    [
      'agents: { main: { runtime: {} } }',
      'line 1, agents.main.runtime.type: is missing, wanted one of auto, echo, openai, opencode, acp.',
    ],
    [
      'agents: { main: { runtime: { type: echo, maxSteps: 3 } } }',
      'line 1, agents.main.runtime.maxSteps: there is no such key here; it belongs to type openai.',
    ],
    [
      'agents: { main: { runtime: { type: openai } } }',
      'line 1, agents.main.runtime.baseUrl: is missing, wanted an address that starts with http:// or https://.',
      'line 1, agents.main.runtime.model: is missing, wanted text that is not empty.',
    ],
    [
      'agents: { main: { runtime: { type: opencode } } }',
      'line 1, agents.main.runtime: opencode needs a url, or managed: true. Set one of them.',
    ],
    [
      'agents: { main: { runtime: { type: opencode, url: "http://x", managed: true } } }',
      'line 1, agents.main.runtime: url and managed: true exclude each other. Delete one of them.',
    ],
    [
      'agents: { main: { runtime: { type: acp, command: run } } }',
      'line 1, agents.main.runtime.command: saw "run", wanted a list: the program, then its arguments. Put it in [ ].',
    ],
    ['agents: { ops: {} }', 'defaultAgent: there is no agent "main". There are: ops.'],
    ['defaultAgent: mian', 'line 1, defaultAgent: there is no agent "mian". Did you mean "main"?'],
    [
      'agents: { main: { failover: [main, x] } }',
      'line 1, agents.main.failover[0]: an agent cannot take over from itself. Delete this.',
      'line 1, agents.main.failover[1]: there is no agent "x". There are: main.',
    ],
    [
      'agents: { main: { mcpServers: { a: {}, b: { url: "http://x", command: [y] } } } }',
      'line 1, agents.main.mcpServers.a: a tool server needs a command or a url. Set one of them.',
      'line 1, agents.main.mcpServers.b: command and url exclude each other. Delete one of them.',
    ],
    [
      'agents: { main: { workspace: 3, instructions: true } }',
      'line 1, agents.main.workspace: saw 3, wanted text. Put it in quotes.',
      'line 1, agents.main.instructions: saw true, wanted text. Put it in quotes.',
    ],
    [
      'agents: { main: { runtime: { type: openai, baseUrl: "http://x/v1", model: m, apiKey: "(set)" } } }',
      'line 1, agents.main.runtime.apiKey: saw text, wanted text without spaces. "(set)" only says that there is one. Leave the key out, or write the secret itself.',
    ],
  ])
})
