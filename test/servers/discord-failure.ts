const words: Readonly<Record<number, string>> = {
  10003: 'Unknown Channel',
  10004: 'Unknown Guild',
  10007: 'Unknown Member',
  10008: 'Unknown Message',
  10013: 'Unknown User',
  10014: 'Unknown Emoji',
  10015: 'Unknown Webhook',
  10062: 'Unknown interaction',
  10063: 'Unknown application command',
  30010: 'Maximum number of reactions reached (20)',
  30046: 'Maximum number of edits to messages older than 1 hour reached. Try again later.',
  40005: 'Request entity too large',
  40060: 'Interaction has already been acknowledged.',
  50001: 'Missing Access',
  50005: 'Cannot edit a message authored by another user',
  50006: 'Cannot send an empty message',
  50007: 'Cannot send messages to this user',
  50008: 'Cannot send messages in a non-text channel',
  50013: 'Missing Permissions',
  50021: 'Cannot execute action on a system message',
  50024: 'Cannot execute action on this channel type',
  50027: 'Invalid Webhook Token',
  50035: 'Invalid Form Body',
  50083: 'Thread is archived',
  50109: 'The request body contains invalid JSON.',
  50159: 'Voice messages do not support additional content.',
  50160: 'Voice messages must have a single audio attachment.',
  50161: 'Voice messages must have supporting metadata.',
  50278: 'Cannot send messages to this user due to having no mutual guilds',
  160002: 'You cannot reply without permission to read message history.',
  160004: 'A thread has already been created for this message',
  160005: 'Thread is locked',
  160014: 'Cannot forward a message you cannot read',
}

const forbidden = new Set([50001, 50007, 50013, 50278, 50005, 50021, 160014])

function statusOf(code: number): number {
  if (code >= 10000 && code < 20000) return 404
  if (code === 40005) return 413
  if (code === 50027) return 401
  return forbidden.has(code) ? 403 : 400
}

/** An answer of the API that says no, by the platform's own code. */
export class DiscordFailure extends Error {
  readonly status: number
  readonly code: number
  readonly errors: object | undefined

  constructor(code: number, detail: { status?: number; message?: string; errors?: object } = {}) {
    super(detail.message ?? words[code] ?? 'An unknown error occurred')
    this.name = 'DiscordFailure'
    this.code = code
    this.status = detail.status ?? statusOf(code)
    this.errors = detail.errors
  }

  /** The JSON body that carries it. */
  toBody(): string {
    const { message, code, errors } = this
    return JSON.stringify({ message, code, ...(errors ? { errors } : {}) })
  }
}

/** 50035, with the tree of errors that names the field. */
export function invalidForm(path: readonly PropertyKey[], code: string, message: string) {
  const leaf: object = { _errors: [{ code, message }] }
  const errors = path.reduceRight<object>((inner, key) => ({ [key]: inner }), leaf)
  return new DiscordFailure(50035, { errors })
}
