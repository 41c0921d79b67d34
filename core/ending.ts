import type { Limit } from './budget.ts'
import type { Reply } from './model.ts'

/** Why an execution was cut off. */
export type AbortReason = 'cancel' | 'timeout' | 'shutdown' | 'lease'

/** How an execution ended, for the dispatcher to write down. */
export type Ending =
  | { readonly type: 'done'; readonly reply: Reply }
  | { readonly type: 'aborted'; readonly reason: AbortReason }
  | { readonly type: 'failed'; readonly error: unknown }
  /** Nothing is left to spend; `isCutOff: false`: so it was not begun. */
  | { readonly type: 'limit'; readonly limit: Limit; readonly isCutOff: boolean }
