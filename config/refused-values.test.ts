import { describe } from 'node:test'
import { eachIsRefused } from './refused.ts'

describe('a wrong key or value is refused with what was seen and what is wanted', () => {
  eachIsRefused([
    [
      'prot: 1',
      'line 1, prot: there is no such key. Known here: dataDir, logLevel, timezone, http, storage, defaultAgent, agents, channels, routes, queue, sessions, media, heartbeat, budget, prices, identities, notify, shutdown, retention.',
    ],
    ['port: 7701', 'line 1, port: there is no such key. Did you mean http.port?'],
    ['http: { prot: 1 }', 'line 1, http.prot: there is no such key. Did you mean "port"?'],
    [
      'queue: { max_queued: 1 }',
      'line 1, queue.max_queued: there is no such key. Did you mean "maxQueued"?',
    ],
    [
      'zzzzzz: 1',
      'line 1, zzzzzz: there is no such key. Known here: dataDir, logLevel, timezone, http, storage, defaultAgent, agents, channels, routes, queue, sessions, media, heartbeat, budget, prices, identities, notify, shutdown, retention.',
    ],
    [
      'http: { port: "7700" }',
      'line 1, http.port: saw "7700", wanted a whole number from 0 to 65535. Delete the quotes.',
    ],
    ['http: { port: abc }', 'line 1, http.port: saw "abc", wanted a whole number from 0 to 65535.'],
    [
      'http: { port: 70000 }',
      'line 1, http.port: saw 70000, wanted a whole number from 0 to 65535.',
    ],
    ['http: { port: 1.5 }', 'line 1, http.port: saw 1.5, wanted a whole number from 0 to 65535.'],
    [
      'http: { port: 99999999999999999999 }',
      'line 1, http.port: saw 99999999999999999999, wanted a whole number from 0 to 65535.',
    ],
    ['http: []', 'line 1, http: saw a list, wanted a section with keys of its own.'],
    ['http: 7700', 'line 1, http: saw a number, wanted a section with keys of its own.'],
    [
      'http: { port: }',
      'line 1, http.port: saw nothing, wanted a whole number from 0 to 65535. Write a value, or delete the key.',
    ],
    [
      'http: { token: 12345678 }',
      'line 1, http.token: saw a number, wanted text without spaces. Put it in quotes.',
    ],
    [
      'http: { host: "http://x" }',
      'line 1, http.host: saw "http://x", wanted a host name or address without scheme or port.',
    ],
    [
      'http: { host: 0.0.0.0 }',
      'line 1, http.host: others than this machine can reach this address, so http.token must be set. Set it, or listen on 127.0.0.1.',
    ],
    [
      'logLevel: verbos',
      'line 1, logLevel: saw "verbos", wanted one of trace, debug, info, warn, error, fatal, silent.',
    ],
    [
      'logLevel: debgu',
      'line 1, logLevel: saw "debgu", wanted one of trace, debug, info, warn, error, fatal, silent. Did you mean "debug"?',
    ],
    [
      'timezone: Mars/Olympus',
      'line 1, timezone: saw "Mars/Olympus", wanted a time zone such as Europe/Berlin.',
    ],
    ['timezone: 1', 'line 1, timezone: saw 1, wanted a time zone such as Europe/Berlin.'],
  ])
})
