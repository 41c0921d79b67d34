import { RuntimeError } from '../../errors.ts'
import { oneLine } from '../one-line.ts'
import type { AgentCapabilities } from './capabilities.ts'
import { isRefusal, loginsIn } from './failure.ts'
import type { Said } from './said.ts'

/**
 * Asks an agent that has just started for the log-in that is configured: the agent has its key in `env`, or
 * remembers who it is. Throws `RuntimeError` code `unauthorized` where it does not offer that, or refuses.
 */
export async function logIn(
  authMethod: string,
  { name, logins }: AgentCapabilities,
  parts: {
    readonly ask: (method: string, params: Said) => Promise<unknown>
    /** Blacks out what nobody may see. */
    readonly redact: (text: string) => string
  },
): Promise<void> {
  const shown = oneLine(authMethod, 100)
  const refused = (problem: string) =>
    new RuntimeError('unauthorized', `${name} ${problem}`, { isRetryable: false })
  const login = logins.find(({ id }) => id === authMethod)
  if (!login) {
    const offers = logins.length > 0 ? `it offers ${loginsIn(logins)}` : 'it offers none'
    throw refused(`does not offer the log-in ${shown} (authMethod): ${offers}.`)
  }
  if (login.needsTerminal) {
    throw refused(
      `wants a person at a terminal for the log-in ${shown} (authMethod): log in to it there once, as the user that runs the gateway, and delete authMethod.`,
    )
  }
  try {
    await parts.ask('authenticate', { methodId: authMethod })
  } catch (error) {
    if (!isRefusal(error)) throw error
    const said = oneLine(parts.redact(error.message.split('\n')[0] ?? ''), 300)
    throw refused(`refuses the log-in ${shown} (authMethod): ${said.replace(/\.$/, '')}.`)
  }
}
