import type { Database, Statement } from 'better-sqlite3'
import type { RunEvent, RunEventType } from '../../core/model.ts'
import { formatId } from './ids.ts'
import { RowCache } from './row-cache.ts'

type EventRow = { id: number; run_id: number; seq: number; type: string; at: number; data: string }

export function toRunEvent(row: EventRow): RunEvent {
  return {
    id: row.id,
    runId: formatId('r', row.run_id),
    seq: row.seq,
    type: row.type as RunEventType,
    at: row.at,
    data: JSON.parse(row.data) as Record<string, unknown>,
  }
}

/** Histories of runs; `seq` is dense because it is taken inside the transaction that writes it. */
export class RunEvents {
  /** The last `seq` of runs that had an event lately: asking the index for it costs as much as the event. */
  readonly #lastSeq = new RowCache<number>()
  readonly #seqOf: Statement<[number]>
  readonly #insert: Statement<[number, number, string, number, string]>

  constructor(db: Database) {
    this.#seqOf = db
      .prepare('SELECT COALESCE(MAX(seq), 0) FROM run_events WHERE run_id = +?')
      .pluck() as Statement<[number]>
    this.#insert = db.prepare(
      'INSERT INTO run_events (run_id, seq, type, at, data) VALUES (?, ?, ?, ?, ?)',
    )
  }

  /** Begins the history of a run that was made in this transaction. */
  begin(run: number, at: number, data: Record<string, unknown>): void {
    this.#add(run, 1, 'run.accepted', at, data)
  }

  append(run: number, type: RunEventType, at: number, data?: Record<string, unknown>): void {
    const last = this.#lastSeq.get(run) ?? (this.#seqOf.get(run) as number)
    this.#add(run, last + 1, type, at, data)
  }

  /** Forgets what is kept in memory. */
  forget(): void {
    this.#lastSeq.clear()
  }

  #add(
    run: number,
    seq: number,
    type: RunEventType,
    at: number,
    data: Record<string, unknown> | undefined,
  ): void {
    this.#insert.run(run, seq, type, at, data === undefined ? '{}' : JSON.stringify(data))
    this.#lastSeq.keep(run, seq)
  }
}
