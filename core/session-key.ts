import type { Address, ChatKind } from './model.ts'

/**
 * The key of a conversation's session: `v1:<agent>:<account>:<kind>:<chat>[:<thread>]`. It holds the platform's own
 * id of the account, not the channel's name, so that renaming a channel keeps its sessions.
 */
export function sessionKey(agent: string, address: Address, kind: ChatKind): string {
  const place = `v1:${agent}:${address.account}:${kind}:${address.chat}`
  return address.thread === undefined ? place : `${place}:${address.thread}`
}
