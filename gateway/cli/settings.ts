import type { LoadedConfig, LoadOptions } from '../../config/load.ts'
import type { CommandOptions } from './command-options.ts'

/** The configuration a command works with. Throws `ConfigError`. */
export async function loadSettings(options: CommandOptions): Promise<LoadedConfig> {
  const { load } = await import('../../config/load.ts')
  return await load(await loadOptionsOf(options))
}

/** Where to look for the configuration: in this process, unless `--config` names a file. */
export async function loadOptionsOf({ config }: CommandOptions): Promise<LoadOptions> {
  const { processSurroundings } = await import('../../config/environment.ts')
  return { ...processSurroundings(), file: config }
}
