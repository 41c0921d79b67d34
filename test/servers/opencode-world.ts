import type {
  AssistantMessage,
  Event,
  Message,
  Part,
  PermissionRequest,
  QuestionRequest,
  UserMessage,
} from '@opencode-ai/sdk/v2/client'
import { Watched } from '../fakes/watched.ts'

export type FakeMessage = { readonly info: Message; readonly parts: Part[] }

export type FakeSession = {
  readonly id: string
  title: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly parentID?: string
  readonly messages: FakeMessage[]
  isBusy: boolean
  /** Ends the turn that is under way. */
  stop: AbortController | undefined
}

type Answered<T, A> = { readonly request: T; readonly answered: (answer: A) => void }
export type PermissionAnswer = { readonly reply: string; readonly message?: string }

/** What a server keeps, and the events of every change. */
export class OpenCodeWorld {
  readonly watched = new Watched()
  readonly sessions = new Map<string, FakeSession>()
  readonly permissions = new Map<string, Answered<PermissionRequest, PermissionAnswer>>()
  readonly questions = new Map<string, Answered<QuestionRequest, string[][] | undefined>>()
  /** What can be chosen: models as `provider/model`. */
  models: readonly string[] = ['fake/fake-1', 'other/big/one']
  usualModel = 'fake/usual'
  readonly agents = [
    { name: 'build', mode: 'primary', description: 'Does everything' },
    { name: 'plan', mode: 'primary' },
    { name: 'explore', mode: 'subagent' },
    { name: 'compaction', mode: 'primary', hidden: true },
  ].map((agent) => ({ ...agent, permission: [], options: {} }))
  readonly listeners = new Set<(event: Event) => void>()
  #ids = 0

  id(prefix: string): string {
    this.#ids += 1
    return `${prefix}_${this.#ids.toString(16).padStart(12, '0')}ABCDEFGHIJKLMN`
  }

  createSession(
    title: string,
    parentID?: string,
    metadata?: Readonly<Record<string, unknown>>,
  ): FakeSession {
    const session: FakeSession = {
      id: this.id('ses'),
      title,
      metadata,
      ...(parentID === undefined ? {} : { parentID }),
      messages: [],
      isBusy: false,
      stop: undefined,
    }
    this.sessions.set(session.id, session)
    this.emit('session.created', { sessionID: session.id, info: this.describe(session) })
    return session
  }

  describe(session: FakeSession): Record<string, unknown> {
    const { id, title, parentID, metadata } = session
    const time = { created: 1, updated: 1 }
    return {
      id,
      slug: 'a',
      projectID: 'global',
      directory: '/',
      title,
      version: '1.18.33',
      time,
      parentID,
      metadata,
    }
  }

  /** As by somebody at a terminal, or by OpenCode itself. */
  rename(session: FakeSession, title: string): void {
    session.title = title
    this.emit('session.updated', { sessionID: session.id, info: this.describe(session) })
  }

  addUserMessage(session: FakeSession, id: string, parts: readonly object[]): void {
    const info: UserMessage = {
      id,
      role: 'user',
      sessionID: session.id,
      time: { created: Date.now() },
      agent: 'build',
      model: { providerID: 'fake', modelID: 'fake-1' },
    }
    // As with the real one, an id that is there already is no reason to refuse: its parts are added.
    const known = session.messages.find((message) => message.info.id === id)
    const message = known ?? { info, parts: [] }
    if (!known) session.messages.push(message)
    this.emit('message.updated', { sessionID: session.id, info })
    for (const part of parts) this.setPart(session, message, part)
  }

  addAnswer(
    session: FakeSession,
    parentID: string,
  ): FakeMessage & { readonly info: AssistantMessage } {
    const info: AssistantMessage = {
      id: this.id('msg'),
      role: 'assistant',
      sessionID: session.id,
      parentID,
      time: { created: Date.now() },
      modelID: 'fake-1',
      providerID: 'fake',
      mode: 'build',
      agent: 'build',
      path: { cwd: '/', root: '/' },
      cost: 0,
      tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
    }
    const message = { info, parts: [] }
    session.messages.push(message)
    this.emit('message.updated', { sessionID: session.id, info })
    return message
  }

  endAnswer(
    session: FakeSession,
    { info }: { readonly info: AssistantMessage },
    finish: string | undefined,
    error?: AssistantMessage['error'],
  ): void {
    info.time.completed = Date.now()
    if (finish !== undefined) {
      info.finish = finish
      info.cost = 0.01
      info.tokens = { input: 100, output: 20, reasoning: 5, cache: { read: 50, write: 0 } }
    }
    if (error) info.error = error
    // The real one says it twice, too.
    this.emit('message.updated', { sessionID: session.id, info })
    this.emit('message.updated', { sessionID: session.id, info })
  }

  /** Stores a part and tells of it; `isStored` false only tells, as of text that is being written. */
  setPart(session: FakeSession, message: FakeMessage, fields: object, isStored = true): string {
    const id = 'id' in fields && typeof fields.id === 'string' ? fields.id : this.id('prt')
    const part = { ...fields, id, sessionID: session.id, messageID: message.info.id } as Part
    const at = message.parts.findIndex((one) => one.id === id)
    if (isStored && at >= 0) message.parts[at] = part
    if (isStored && at < 0) message.parts.push(part)
    this.emit('message.part.updated', { sessionID: session.id, part, time: Date.now() })
    return id
  }

  setBusy(session: FakeSession, isBusy: boolean): void {
    session.isBusy = isBusy
    const status = { type: isBusy ? 'busy' : 'idle' }
    this.emit('session.status', { sessionID: session.id, status })
    if (!isBusy) this.emit('session.idle', { sessionID: session.id })
  }

  emit(type: string, properties: object): void {
    // Events carry the state of their moment, not that of when they are read.
    const event = structuredClone({ id: this.id('evt'), type, properties }) as Event
    for (const listener of this.listeners) listener(event)
    this.watched.look()
  }
}
