import { call, read } from './api-call.ts'

/** A stranger who asks to be let in. The name is what they call themselves. Times are ISO 8601. */
export type Pairing = {
  readonly id: string
  readonly channel: string
  readonly sender: string
  readonly senderName: string
  readonly createdAt: string
  readonly expiresAt: string
}

/** Who waits, the first to ask at the top. */
export async function fetchPairings(signal: AbortSignal): Promise<readonly Pairing[]> {
  return (await read<{ items: readonly Pairing[] }>('pairing', signal)).items
}

/** Lets the person in. Throws with status 404 or 409 when it comes too late, as `rejectPairing` does. */
export async function approvePairing(id: string): Promise<void> {
  await call('POST', `pairing/${encodeURIComponent(id)}/approve`, {})
}

export async function rejectPairing(id: string): Promise<void> {
  await call('POST', `pairing/${encodeURIComponent(id)}/reject`)
}
