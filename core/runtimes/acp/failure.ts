import { RuntimeError } from '../../errors.ts'
import { oneLine } from '../one-line.ts'
import type { Login } from './capabilities.ts'
import { objectIn } from './said.ts'

/** An error in the agent's answer to a request, by its JSON-RPC code. */
export type AgentRefusal = {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

const maxDetail = 300

export function isRefusal(error: unknown): error is AgentRefusal & Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

/** The agent does not know the session (any more). */
export function isSessionUnknown({ code, data }: AgentRefusal): boolean {
  return (code === -32602 || code === -32002) && 'sessionId' in objectIn(data)
}

export function wantsLogin({ code }: AgentRefusal): boolean {
  return code === -32000
}

/**
 * What an agent's refusal means, with one of the codes `unauthorized`, `not-found`, `quota`, `rate-limited`, `unavailable`,
 * `too-long`, `rejected`, `failed`. `hasWorked`: tools have run, so that doing the turn again may do their work again.
 */
export function classifyRefusal(
  refusal: AgentRefusal,
  agent: { readonly name: string; readonly logins: readonly Login[] },
  hasWorked = false,
): RuntimeError {
  const said = oneLine(refusal.message.split('\n')[0] ?? '', maxDetail)
  const error = (code: string, problem: string, isRetryable = false) =>
    new RuntimeError(code, `${agent.name} ${problem}${said ? `: ${said}` : '.'}`, {
      isRetryable: isRetryable && !hasWorked,
    })
  if (wantsLogin(refusal)) return loginNeeded(agent, said)
  if (isSessionUnknown(refusal)) return error('not-found', 'does not know the session', true)
  switch (statusIn(refusal.data)) {
    case 401:
    case 403:
      return error('unauthorized', 'was refused by its model provider')
    case 402:
      return error('quota', 'has no credit left at its model provider')
    case 413:
      return error('too-long', 'found the request too long')
    case 429:
      return error('rate-limited', 'was asked to wait by its model provider', true)
    case 'server':
      return error('unavailable', 'could not use its model provider', true)
  }
  if (refusal.code === -32601) return error('rejected', 'does not understand the request')
  if (refusal.code === -32602 || refusal.code === -32600) {
    return error('rejected', 'refuses the request')
  }
  return error('failed', 'failed')
}

/** Nobody can log in from a chat, so the sentence says how it is done, and what can be chosen there. */
function loginNeeded(
  { name, logins }: { readonly name: string; readonly logins: readonly Login[] },
  said: string,
): RuntimeError {
  const why = said === '' || /^auth\w* required/i.test(said) ? '' : ` (${said.replace(/\.$/, '')})`
  return new RuntimeError(
    'unauthorized',
    `${name} wants a log-in${why}: log in to it once in a terminal, as the user that runs the gateway, or give it its key with env${logins.length > 0 ? `, and name what it offers with authMethod: ${loginsIn(logins)}` : ''}.`,
    { isRetryable: false },
  )
}

/** For a sentence: the ids, each with what it is. */
export function loginsIn(logins: readonly Login[]): string {
  const told = logins.map(({ id, words, needsTerminal }) => {
    const about = [words, needsTerminal ? 'at a terminal' : ''].filter(Boolean).join(', ')
    return about === '' ? id : `${id} (${about})`
  })
  return told.join('; ')
}

/** Some agents say in `data` what their model provider answered by HTTP. */
function statusIn(data: unknown): number | 'server' | undefined {
  const said = objectIn(data)
  const status = [said['statusCode'], said['status'], said['httpStatus']].find(
    (one) => typeof one === 'number' && one >= 400 && one < 600,
  )
  if (typeof status !== 'number') return undefined
  return status >= 500 ? 'server' : status
}
