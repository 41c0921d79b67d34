/** One conversation of a session: what was said between two fresh starts. */
export type GenerationRow = {
  /** Its number, which it keeps. */
  readonly generation: number
  /** What the runtime calls it, else the beginning of its first words; empty where it began without any. */
  readonly title: string
  readonly firstAt: number
  readonly lastAt: number
  /** It is the one that new messages belong to. */
  readonly isPresent: boolean
}

export type Resumed = {
  readonly isDone: boolean
  /** Runs that were waiting and are now cancelled. */
  readonly cancelled: readonly string[]
  /** The run that is executing and must be aborted by the dispatcher. */
  readonly abort?: string
  /** The title of the conversation that is there again; or `present` or `unknown`, where nothing was done. */
  readonly detail?: string
}

/** The conversations of a session, to look through and to go back to. */
export interface GenerationStore {
  /** Of a session by id or key: the present one where anything was said in it, then the others, the last used first. */
  list(idOrKey: string, limit: number): Promise<readonly GenerationRow[]>
  /**
   * Goes back to an earlier conversation, with its history and its runtime session. The present one is kept; what of it
   * waited is cancelled, and what executes is to be aborted.
   */
  resume(sessionId: string, generation: number, now: number): Promise<Resumed>
}
