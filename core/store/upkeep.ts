export interface Upkeep {
  /** Copies what the log holds into the database file and empties the log. Returns the log's size in bytes before. */
  checkpoint(): Promise<number>
  walBytes(): number
  /** Deletes finished work older than `before`, at most `limit` rows a call. Returns how many went. */
  prune(before: number, limit: number): Promise<number>
  /** A consistent copy while everything runs. */
  backup(file: string): Promise<void>
  /** Rows that break a promise ("every message ends somewhere"): must always be empty. */
  violations(now: number): Promise<readonly string[]>
}
