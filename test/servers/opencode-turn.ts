import type { AssistantMessage } from '@opencode-ai/sdk/v2/client'
import type { OpenCodeStep } from './opencode-script.ts'
import type { FakeMessage, FakeSession, OpenCodeWorld } from './opencode-world.ts'

type Answer = FakeMessage & { readonly info: AssistantMessage }

/** What ended a wait: the turn goes on, or it is over. */
const stopped = Symbol('stopped')

/** Plays one prompt's script in its session, as the real server would tell of it. */
export class OpenCodeTurn {
  readonly #world: OpenCodeWorld
  readonly #session: FakeSession
  /** The newest prompt that its loop has seen. */
  #promptId: string
  readonly #signal: AbortSignal
  #answer: Answer | undefined

  constructor(world: OpenCodeWorld, session: FakeSession, promptId: string, signal: AbortSignal) {
    this.#world = world
    this.#session = session
    this.#promptId = promptId
    this.#signal = signal
  }

  /** Resolves when the turn is over, whatever ended it. A crash (the reason of the abort) leaves everything as it is. */
  async play(steps: readonly OpenCodeStep[]): Promise<void> {
    const world = this.#world
    const session = this.#session
    world.setBusy(session, true)
    let finish: string | undefined = 'stop'
    const left = [...steps]
    for (let step = left.shift(); step; step = left.shift() ?? this.#takeUp(left)) {
      const end = this.#signal.aborted ? stopped : await this.#step(step)
      if (end === stopped && this.#signal.reason === 'crash') return
      if (end === stopped) return this.#aborted()
      if (end === 'failed') return world.setBusy(session, false)
      finish = end === 'refused' ? 'tool-calls' : 'stop'
      if (end === 'refused') break
    }
    if (this.#answer) world.endAnswer(session, this.#answer, finish)
    world.setBusy(session, false)
  }

  /** The answer is over: is there anything that nobody has looked at? */
  #takeUp(left: OpenCodeStep[]): OpenCodeStep | undefined {
    const { waiting } = this.#session
    if (waiting.length === 0) return undefined
    left.push(...waiting.flatMap(({ steps }) => steps))
    if (this.#answer) this.#world.endAnswer(this.#session, this.#answer, 'stop')
    this.#answer = undefined
    this.#lookUp()
    return left.shift()
  }

  /** From now on its answers are to the newest prompt. */
  #lookUp(): void {
    this.#promptId = this.#session.waiting.splice(0).at(-1)?.id ?? this.#promptId
  }

  async #step(step: OpenCodeStep): Promise<typeof stopped | 'refused' | 'failed' | undefined> {
    switch (step.type) {
      case 'text':
        return await this.#text(step.text, step.pieceLength ?? 64)
      case 'reasoning':
        this.#set({ type: 'reasoning', text: step.text, time: { start: 1, end: 2 } })
        return undefined
      case 'tool':
        this.#tool(step.name, step)
        return undefined
      case 'permission':
        return await this.#permission(step.command)
      case 'question':
        return await this.#question(step.questions, step.options)
      case 'child':
        this.#child(step.tool)
        return undefined
      case 'error':
        this.#error(step)
        return 'failed'
      case 'wait':
        this.#current()
        return await this.#unless(step.until)
    }
  }

  async #text(text: string, length: number): Promise<typeof stopped | undefined> {
    const world = this.#world
    const { id: sessionID } = this.#session
    const id = this.#set({ type: 'text', text: '', time: { start: 1 } })
    for (let start = 0; start < text.length; start += length) {
      const delta = text.slice(start, start + length)
      const messageID = this.#current().info.id
      world.emit('message.part.delta', { sessionID, messageID, partID: id, field: 'text', delta })
      if (start % (length * 64) === 0) await new Promise<void>((resolve) => setImmediate(resolve))
      if (this.#signal.aborted) return stopped
    }
    this.#set({ id, type: 'text', text, time: { start: 1, end: 2 } })
    return undefined
  }

  #tool(tool: string, { title = tool, error }: { title?: string; error?: string }): void {
    const callID = this.#world.id('call')
    const input = { description: title }
    const part = { type: 'tool', tool, callID }
    const id = this.#set({ ...part, state: { status: 'pending', input: {}, raw: '' } })
    this.#set({ ...part, id, state: { status: 'running', input, time: { start: 1 } } })
    this.#endTool({ ...part, id }, input, title, error)
  }

  #endTool(part: object, input: object, title: string, error: string | undefined): void {
    const time = { start: 1, end: 2 }
    const state =
      error === undefined
        ? { status: 'completed', input, output: 'ok', title, metadata: {}, time }
        : { status: 'error', input, error, time }
    this.#set({ ...part, state })
    this.#nextMessage()
  }

  async #permission(command: string): Promise<typeof stopped | 'refused' | undefined> {
    const world = this.#world
    const { id: sessionID } = this.#session
    const input = { command }
    const part = { type: 'tool', tool: 'bash', callID: world.id('call') }
    const id = this.#set({ ...part, state: { status: 'running', input, time: { start: 1 } } })
    const request = {
      id: world.id('per'),
      sessionID,
      permission: 'bash',
      patterns: [command],
      metadata: { command },
      always: ['echo *'],
      tool: { messageID: this.#current().info.id, callID: part.callID },
    }
    const answer = Promise.withResolvers<{ reply: string; message?: string }>()
    world.permissions.set(request.id, { request, answered: answer.resolve })
    world.emit('permission.asked', request)
    // The real one tells of the tool again, before or after it asks.
    this.#set({ ...part, id, state: { status: 'running', input, time: { start: 1 } } })
    const end = await this.#unless(answer.promise)
    // An abort leaves it in the list.
    if (end === stopped) return stopped
    world.permissions.delete(request.id)
    const { reply, message } = await answer.promise
    world.emit('permission.replied', { sessionID, requestID: request.id, reply })
    const words = `The user rejected permission to use this specific tool call${message ? ` with the following feedback: ${message}` : '.'}`
    const isRefused = reply === 'reject'
    if (isRefused && message === undefined) {
      this.#set({
        ...part,
        id,
        state: { status: 'error', input, error: words, time: { start: 1, end: 2 } },
      })
      return 'refused'
    }
    this.#endTool({ ...part, id }, input, command, isRefused ? words : undefined)
    return undefined
  }

  async #question(
    questions: readonly string[],
    options: readonly string[],
  ): Promise<typeof stopped | 'refused' | undefined> {
    const world = this.#world
    const { id: sessionID } = this.#session
    const part = { type: 'tool', tool: 'question', callID: world.id('call') }
    const id = this.#set({ ...part, state: { status: 'running', input: {}, time: { start: 1 } } })
    const request = {
      id: world.id('que'),
      sessionID,
      questions: questions.map((question) => ({
        question,
        header: question.slice(0, 30),
        options: options.map((label) => ({ label, description: '' })),
      })),
    }
    const answer = Promise.withResolvers<string[][] | undefined>()
    world.questions.set(request.id, { request, answered: answer.resolve })
    world.emit('question.asked', request)
    const end = await this.#unless(answer.promise)
    if (end === stopped) return stopped
    world.questions.delete(request.id)
    const answers = await answer.promise
    const said = { sessionID, requestID: request.id }
    world.emit(answers ? 'question.replied' : 'question.rejected', {
      ...said,
      ...(answers && { answers }),
    })
    if (!answers) {
      this.#set({
        ...part,
        id,
        state: { status: 'error', input: {}, error: 'dismissed', time: { start: 1, end: 2 } },
      })
      return 'refused'
    }
    this.#endTool({ ...part, id }, {}, answers.flat().join(', '), undefined)
    return undefined
  }

  #child(tool: string): void {
    const world = this.#world
    const child = world.createSession('child', this.#session.id)
    const part = { type: 'tool', tool: 'task', callID: world.id('call') }
    const metadata = { sessionId: child.id }
    const state = {
      status: 'running',
      input: { description: 'Look' },
      metadata,
      time: { start: 1 },
    }
    const id = this.#set({ ...part, state })
    const turn = new OpenCodeTurn(world, child, world.id('msg'), this.#signal)
    turn.#tool(tool, {})
    if (turn.#answer) world.endAnswer(child, turn.#answer, 'stop')
    this.#endTool({ ...part, id }, { description: 'Look' }, 'Look', undefined)
  }

  #error({ error, isStored = true }: OpenCodeStep & { type: 'error' }): void {
    this.#world.emit('session.error', { sessionID: this.#session.id, error })
    if (isStored) this.#world.endAnswer(this.#session, this.#current(), undefined, error)
  }

  /** As seen: an error, idle, the end of what was under way, and idle once more. */
  #aborted(): void {
    this.#session.waiting.splice(0)
    const world = this.#world
    const session = this.#session
    const error = { name: 'MessageAbortedError' as const, data: { message: 'Aborted' } }
    world.emit('session.error', { sessionID: session.id, error })
    world.setBusy(session, false)
    world.endAnswer(session, this.#current(), undefined, error)
    world.setBusy(session, false)
  }

  #set(part: object): string {
    return this.#world.setPart(this.#session, this.#current(), part)
  }

  #nextMessage(): void {
    if (this.#answer) this.#world.endAnswer(this.#session, this.#answer, 'tool-calls')
    this.#answer = undefined
    this.#lookUp()
    this.#current()
  }

  #current(): Answer {
    this.#answer ??= this.#world.addAnswer(this.#session, this.#promptId)
    return this.#answer
  }

  async #unless(work: Promise<unknown>): Promise<typeof stopped | undefined> {
    const abort = new Promise<typeof stopped>((resolve) => {
      this.#signal.addEventListener('abort', () => resolve(stopped), { once: true })
    })
    return await Promise.race([abort, work.then(() => undefined)])
  }
}
