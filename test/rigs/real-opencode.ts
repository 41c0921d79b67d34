import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { ManagedServer } from '../../core/runtimes/opencode/managed-server.ts'
import { OpenCodeRuntime } from '../../core/runtimes/opencode/runtime.ts'
import { ModelServer } from '../servers/model.ts'

/** The real OpenCode on a scripted model, without a network and in a folder of its own. */
export class RealOpenCode {
  readonly model: ModelServer
  readonly folder: string
  readonly server: ManagedServer
  readonly runtime: OpenCodeRuntime
  readonly #path: string

  private constructor(model: ModelServer, folder: string, path: string) {
    this.model = model
    this.folder = folder
    this.#path = path
    this.server = this.makeServer()
    this.runtime = this.makeRuntime(this.server)
  }

  static async start(path: string): Promise<RealOpenCode> {
    const folder = await mkdtemp(join(tmpdir(), 'jackdaw-real-opencode-'))
    return new RealOpenCode(await ModelServer.start(), folder, path)
  }

  /** As the next gateway makes it. */
  makeServer(): ManagedServer {
    const env = {
      PATH: this.#path,
      HOME: join(this.folder, 'home'),
      ...openCodeEnvironment(this.model.url),
    }
    const folder = join(this.folder, 'runtime')
    return new ManagedServer({ clock: systemClock, directory: this.directory, folder, env })
  }

  makeRuntime(server: ManagedServer): OpenCodeRuntime {
    return new OpenCodeRuntime({
      server,
      directory: this.directory,
      instructions: 'Be kind.',
      clock: systemClock,
      formatTime: (at) => new Date(at).toISOString(),
    })
  }

  get directory(): string {
    return join(this.folder, 'work')
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.model.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What makes an OpenCode use the scripted model at `url`, no network, and ask before it does anything. */
export function openCodeEnvironment(url: string): Record<string, string> {
  const models = {
    'scripted-1': {
      tool_call: true,
      attachment: true,
      modalities: { input: ['text', 'image'], output: ['text'] },
      limit: { context: 128_000, output: 8_000 },
    },
  }
  const options = { baseURL: url, apiKey: 'k' }
  const config = {
    provider: { scripted: { npm: '@ai-sdk/openai-compatible', options, models } },
    model: 'scripted/scripted-1',
    small_model: 'scripted/scripted-1',
    enabled_providers: ['scripted'],
    share: 'disabled',
    permission: { bash: 'ask', edit: 'ask' },
  }
  return {
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_DISABLE_SHARE: '1',
    npm_config_offline: 'true',
  }
}
