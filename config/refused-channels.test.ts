import { describe } from 'node:test'
import { eachIsRefused } from './refused.ts'

describe('a wrong channel is refused', () => {
  eachIsRefused([
    [
      'channels: { telegram: { type: telegram } }',
      `line 1, channels.telegram.token: is missing, wanted text that is not empty and has no spaces. Write it, or name a variable: \${NAME}.`,
    ],
    [
      'channels: { telegram: { type: telegram, token: "" } }',
      'line 1, channels.telegram.token: saw empty text, wanted text that is not empty and has no spaces.',
    ],
    [
      'channels: { telegram: { type: telegram, token: 12345 } }',
      'line 1, channels.telegram.token: saw a number, wanted text that is not empty and has no spaces. Put it in quotes.',
    ],
    [
      'channels: { telegram: { type: telegram, token: [abcdef] } }',
      'line 1, channels.telegram.token: saw a list, wanted text that is not empty and has no spaces.',
    ],
    [
      'channels: { telegram: { type: telegramm, token: x } }',
      'line 1, channels.telegram.type: saw "telegramm", wanted one of telegram, discord, signal, web. Did you mean "telegram"?',
    ],
    [
      'channels: { telegram: { token: abc } }',
      'line 1, channels.telegram.type: is missing, wanted one of telegram, discord, signal, web.',
    ],
    [
      'channels: { telegram: abc }',
      'line 1, channels.telegram: saw text, wanted a section with keys of its own.',
    ],
    [
      'channels:\n  telegram:',
      'line 2, channels.telegram.type: is missing, wanted one of telegram, discord, signal, web.',
    ],
    [
      `channels: { t: { type: telegram, token: \${NOPE} } }`,
      `line 1, channels.t.token: the environment variable NOPE is not set. Set it, or write \${NOPE:-default}.`,
    ],
    [
      `channels: { t: { type: telegram, token: "\${a b}" } }`,
      `line 1, channels.t.token: a \${…} is neither \${NAME} nor \${NAME:-default}. Write $\${ where you mean the characters themselves.`,
    ],
    [
      'channels: { t: { type: telegram, token: x, acess: {} } }',
      'line 1, channels.t.acess: there is no such key. Did you mean "access"?',
    ],
    [
      'channels: { t: { type: telegram, token: x, spool: child } }',
      'line 1, channels.t.spool: there is no such key here; it belongs to type signal.',
    ],
    [
      'channels: { t: { type: telegram, token: x, access: { owners: [12345678901234567890] } } }',
      'line 1, channels.t.access.owners[0]: saw 12345678901234567890, wanted an id, as text or as a whole number. The number is too large to be read exactly. Put it in quotes.',
    ],
    [
      'channels: { t: { type: telegram, token: x, access: { owners: 12 } } }',
      'line 1, channels.t.access.owners: saw 12, wanted a list. Put it in [ ].',
    ],
    [
      'channels: { t: { type: telegram, token: x, access: { owners: [true] } } }',
      'line 1, channels.t.access.owners[0]: saw true, wanted an id, as text or as a whole number.',
    ],
    [
      'channels: { t: { type: telegram, token: x, access: { dm: paring, mention: "true" } } }',
      'line 1, channels.t.access.dm: saw "paring", wanted one of pairing, allowlist, open, off. Did you mean "pairing"?',
      'line 1, channels.t.access.mention: saw "true", wanted true or false. Delete the quotes.',
    ],
    [
      'channels: { t: { type: telegram, token: x, stream: true } }',
      'line 1, channels.t.stream: saw true, wanted one of draft, edit, off.',
    ],
    [
      'channels: { t: { type: telegram, token: x, enabled: maybe } }',
      'line 1, channels.t.enabled: saw "maybe", wanted true or false.',
    ],
    [
      'channels: { t: { type: telegram, token: x, apiRoot: api.telegram.org } }',
      'line 1, channels.t.apiRoot: saw "api.telegram.org", wanted an address that starts with http:// or https://.',
    ],
    [
      'channels: { t: { type: telegram, token: x, webhook: { secret: s } } }',
      'line 1, channels.t.webhook: Telegram can only call an address it can reach. Set http.publicUrl, or delete webhook to poll.',
    ],
    [
      'http: { publicUrl: "https://x.org" }\nchannels: { t: { type: telegram, token: x, webhook: { secret: "a b", path: x } } }',
      'line 2, channels.t.webhook.secret: saw text, wanted 1 to 256 letters, digits, _ or -.',
      'line 2, channels.t.webhook.path: saw "x", wanted a path such as /webhooks/telegram.',
    ],
    [
      'http: { publicUrl: "https://x.org" }\nchannels: { t: { type: telegram, token: x, webhook: { secret: s, path: /api/x } } }',
      'line 2, channels.t.webhook.path: the gateway itself answers there. Choose a path such as /webhooks/t.',
    ],
    [
      'channels: { a: { type: telegram, token: xxxxxxxx }, b: { type: telegram, token: xxxxxxxx } }',
      'line 1, channels.b.token: the channel "a" uses the same bot. Each bot runs once: delete or switch off one of the two.',
    ],
    [
      'channels: { web: { type: telegram, token: x } }',
      'line 1, channels.web.type: the name "web" belongs to the web page. Give this telegram channel another name.',
    ],
    [
      'channels: { a: { type: web }, b: { type: web } }',
      'line 1, channels.b.type: the channel "a" uses the same web page. Each web page runs once: delete or switch off one of the two.',
    ],
    [
      'channels: { t: { type: telegram, token: x, access: { roles: [admin, mods] } }, d: { type: discord, token: y, access: { roles: [77, admin] } } }',
      'line 1, channels.t.access.roles[1]: this platform knows one role in groups. Write admin, or name people in access.allow.',
      'line 1, channels.d.access.roles[1]: Discord knows roles by their numbers. Write the id of the role.',
    ],
    [
      'channels: { a: { type: signal, account: "+1", webhook: { secret: x } }, b: { type: signal, account: "+2", webhook: { secret: x, port: 7702 } } }',
      'line 1, channels.b.webhook.port: one spool takes the posts of all Signal channels. Write 7701, as channel "a" has it.',
    ],
    [
      'channels: { s: { type: signal } }',
      'line 1, channels.s.account: is missing, wanted text that is not empty.',
    ],
    [
      'channels: { s: { type: signal, account: +49151 } }',
      'line 1, channels.s.account: saw 49151, wanted text that is not empty. Put it in quotes.',
    ],
    [
      'channels: { d: { type: discord, token: x, access: {allowChats: ["", 1.5]} } }',
      'line 1, channels.d.access.allowChats[0]: saw empty text, wanted an id, as text or as a whole number.',
      'line 1, channels.d.access.allowChats[1]: saw 1.5, wanted an id, as text or as a whole number.',
    ],
  ])
})
