import { CliError } from './cli-error.ts'

const configuration = 78

/** What a person is told about a failed command, and what the process ends with. A bug is told with its stack. */
export async function describeFailure(
  error: unknown,
): Promise<{ readonly message: string; readonly exitCode: number }> {
  if (error instanceof CliError) return { message: error.message, exitCode: error.exitCode }
  const { ConfigError } = await import('../../config/errors.ts')
  if (error instanceof ConfigError) return { message: error.message, exitCode: error.exitCode }
  const { GatewayError, StoreError } = await import('../../core/errors.ts')
  if (error instanceof StoreError) {
    const isConfiguration = error.code === 'locked' || error.code === 'newer'
    return { message: error.message, exitCode: isConfiguration ? configuration : 1 }
  }
  if (error instanceof GatewayError) return { message: error.message, exitCode: 1 }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: stack, exitCode: 1 }
}
