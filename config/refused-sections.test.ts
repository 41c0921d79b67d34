import { describe } from 'node:test'
import { eachIsRefused } from './refused.ts'

describe('a wrong section is refused', () => {
  eachIsRefused([
    ['routes: { channel: web }', 'line 1, routes: saw a section, wanted a list.'],
    [
      'routes: [{ channel: wbe, agent: mian, thread: 3 }]',
      'line 1, routes[0].channel: there is no channel "wbe". Did you mean "web"?',
      'line 1, routes[0].agent: there is no agent "mian". Did you mean "main"?',
      'line 1, routes[0].thread: a thread belongs to a chat. Set chat as well.',
    ],
    [
      'routes: [{ chat: 1 }]',
      'line 1, routes[0].channel: is missing, wanted text that is not empty.',
      'line 1, routes[0].agent: is missing, wanted text that is not empty.',
    ],
    [
      'queue: { concurrency: 0, mode: colect, debounceMs: -1 }',
      'line 1, queue.concurrency: saw 0, wanted a whole number from 1 to 1000.',
      'line 1, queue.mode: saw "colect", wanted one of steer, collect, followup, interrupt. Did you mean "collect"?',
      'line 1, queue.debounceMs: saw -1, wanted a whole number from 0 to 2147483647.',
    ],
    [
      'queue: { staleMs: 15m }',
      'line 1, queue.staleMs: saw "15m", wanted a whole number from 0 to 2147483647.',
    ],
    [
      'heartbeat: { every: 30, agent: x, target: everyone }',
      'line 1, heartbeat.every: saw 30, wanted a duration such as 90s, 30m, 12h or 1d.',
      'line 1, heartbeat.agent: there is no agent "x". There are: main.',
      'line 1, heartbeat.target: saw "everyone", wanted owner, or { channel, chat }.',
    ],
    [
      'heartbeat: { activeHours: { start: 8:00 } }',
      'line 1, heartbeat.activeHours.start: saw "8:00", wanted a time of day such as "08:00".',
    ],
    [
      'heartbeat: { activeHours: { start: "08:00", end: "08:00" } }',
      'line 1, heartbeat.activeHours: start and end are the same, so there is no active hour. For the whole day write 00:00 and 24:00.',
    ],
    [
      'heartbeat: { target: { channel: wbe, chat: 1 } }',
      'line 1, heartbeat.target.channel: there is no channel "wbe". Did you mean "web"?',
    ],
    [
      'agents: { main: { heartbeat: { target: { channel: wbe, chat: 1 }, activeHours: { start: "09:00", end: "09:00" } } } }',
      'line 1, agents.main.heartbeat.target.channel: there is no channel "wbe". Did you mean "web"?',
      'line 1, agents.main.heartbeat.activeHours: start and end are the same, so there is no active hour. For the whole day write 00:00 and 24:00.',
    ],
    [
      'heartbeat: { every: 0m }',
      'line 1, heartbeat.every: saw "0m", wanted a duration such as 90s, 30m, 12h or 1d.',
    ],
    [
      'budget: { dailyUsd: -1, dailyTokens: lots }',
      'line 1, budget.dailyUsd: saw -1, wanted a number of at least 0.',
      'line 1, budget.dailyTokens: saw "lots", wanted a whole number of at least 0.',
    ],
    [
      'prices: { gpt: { input: 1 } }',
      'line 1, prices.gpt.output: is missing, wanted a number of at least 0.',
    ],
    [
      'identities: [{ name: Eva, ids: [telegram123, foo:1, web:1, web:1] }]',
      'line 1, identities[0].ids[0]: saw "telegram123", wanted text such as telegram:123.',
    ],
    [
      'identities: [{ name: Eva, ids: [] }]',
      'line 1, identities[0].ids: saw a list, wanted a list such as [telegram:123, discord:456].',
    ],
    [
      'notify: { channel: tg, chat: 1 }',
      'line 1, notify.channel: there is no channel "tg". There are: web.',
    ],
    [
      'media: { transcribe: { model: x } }',
      'line 1, media.transcribe.baseUrl: is missing, wanted an address that starts with http:// or https://.',
    ],
    [
      'storage: { url: mysql://u:pw@h }',
      'line 1, storage.url: saw text, wanted sqlite:FILE or postgres://….',
    ],
    ['retention: 90', 'line 1, retention: saw a number, wanted a section with keys of its own.'],
    [
      'shutdown: { graceMs: null }',
      'line 1, shutdown.graceMs: saw nothing, wanted a whole number from 0 to 2147483647. Write a value, or delete the key.',
    ],
    [
      `http: { port: "\${PORT}" }`,
      `line 1, http.port: saw text from \${PORT}, wanted a whole number from 0 to 65535. Set \${PORT} to that.`,
    ],
    [
      `logLevel: "\${PORT}"`,
      `line 1, logLevel: saw text from \${PORT}, wanted one of trace, debug, info, warn, error, fatal, silent. Set \${PORT} to that.`,
    ],
    ['"__proto__": 1', 'line 1, __proto__: this name cannot be used'],
    [
      'channels: { __proto__: { type: web } }',
      'line 1, channels.__proto__: this name cannot be used',
    ],
    [
      'sessions: { reset: { dailyAt: 4 } }',
      'line 1, sessions.reset.dailyAt: saw 4, wanted a time of day such as "04:00", or nothing.',
    ],
    [
      'dataDir: null',
      'line 1, dataDir: saw nothing, wanted text that is not empty. Write a value, or delete the key.',
    ],
    [
      'routes: [{ channel: web, agent: main }, 3, null]',
      'line 1, routes[1]: saw a number, wanted a section with keys of its own.',
      'line 1, routes[2]: saw nothing, wanted a section with keys of its own. Write a value, or delete the key.',
    ],
  ])
})
