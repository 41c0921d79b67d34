import type { Database, Statement } from 'better-sqlite3'
import type { RunEvent, RunEventType } from '../../core/model.ts'
import { formatId } from './ids.ts'

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
  readonly #first: Statement<[number, string, number, string]>
  readonly #append: Statement<[number, string, number, string, number]>

  constructor(db: Database) {
    this.#first = db.prepare(
      'INSERT INTO run_events (run_id, seq, type, at, data) VALUES (?, 1, ?, ?, ?)',
    )
    this.#append = db.prepare(
      `INSERT INTO run_events (run_id, type, at, data, seq)
       VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM run_events WHERE run_id = +?))`,
    )
  }

  /** Begins the history of a run that was made in this transaction. */
  begin(run: number, at: number, data: Record<string, unknown>): void {
    this.#first.run(run, 'run.accepted', at, JSON.stringify(data))
  }

  append(run: number, type: RunEventType, at: number, data?: Record<string, unknown>): void {
    this.#append.run(run, type, at, data === undefined ? '{}' : JSON.stringify(data), run)
  }
}
