import type { Database } from 'better-sqlite3'
import type { RunSource, RunState, StoredFile } from '../../core/model.ts'
import type { Page } from '../../core/store/page.ts'
import type { RunRow } from '../../core/store/runs.ts'
import type { Views } from '../../core/store/views.ts'
import { formatId, parseId } from './ids.ts'
import { pageOf, parseCursor } from './paging.ts'

type RunView = {
  id: number
  state: string
  session_id: number
  session_key: string
  agent: string
  source: string
  text: string | null
  reply_text: string | null
  reply_files: string | null
  error_code: string | null
  error_message: string | null
  attempt: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  superseded_by: number | null
}

const runColumns = `r.*, s.key AS session_key, (
  SELECT group_concat(m.text, char(10)) FROM (
    SELECT m.text FROM run_messages rm JOIN messages m ON m.id = rm.message_id
    WHERE rm.run_id = r.id AND rm.form <> 'context' ORDER BY m.id) m) AS text`
const fromRuns = `SELECT ${runColumns} FROM runs r JOIN sessions s ON s.id = r.session_id`

function toRun(row: RunView): RunRow {
  return {
    id: formatId('r', row.id),
    state: row.state as RunState,
    sessionId: formatId('s', row.session_id),
    sessionKey: row.session_key,
    agent: row.agent,
    source: row.source as RunSource,
    text: row.text ?? '',
    reply:
      row.reply_text === null
        ? null
        : {
            text: row.reply_text,
            files: row.reply_files === null ? [] : (JSON.parse(row.reply_files) as StoredFile[]),
          },
    error:
      row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    supersededBy: row.superseded_by === null ? null : formatId('r', row.superseded_by),
  }
}

/** Runs as people and programs see them. */
export class RunRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  find(id: string): RunRow | undefined {
    const row = this.#db.prepare(`${fromRuns} WHERE r.id = ?`).get(parseId('r', id))
    return row === undefined ? undefined : toRun(row as RunView)
  }

  page(args: Parameters<Views['runs']>[0]): Page<RunRow> {
    const rows = this.#db
      .prepare(
        `${fromRuns} WHERE r.id < @before AND (@state IS NULL OR r.state = @state) AND (@agent IS NULL OR r.agent = @agent)
         AND (@session IS NULL OR r.session_id = (SELECT id FROM sessions WHERE key = @session OR id = @sessionRow))
         ORDER BY r.id DESC LIMIT @limit`,
      )
      .all({
        before: args.before === undefined ? Number.MAX_SAFE_INTEGER : before(args.before),
        state: args.state ?? null,
        agent: args.agent ?? null,
        session: args.session ?? null,
        sessionRow: args.session === undefined ? -1 : parseId('s', args.session),
        limit: args.limit + 1,
      })
    return pageOf(rows as RunView[], args.limit, toRun)
  }

  /** Those of one session that have not ended, oldest first. */
  open(sessionKey: string): RunRow[] {
    const rows = this.#db
      .prepare(
        `${fromRuns} WHERE s.key = ? AND r.id IN (
           SELECT id FROM runs WHERE session_id = s.id AND head = 1
           UNION ALL SELECT id FROM runs WHERE session_id = s.id AND head = 0 AND state = 'queued')
         ORDER BY r.id LIMIT 100`,
      )
      .all(sessionKey)
    return (rows as RunView[]).map(toRun)
  }
}

/** `before` is a run's id or the cursor a page ended with. */
function before(value: string): number {
  const row = parseId('r', value)
  return row === -1 ? parseCursor(value) : row
}
