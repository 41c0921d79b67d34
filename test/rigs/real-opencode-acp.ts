import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { AcpRuntime } from '../../core/runtimes/acp/runtime.ts'
import { ModelServer } from '../servers/model.ts'
import { openCodeEnvironment } from './real-opencode.ts'

/** The real `opencode acp` on a scripted model, without a network and in a folder of its own. */
export class RealOpenCodeAcp {
  readonly model: ModelServer
  readonly folder: string
  readonly runtime: AcpRuntime

  private constructor(model: ModelServer, folder: string, path: string) {
    this.model = model
    this.folder = folder
    this.runtime = new AcpRuntime({
      command: ['opencode', 'acp'],
      cwd: this.directory,
      env: openCodeEnvironment(model.url),
      gatewayEnv: { PATH: path, HOME: join(folder, 'home') },
      folder: join(folder, 'runtime'),
      instructions: 'Be kind.',
      toolServers: () => [],
      clock: systemClock,
      formatTime: (at) => new Date(at).toISOString(),
    })
  }

  static async start(path: string): Promise<RealOpenCodeAcp> {
    const folder = await mkdtemp(join(tmpdir(), 'jackdaw-opencode-acp-'))
    return new RealOpenCodeAcp(await ModelServer.start(), folder, path)
  }

  get directory(): string {
    return join(this.folder, 'work')
  }

  async close(): Promise<void> {
    await this.runtime.close()
    await this.model.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
