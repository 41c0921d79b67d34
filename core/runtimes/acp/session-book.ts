/** Which of the agent's sessions belongs to which of ours. */
import type { Turn } from '../../runtime-port.ts'
import type { AcpAgent } from './agent.ts'
import type { AgentLife } from './agent-life.ts'
import { AgentSession } from './agent-session.ts'
import { classifyRefusal, isRefusal, wantsLogin } from './failure.ts'
import { objectIn, type Said, textIn } from './said.ts'

export type BookOptions = {
  readonly agent: AcpAgent
  readonly cwd: string
  readonly sessionMs: number
  /** As the agent takes them, for a session of ours. */
  readonly toolServers: (sessionId: string, life: AgentLife) => readonly Said[]
}

/** Sessions kept open at a time; one that was closed is opened again with its next turn. */
const maxOpen = 200
const keyOf = ({ session }: Turn) => `${session.id}:${session.generation}`

export class SessionBook {
  readonly #options: BookOptions
  readonly #open = new Map<string, AgentSession>()
  readonly #busy = new Map<string, Promise<void>>()
  readonly #preparing = new Map<string, Promise<void>>()

  constructor(options: BookOptions) {
    this.#options = options
  }

  /** Waits until no turn runs in the session and keeps others waiting until the returned function is called. */
  async lock(turn: Turn): Promise<() => void> {
    const key = turn.session.id
    while (this.#busy.has(key)) await this.#busy.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#busy.set(key, promise)
    return () => {
      this.#busy.delete(key)
      resolve()
    }
  }

  /** The turn's session: the one that is open, or as the agent remembers it, or a new one. Called under `lock`. */
  async get(turn: Turn): Promise<AgentSession> {
    const key = keyOf(turn)
    // Also before a fresh start, whose tokens for its tools would end those of the other, or be ended by them. If it
    // has failed, it is tried again here, for whoever hears of it.
    await this.#preparing.get(turn.session.id)?.catch(() => undefined)
    const known = this.#open.get(key)
    const session = await this.#find(turn, known)
    this.#keep(key, session)
    return session
  }

  /** Opens the session of a turn that is over in a process that is new, so that the next turn finds it open. */
  prepare(turn: Turn): void {
    const key = keyOf(turn)
    const known = this.#open.get(key)
    if (!known || this.#preparing.has(turn.session.id)) return
    const preparing = this.#find(turn, known).then((session) => {
      // Meanwhile it may have been closed because too many are open.
      if (this.#open.get(key) === known) this.#keep(key, session)
      else if (session !== known) this.#close(session)
    })
    this.#preparing.set(turn.session.id, preparing)
    const over = () => void this.#preparing.delete(turn.session.id)
    preparing.then(over, over)
  }

  async #find(turn: Turn, known: AgentSession | undefined): Promise<AgentSession> {
    const life = await this.#options.agent.life()
    if (known?.life === life) return known
    const id = known?.id ?? turn.session.runtimeSession
    const session =
      (id === undefined ? undefined : await this.#reopen(turn, life, id)) ??
      (await this.#create(turn, life))
    life.listen(session.id, session)
    return session
  }

  /** The agent does not know it any more. */
  forget(session: AgentSession): void {
    session.life.listen(session.id, undefined)
    for (const [key, one] of this.#open) if (one === session) this.#open.delete(key)
  }

  async #reopen(turn: Turn, life: AgentLife, sessionId: string): Promise<AgentSession | undefined> {
    const { canResume, canLoad } = life.capabilities
    if (!canResume && !canLoad) return undefined
    const params = { ...this.#place(turn, life), sessionId }
    try {
      // What `session/load` tells of the past goes to nobody: no one listens yet.
      const method = canResume ? 'session/resume' : 'session/load'
      const answer = await life.request(method, params, this.#options.sessionMs)
      return new AgentSession(sessionId, life, answer, false)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (wantsLogin(error)) throw this.classify(error, life)
      return undefined
    }
  }

  async #create(turn: Turn, life: AgentLife): Promise<AgentSession> {
    const params = this.#place(turn, life)
    try {
      const answer = await life.request('session/new', params, this.#options.sessionMs)
      const id = textIn(objectIn(answer)['sessionId'])
      if (id !== undefined) return new AgentSession(id, life, answer, true)
      throw classifyRefusal(
        { code: 0, message: 'it made a session without an id' },
        life.capabilities,
      )
    } catch (error) {
      throw this.classify(error, life)
    }
  }

  /** What the agent has refused, as `RuntimeError`. */
  classify(error: unknown, life: AgentLife): unknown {
    if (!isRefusal(error)) return error
    const { code, data } = error
    const message = this.#options.agent.redact(error.message)
    return classifyRefusal({ code, data, message }, life.capabilities)
  }

  #place(turn: Turn, life: AgentLife): Said {
    const { cwd, toolServers } = this.#options
    return { cwd, mcpServers: toolServers(turn.session.id, life) }
  }

  #keep(key: string, session: AgentSession): void {
    this.#open.delete(key)
    this.#open.set(key, session)
    for (const [oldest, old] of this.#open) {
      const isStale = oldest !== key && oldest.split(':')[0] === key.split(':')[0]
      if (this.#open.size <= maxOpen && !isStale) continue
      if (this.#busy.has(oldest.split(':')[0] ?? '') && !isStale) continue
      this.#open.delete(oldest)
      this.#close(old)
    }
  }

  /** Nobody waits for it: what it frees is the agent's own. */
  #close({ id, life }: AgentSession): void {
    life.listen(id, undefined)
    if (!life.capabilities.canClose) return
    void life
      .request('session/close', { sessionId: id }, this.#options.sessionMs)
      .catch(() => undefined)
  }
}
