import { call, read } from './api-call.ts'

/** What an agent asks of people. Times are ISO 8601. */
export type Approval = {
  readonly id: string
  readonly kind: 'permission' | 'question'
  readonly agent: string
  readonly title: string
  readonly detail: string | null
  readonly options: readonly { readonly id: string; readonly label: string }[]
  readonly takesText: boolean
  /** What "always" would cover; null where it cannot be given. */
  readonly grant: string | null
  readonly channel: string | null
  readonly chat: string | null
  readonly expiresAt: string
}

/** What was allowed for always, in a session or, where that is null, in all of the agent's. */
export type Grant = {
  readonly id: string
  readonly agent: string
  readonly session: string | null
  readonly words: string
  readonly by: string
  readonly at: string
}

/** Open ones, those that asked first at the top. */
export async function fetchApprovals(signal: AbortSignal): Promise<readonly Approval[]> {
  const { items } = await read<{ items: readonly Approval[] }>('approvals?limit=100', signal)
  return items.toReversed()
}

/** Gives an answer: `once`, `always`, `deny`, an option's id, or words. Throws with status 409 when it comes too late. */
export async function answerApproval(id: string, answer: string): Promise<void> {
  await call('POST', `approvals/${encodeURIComponent(id)}`, { answer })
}

export async function fetchGrants(signal: AbortSignal): Promise<readonly Grant[]> {
  return (await read<{ items: readonly Grant[] }>('grants?limit=100', signal)).items
}

export async function revokeGrant(id: string): Promise<void> {
  await call('DELETE', `grants/${encodeURIComponent(id)}`)
}
