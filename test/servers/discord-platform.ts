import type { Upload } from './discord-body.ts'
import type { Interactions } from './discord-interactions.ts'
import type { World } from './discord-world.ts'

/** What endpoints work on besides their request. */
export type Platform = {
  readonly world: World
  readonly interactions: Interactions
  /** What the bot must show; changed when it is revoked. */
  readonly credentials: { token: string }
  /** Commands by scope: a guild's id, or `global`. */
  readonly commands: Map<string, StoredCommand[]>
  /** How long `enforce_nonce` remembers. */
  readonly nonceMs: number
  readonly nonces: Map<string, Nonce>
  readonly typing: Typing[]
  /** Without it, history shows what others wrote without its content. */
  readonly isMessageContentAllowed: boolean
  /** What the bot did against the protocol, in words. */
  readonly breaches: string[]
}

export type Nonce = { readonly channelId: string; readonly messageId: string; readonly at: number }

export type Typing = { readonly channelId: string; readonly at: number }

export type StoredCommand = {
  readonly id: string
  readonly name: string
  readonly type: number
  readonly description: string
  readonly options: readonly object[]
  readonly payload: object
}

/** A request that found its endpoint. */
export type Request = {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
  readonly files: readonly Upload[]
}

export type Answer = { readonly status: number; readonly body?: unknown }

/** 200 with this. */
export const ok = (body: unknown): Answer => ({ status: 200, body })
export const noContent: Answer = { status: 204 }

/** A parameter of the path; the router has made sure of it. */
export function param(request: Request, name: string): string {
  return request.params[name] ?? ''
}
