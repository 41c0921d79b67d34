/**
 * Invariant: a life ends once and for all, whether by the agent's own doing, by what it writes, or by us; then every
 * request of it has ended, and its process and what that has started are gone.
 */
import type {
  ClientConnection,
  CreateElicitationResponse,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { ChildLog } from '../child-log.ts'
import { oneLine } from '../one-line.ts'
import { AgentChild, type ChildCommand } from './agent-child.ts'
import { type AgentCapabilities, readCapabilities } from './capabilities.ts'
import { classifyRefusal, isRefusal } from './failure.ts'
import { logIn } from './log-in.ts'
import { objectIn, type Said, textIn } from './said.ts'
import { loadSdk } from './sdk.ts'
import { agentStream } from './wire.ts'

/** What an agent says and asks of one session. */
export interface SessionListener {
  update(update: Said): void
  permission(request: Said, signal: AbortSignal): Promise<RequestPermissionResponse>
  elicitation(request: Said, signal: AbortSignal): Promise<CreateElicitationResponse>
}

export type LifeOptions = {
  readonly clock: Clock
  readonly command: ChildCommand
  readonly log: ChildLog
  readonly startMs: number
  /** Id of the log-in to ask for. */
  readonly authMethod?: string
  /** Gives the start up. */
  readonly signal: AbortSignal
  /** Blacks out what nobody may see. */
  readonly redact: (text: string) => string
}

const maxLastLine = 300
const unknownVersion = -32022

/** One process of an agent, from its start to its end, with all its sessions. */
export class AgentLife {
  readonly child: AgentChild
  readonly #options: LifeOptions
  readonly #listeners = new Map<string, SessionListener>()
  readonly #connection: ClientConnection
  #firstGarbage: string | undefined
  #broken: RuntimeError | undefined
  #how = 'has closed its output'
  capabilities: AgentCapabilities

  private constructor(options: LifeOptions, sdk: Awaited<ReturnType<typeof loadSdk>>) {
    const { command, log, clock, redact } = options
    this.#options = options
    this.capabilities = readCapabilities(undefined, nameOf(command))
    this.child = new AgentChild(command, log, clock)
    const stream = agentStream(this.child.stdin, this.child.stdout, {
      update: (params) => this.#update(objectIn(params)),
      garbage: (line) => {
        this.#firstGarbage ??= redact(line)
        log.write(Buffer.from(`${line}\n`))
      },
    })
    this.#connection = sdk
      .client({ name: 'jackdaw' })
      .onRequest('session/request_permission', async ({ params, signal }) => {
        const listener = this.#listeners.get(textIn(objectIn(params)['sessionId']) ?? '')
        return (
          (await listener?.permission(objectIn(params), signal)) ?? {
            outcome: { outcome: 'cancelled' },
          }
        )
      })
      .onRequest('elicitation/create', async ({ params, signal }) => {
        const id = textIn(objectIn(params)['sessionId']) ?? ''
        return (
          (await this.#listeners.get(id)?.elicitation(objectIn(params), signal)) ?? {
            action: 'decline',
          }
        )
      })
      .connect(stream)
    this.#watch()
  }

  /**
   * Starts the program and makes its acquaintance. Throws `RuntimeError` with code `unreachable` where it ends at once,
   * `stalled` where it says nothing, `bad-response` where it speaks something else, `version` for another protocol,
   * `unauthorized` where it refuses the log-in.
   */
  static async start(options: LifeOptions): Promise<AgentLife> {
    const sdk = await loadSdk()
    const life = new AgentLife(options, sdk)
    const giveUp = () => void life.child.kill()
    options.signal.addEventListener('abort', giveUp, { once: true })
    try {
      const answer = await life.request(
        'initialize',
        {
          protocolVersion: sdk.PROTOCOL_VERSION,
          clientCapabilities: {
            fs: { readTextFile: false, writeTextFile: false },
            terminal: false,
            elicitation: { form: {} },
          },
          clientInfo: { name: 'jackdaw', title: 'Jackdaw', version: '1' },
        },
        options.startMs,
      )
      life.capabilities = readCapabilities(answer, life.capabilities.name)
      const { name, version } = life.capabilities
      if (version !== sdk.PROTOCOL_VERSION) throw otherVersion(name, String(version))
      if (options.authMethod !== undefined) {
        await logIn(options.authMethod, life.capabilities, {
          ask: (method, params) => life.request(method, params, options.startMs),
          redact: options.redact,
        })
      }
      return life
    } catch (error) {
      await life.child.kill()
      throw life.#startFailure(error)
    } finally {
      options.signal.removeEventListener('abort', giveUp)
    }
  }

  get isOver(): boolean {
    return this.child.isOver || this.#connection.signal.aborted
  }

  /** What the agent says and asks of a session goes to `listener` from now on; `undefined`: to nobody. */
  listen(sessionId: string, listener: SessionListener | undefined): void {
    if (listener) this.#listeners.set(sessionId, listener)
    else this.#listeners.delete(sessionId)
  }

  /** Throws what `isRefusal` knows, or `RuntimeError` where the agent ends or does not answer within `ms`. */
  async request(method: string, params: Said, ms?: number): Promise<unknown> {
    const late = new AbortController()
    const answer = this.#connection.agent.request<unknown, Said>(method, params)
    const limits =
      ms === undefined ? [] : [this.#options.clock.sleep(ms, late.signal).then(() => late)]
    try {
      const first = await Promise.race([answer, ...limits])
      if (first !== late) return first
    } catch (error) {
      if (isRefusal(error)) throw error
      await this.child.drained
      throw this.#gone()
    } finally {
      late.abort()
    }
    const problem = `does not answer (${method}) within ${(ms ?? 0) / 1000} s`
    throw this.#failure('stalled', `${problem}${this.#lastLine()}`)
  }

  /** Never waits: an agent that reads nothing would hold up whoever did. */
  notify(method: string, params: Said): void {
    this.#connection.agent.notify(method, params).catch(() => undefined)
  }

  #update(params: Said): void {
    this.#listeners.get(textIn(params['sessionId']) ?? '')?.update(objectIn(params['update']))
  }

  #watch(): void {
    void this.child.exited.then((how) => {
      this.#how = how
    })
    void this.child.drained.then(() => this.#connection.close())
    this.#connection.signal.addEventListener('abort', () => {
      const { reason } = this.#connection.signal
      if (reason instanceof RuntimeError) this.#broken = reason
      // Its output is at an end or not to be understood: it is of no use any more.
      void this.child.kill()
    })
  }

  #gone(): RuntimeError {
    const { name } = this.capabilities
    if (this.#broken) {
      const { code, message } = this.#broken
      const begin =
        this.#firstGarbage === undefined ? '' : `; it began with "${this.#firstGarbage}"`
      return new RuntimeError(code, `${name}: ${message.replace(/\.$/, '')}${begin}.`, {
        isRetryable: true,
      })
    }
    return this.#failure('unreachable', `${this.#how}${this.#lastLine()}`)
  }

  #startFailure(error: unknown): RuntimeError {
    const { name } = this.capabilities
    if (isRefusal(error)) {
      if (error.code === unknownVersion) return otherVersion(name, 'another')
      return classifyRefusal(
        { ...error, message: this.#options.redact(error.message) },
        this.capabilities,
      )
    }
    if (!(error instanceof RuntimeError)) throw error
    if (this.#firstGarbage === undefined || error.code === 'version') return error
    const seen = oneLine(this.#firstGarbage, maxLastLine)
    return new RuntimeError(
      'bad-response',
      `${name} does not speak the Agent Client Protocol: it wrote "${seen}". Does its command need an argument such as acp?`,
      { isRetryable: false },
    )
  }

  #failure(code: string, problem: string): RuntimeError {
    return new RuntimeError(code, `${this.capabilities.name} ${problem}.`, { isRetryable: true })
  }

  #lastLine(): string {
    const line = this.#options.log.tail.split('\n').at(-1) ?? ''
    const words = oneLine(this.#options.redact(line), maxLastLine)
    return words === '' ? '' : `: ${words.replace(/\.$/, '')}`
  }
}

function nameOf({ program }: ChildCommand): string {
  return oneLine(program.split(/[\\/]/).at(-1) ?? program, 60)
}

function otherVersion(name: string, version: string): RuntimeError {
  return new RuntimeError(
    'version',
    `${name} speaks version ${oneLine(version, 20)} of the Agent Client Protocol, but Jackdaw speaks version 1: install a version of the agent that does, too.`,
    { isRetryable: false },
  )
}
