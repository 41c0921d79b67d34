import type { Address, ChatKind, QueueMode } from '../model.ts'
import type { Page } from './page.ts'

/** What owners chose for one chat; what is absent is as the configuration says. A thread has its chat's where it has none. */
export type ChatSettings = {
  /** Whether the bot acts only when it is addressed. */
  readonly mention?: boolean
  readonly agent?: string
  readonly queue?: QueueMode
  /** Whether an answer is shown while it is written. */
  readonly stream?: boolean
}

/** A change of them: `null` goes back to the default, what is absent stays. */
export type ChatSettingsChange = {
  readonly [K in keyof ChatSettings]?: NonNullable<ChatSettings[K]> | null
}

export type ConversationView = {
  readonly id: string
  readonly address: Address
  readonly kind: ChatKind
  readonly title: string | null
  readonly isAlive: boolean
  /** By its own approval, or else its space's. */
  readonly isApproved: boolean
  readonly space: {
    readonly id: string
    readonly title: string | null
    readonly isApproved: boolean
  } | null
  /** What was chosen for it, not what it has from its chat. */
  readonly settings: ChatSettings
}

export interface ConversationStore {
  /** Newest first. */
  list(args: { cursor?: string; limit: number }): Promise<Page<ConversationView>>
  find(id: string): Promise<ConversationView | undefined>
  /** By its place; `person` is whose direct chat it is, where that is known. */
  at(address: Address): Promise<(ConversationView & { readonly person?: string }) | undefined>
  /** Returns false for an id that is not known. */
  configure(id: string, change: ChatSettingsChange): Promise<boolean>
}
