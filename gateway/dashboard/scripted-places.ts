import { ScriptedJobs } from './scripted-jobs.ts'
import type { Approval, Grant } from './src/api-approvals.ts'
import type { Config } from './src/api-config.ts'
import type { Conversation } from './src/api-conversations.ts'
import type { Pairing } from './src/api-pairing.ts'
import type { Usage } from './src/api-usage.ts'

type Answer = { readonly status: number; readonly body: unknown }

const minute = 60_000
const ok: Answer = { status: 200, body: { ok: true } }

/** The part of the scripted gateway that is no chat: questions, jobs and usage, as a test sets them. */
export class ScriptedPlaces {
  readonly planned = new ScriptedJobs()
  approvals: Approval[] = []
  grants: Grant[] = []
  pairings: Pairing[] = []
  conversations: Conversation[] = []
  /** By dimension and first day, as in `agent 2026-03-27`; what is absent is nothing spent. */
  readonly usage = new Map<string, Usage>()
  /** Every question about usage that arrived, as keys of `usage`. */
  readonly usageAsked: string[] = []
  readonly answers: { readonly id: string; readonly answer: string }[] = []
  config: Config = {
    timezone: 'Europe/Berlin',
    defaultAgent: 'main',
    budget: { dailyTokens: 0, dailyUsd: 0, perSenderDailyTokens: 0 },
    agents: { main: {} },
  }

  /** A permission that is asked now; `fields` says what is different about it. */
  ask(fields: Partial<Approval> = {}): Approval {
    const asked: Approval = {
      id: `q${this.approvals.length + this.answers.length + 1}`,
      kind: 'permission',
      agent: 'main',
      title: 'Run `git push`',
      detail: 'git push origin main',
      options: [],
      takesText: false,
      grant: null,
      channel: 'web',
      chat: 'main',
      expiresAt: new Date(Date.now() + 9.5 * minute).toISOString(),
      ...fields,
    }
    this.approvals.unshift(asked)
    return asked
  }

  /** A stranger who asks to be let in now. */
  knock(fields: Partial<Pairing> = {}): Pairing {
    const now = Date.now()
    const asked: Pairing = {
      id: `p${this.pairings.length + this.answers.length + 1}`,
      channel: 'telegram',
      sender: '40012',
      senderName: 'Grace Hopper',
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 59.5 * minute).toISOString(),
      ...fields,
    }
    this.pairings.push(asked)
    return asked
  }

  /** Answers a call, or leaves it to somebody else. */
  handle(method: string, url: URL, body: unknown): Answer | undefined {
    const planned = this.planned.handle(method, url.pathname.replace('/api/v1/', ''), body)
    if (planned) return planned
    const [, place = '', id] = /^\/api\/v1\/([a-z]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? []
    const [, asked = '', does = ''] =
      /\/pairing\/([^/]+)\/(approve|reject)$/.exec(url.pathname) ?? []
    if (does !== '') return this.#decide(asked, does)
    if (id !== undefined) return this.#act(`${method} ${place}`, id, body)
    switch (`${method} ${place}`) {
      case 'GET approvals':
        return { status: 200, body: { items: this.approvals, next: null } }
      case 'GET pairing':
        return { status: 200, body: { items: this.pairings, next: null } }
      case 'GET grants':
        return { status: 200, body: { items: this.grants, next: null } }
      case 'GET conversations':
        return { status: 200, body: { items: this.conversations, next: null } }
      case 'GET config':
        return { status: 200, body: { path: null, hash: 'h', config: this.config } }
      case 'GET usage':
        return { status: 200, body: this.#usage(url.searchParams) }
      default:
        return undefined
    }
  }

  #act(what: string, id: string, body: unknown): Answer | undefined {
    if (what === 'DELETE grants') {
      this.grants = this.grants.filter((grant) => grant.id !== id)
      return ok
    }
    if (what !== 'POST approvals') return undefined
    const asked = this.approvals.find((approval) => approval.id === id)
    if (asked === undefined) {
      const message = 'That question is answered, or has expired.'
      return { status: 409, body: { error: { code: 'not-open', message } } }
    }
    this.answers.push({ id, answer: (body as { answer: string }).answer })
    this.approvals = this.approvals.filter((approval) => approval !== asked)
    return { status: 200, body: asked }
  }

  #decide(id: string, answer: string): Answer {
    if (!this.pairings.some((pairing) => pairing.id === id)) {
      const message = 'Nobody waits under that id.'
      return { status: 404, body: { error: { code: 'no-such-pairing', message } } }
    }
    this.answers.push({ id, answer })
    this.pairings = this.pairings.filter((pairing) => pairing.id !== id)
    return ok
  }

  #usage(query: URLSearchParams): Usage {
    const key = `${query.get('by')} ${query.get('from')}`
    this.usageAsked.push(key)
    return this.usage.get(key) ?? { total: nothing, items: [], next: null }
  }
}

const nothing = { runs: 0, inputTokens: 0, outputTokens: 0, costUsd: 0, isCostComplete: true }
