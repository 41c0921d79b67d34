import type { OpenCodeFaults } from './opencode-script.ts'
import type { FakeSession, OpenCodeWorld } from './opencode-world.ts'

/** What the routes act on. */
export type OpenCodeHost = {
  readonly world: OpenCodeWorld
  readonly faults: OpenCodeFaults
  /** Resolves once the session is shortened, or that was stopped. */
  shorten(session: FakeSession, model: object): Promise<void>
  begin(
    session: FakeSession,
    messageId: string,
    body: Record<string, unknown>,
    parts: readonly object[],
  ): void
}

export type OpenCodeCall = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly directory: string
  readonly body: Record<string, unknown>
}

type Answer = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const promptKeys = ['messageID', 'model', 'agent', 'system', 'parts']
const sessionKeys = ['title', 'metadata']

/** Answers one call as the real server does. */
export function routeOpenCode(server: OpenCodeHost, call: OpenCodeCall): Answer | Promise<Answer> {
  const { world } = server
  const [root = '', id = '', action = '', last = ''] = call.path.slice(1).split('/')
  if (call.path === '/global/health') return ok({ healthy: true, version: '1.18.33' })
  if (call.directory === '') return refused('no directory')
  if (root === 'permission' || root === 'question') return requests(server, root, id, action, call)
  if (call.path === '/config/providers') return providers(world)
  if (call.path === '/config') return ok({ model: world.usualModel })
  if (call.path === '/agent') return ok(world.agents)
  if (root !== 'session') return { status: 404, body: notFound('Route', call.path) }
  if (id === '' && call.method === 'POST') {
    const unknown = unknownKey(call.body, sessionKeys)
    if (unknown) return refused(unknown)
    const { title, metadata } = call.body
    const data = { ...(typeof metadata === 'object' ? metadata : {}) }
    return ok(world.describe(world.createSession(`${title}`, undefined, data)))
  }
  if (id === 'status') {
    const busy = [...world.sessions.values()].filter(({ isBusy }) => isBusy)
    return ok(Object.fromEntries(busy.map((session) => [session.id, { type: 'busy' }])))
  }
  // The real server fails on an id that is not even in the form of one.
  if (!id.startsWith('ses')) return { status: 500, body: notFound('Unexpected', id) }
  const session = world.sessions.get(id)
  if (!session) return { status: 404, body: notFound('Session', id) }
  if (action === '') return ok(world.describe(session))
  if (action === 'message') return last === '' ? list(session, call) : one(session, last)
  if (action === 'prompt_async') return prompt(server, session, call.body)
  if (action === 'summarize') return summarize(server, session, call.body)
  if (action === 'abort') {
    if (!server.faults.ignoresAborts) session.stop?.abort('abort')
    return ok(true)
  }
  return { status: 404, body: notFound('Route', call.path) }
}

function list({ messages }: FakeSession, { query }: OpenCodeCall): Answer {
  const limit = Number(query.get('limit') ?? messages.length)
  const before = query.get('before')
  const end =
    before === null ? messages.length : messages.findIndex(({ info }) => info.id === before)
  const start = Math.max(end - limit, 0)
  const first = messages[start]?.info.id
  const headers: Record<string, string> =
    start > 0 && first !== undefined ? { 'x-next-cursor': first } : {}
  return { status: 200, body: messages.slice(start, end), headers }
}

function one({ messages }: FakeSession, id: string): Answer {
  const message = messages.find(({ info }) => info.id === id)
  return message ? ok(message) : { status: 404, body: notFound('Message', id) }
}

function prompt(server: OpenCodeHost, session: FakeSession, body: Record<string, unknown>): Answer {
  const unknown = unknownKey(body, promptKeys)
  if (unknown) return refused(unknown)
  const { messageID, parts, model } = body
  if (typeof messageID !== 'string' || !/^msg_[0-9a-f]{12}\w{14}$/.test(messageID))
    return refused('messageID')
  if (!Array.isArray(parts) || parts.length === 0) return refused('parts')
  if (model !== undefined && !hasKeys(model, ['providerID', 'modelID'])) return refused('model')
  for (const part of parts) {
    const isText = hasKeys(part, ['type', 'text'])
    const isFile = hasKeys(part, ['type', 'mime', 'filename', 'url'])
    if (!isText && !isFile) return refused(`part ${JSON.stringify(part).slice(0, 100)}`)
  }
  server.begin(session, messageID, body, parts)
  return { status: 204 }
}

function providers({ models }: OpenCodeWorld): Answer {
  const byProvider = Map.groupBy(models, (name) => name.split('/')[0] ?? '')
  return ok({
    providers: [...byProvider].map(([id, names]) => ({
      id,
      name: id,
      source: 'config',
      env: [],
      options: { apiKey: 'secret' },
      models: Object.fromEntries(
        names.map((name) => [name.slice(id.length + 1), { id: name, name: `The ${name}` }]),
      ),
    })),
    default: {},
  })
}

async function summarize(
  server: OpenCodeHost,
  session: FakeSession,
  body: Record<string, unknown>,
): Promise<Answer> {
  if (!hasKeys(body, ['providerID', 'modelID'])) return refused('model')
  await server.shorten(session, body)
  return ok(true)
}

function requests(
  { world }: OpenCodeHost,
  root: 'permission' | 'question',
  id: string,
  action: string,
  { body }: OpenCodeCall,
): Answer {
  const all = root === 'permission' ? world.permissions : world.questions
  if (id === '') return ok([...all.values()].map(({ request }) => request))
  const open = all.get(id)
  if (!open) return { status: 404, body: { _tag: 'NotFound', requestID: id } }
  all.delete(id)
  if (root === 'question') {
    const { answers } = body
    if (action === 'reply' && !Array.isArray(answers)) return refused('answers')
    world.questions.delete(id)
    ;(open as { answered: (answer: unknown) => void }).answered(
      action === 'reply' ? answers : undefined,
    )
  } else {
    if (!['once', 'always', 'reject'].includes(`${body['reply']}`)) return refused('reply')
    ;(open as { answered: (answer: unknown) => void }).answered(body)
  }
  return ok(true)
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}

function refused(what: string): Answer {
  return { status: 400, body: { name: 'BadRequest', data: { message: `Invalid: ${what}` } } }
}

function notFound(what: string, id: string): object {
  return { name: 'NotFoundError', data: { message: `${what} not found: ${id}` } }
}

function unknownKey(body: object, known: readonly string[]): string | undefined {
  return Object.keys(body).find((key) => !known.includes(key))
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return keys.every((key) => key in value) && unknownKey(value, keys) === undefined
}
