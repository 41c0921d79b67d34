import type { LoadedConfig } from '../../config/load.ts'
import type { CommandOptions } from './command-options.ts'

/** The configuration a command works with. Throws `ConfigError`. */
export async function loadSettings(options: CommandOptions): Promise<LoadedConfig> {
  const { load } = await import('../../config/load.ts')
  const { processSurroundings } = await import('../../config/environment.ts')
  return await load({ ...processSurroundings(), file: options.config })
}
