import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelServer } from '../servers/model.ts'
import { startTelegramServer, type TelegramServer } from '../servers/telegram.ts'
import type { SentMessage } from '../servers/telegram-world.ts'
import { agentConfig } from './agent-config.ts'
import { GatewayProcess } from './gateway-process.ts'
import { openCodeEnvironment } from './real-opencode.ts'

const limitMs = 60_000

type HouseOptions = {
  /** Where the `opencode` program is, as PATH. */
  readonly path: string
  readonly runtime?: 'opencode' | 'acp'
  /** How answers are shown while they are written. */
  readonly stream?: 'draft' | 'off'
}

/** The real gateway as a process with the real OpenCode, on a scripted model, for people on Telegram. */
export class AgentHouse implements AsyncDisposable {
  readonly model: ModelServer
  readonly telegram: TelegramServer
  readonly #dir: string
  readonly #options: HouseOptions
  #gateway: GatewayProcess | undefined

  private constructor(
    dir: string,
    servers: { model: ModelServer; telegram: TelegramServer },
    options: HouseOptions,
  ) {
    this.model = servers.model
    this.telegram = servers.telegram
    this.#dir = dir
    this.#options = options
  }

  static async start(options: HouseOptions): Promise<AgentHouse> {
    const dir = await mkdtemp(join(tmpdir(), 'jackdaw-house-'))
    const [model, telegram] = await Promise.all([ModelServer.start(), startTelegramServer()])
    const house = new AgentHouse(dir, { model, telegram }, options)
    try {
      await house.restarts()
      return house
    } catch (error) {
      await house[Symbol.asyncDispose]()
      throw error
    }
  }

  get gateway(): GatewayProcess {
    if (this.#gateway) return this.#gateway
    throw new Error('The gateway of this house was never started.')
  }

  /** The folder the agent works in. */
  get workspace(): string {
    return join(this.#dir, 'data', 'workspaces', 'main')
  }

  /** Starts the gateway, again where it has ended before. */
  async restarts(): Promise<void> {
    const { path, runtime, stream = 'draft' } = this.#options
    const { telegram, model } = this
    const openCode = openCodeEnvironment(model.url)
    const agent =
      runtime === 'acp'
        ? { type: 'acp', command: ['opencode', 'acp'], env: openCode }
        : { type: 'opencode', managed: true }
    const config = agentConfig(agent, telegram, stream)
    const env = { PATH: path, HOME: join(this.#dir, 'home'), ...openCode }
    this.#gateway = await GatewayProcess.start(this.#dir, config, env)
    await this.#gateway.ready
  }

  /** Kills the gateway as the power going out would. */
  async dies(): Promise<void> {
    this.gateway.kill('SIGKILL')
    await this.gateway.exited
  }

  /** Waits for a message of the bot in this chat that reads, or matches, this. */
  async hears(chat: number, text: string | RegExp): Promise<SentMessage> {
    const fits = (one: SentMessage) =>
      typeof text === 'string' ? one.text === text : text.test(one.text)
    const isHere = (one: SentMessage) => one.chat === chat && !one.isDeleted
    try {
      return await this.telegram.waitFor(
        () => this.telegram.sent.find((one) => isHere(one) && fits(one)),
        limitMs,
      )
    } catch {
      const heard = JSON.stringify(this.telegram.texts(chat))
      throw new Error(`Never heard ${text} in chat ${chat}; heard ${heard}.`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gateway?.isRunning) await this.#gateway.stop()
    await this.model.close()
    await this.telegram[Symbol.asyncDispose]()
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5 })
  }
}
