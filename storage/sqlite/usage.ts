import type { Database, Statement } from 'better-sqlite3'
import { RequestError } from '../../core/errors.ts'
import type {
  Spent,
  UsageDimension,
  UsagePiece,
  UsageScope,
  UsageStore,
} from '../../core/store/usage.ts'
import { formatId, parseId } from './ids.ts'
import type { Writer } from './writer.ts'

type SpentRow = {
  input_tokens: number
  output_tokens: number
  cached_tokens: number
  cost_usd: number
  unpriced: number
}
type TotalRow = SpentRow & { key: string | number | null; runs: number }

const columns: Readonly<Record<UsageDimension, string>> = {
  agent: 'agent',
  model: 'model',
  session: 'session_id',
  sender: 'sender',
  job: 'job',
}

const spentColumns = 'input_tokens, output_tokens, cached_tokens, cost_usd, unpriced'
const sums = `COALESCE(SUM(input_tokens), 0) AS input_tokens, COALESCE(SUM(output_tokens), 0) AS output_tokens,
  COALESCE(SUM(cached_tokens), 0) AS cached_tokens, TOTAL(cost_usd) AS cost_usd,
  COUNT(*) - COUNT(cost_usd) AS unpriced, COUNT(DISTINCT run_id) AS runs`
const grow = `ON CONFLICT DO UPDATE SET input_tokens = input_tokens + excluded.input_tokens,
  output_tokens = output_tokens + excluded.output_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
  cost_usd = cost_usd + excluded.cost_usd, unpriced = unpriced + excluded.unpriced, at = excluded.at`

/** What runs cost. The sums change with the rows they are made of, in one transaction. */
export class SqliteUsage implements UsageStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #insert: Statement
  readonly #addToDay: Statement
  readonly #addToSession: Statement
  readonly #day: Statement<[string, string, string]>
  readonly #session: Statement<[number, number]>
  readonly #explain: Statement

  constructor(db: Database, writer: Writer) {
    this.#db = db
    this.#writer = writer
    this.#insert = db.prepare(
      `INSERT INTO usage (run_id, session_id, agent, model, input_tokens, output_tokens, cached_tokens, cost_usd, at,
         source, sender, job, piece)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#addToDay = db.prepare(
      `INSERT INTO usage_days (day, agent, sender, ${spentColumns}, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ${grow}`,
    )
    this.#addToSession = db.prepare(
      `INSERT INTO usage_sessions (session_id, generation, ${spentColumns}, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ${grow}`,
    )
    this.#day = db.prepare(
      `SELECT ${spentColumns} FROM usage_days WHERE day = ? AND agent = ? AND sender = ?`,
    )
    this.#session = db.prepare(
      `SELECT ${spentColumns} FROM usage_sessions WHERE session_id = ? AND generation = ?`,
    )
    this.#explain = db.prepare(
      'INSERT INTO limits_told (day, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
  }

  record(piece: UsagePiece, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const { agent, sender, usage, day, source, job } = piece
      const session = parseId('s', piece.session.id)
      const { model, inputTokens, outputTokens, cachedTokens = 0, costUsd, id } = usage
      const tokens = [inputTokens, outputTokens, cachedTokens]
      const { changes } = this.#insert.run(
        ...[parseId('r', piece.runId), session, agent, model ?? null, ...tokens, costUsd ?? null],
        ...[now, source, sender ?? null, job ?? null, id ?? null],
      )
      if (changes === 0) return false
      const spent = [...tokens, costUsd ?? 0, costUsd === undefined ? 1 : 0, now]
      const senders = sender === undefined ? [''] : ['', sender]
      for (const who of senders) {
        this.#addToDay.run(day, '', who, ...spent)
        this.#addToDay.run(day, agent, who, ...spent)
      }
      this.#addToSession.run(session, piece.session.generation, ...spent)
      return true
    })
  }

  async day(day: string, scopes: readonly UsageScope[]): Promise<Spent[]> {
    return scopes.map(({ agent = '', sender = '' }) =>
      toSpent(this.#day.get(day, agent, sender) as SpentRow | undefined),
    )
  }

  async session(id: string, generation: number): Promise<Spent> {
    return toSpent(this.#session.get(parseId('s', id), generation) as SpentRow | undefined)
  }

  explained(day: string, key: string, now: number): Promise<boolean> {
    return this.#writer.write(() => this.#explain.run(day, key, now).changes === 1)
  }

  async totals(args: Parameters<UsageStore['totals']>[0]): ReturnType<UsageStore['totals']> {
    const { from, to, by, limit } = args
    const key = columns[by]
    const after = parseTotalsCursor(args.cursor)
    const rows = this.#db
      .prepare(
        `SELECT ${key} AS key, ${sums}, SUM(input_tokens + output_tokens) AS tokens FROM usage
         WHERE at >= ? AND at < ? GROUP BY ${key} ORDER BY tokens DESC, key LIMIT ? OFFSET ?`,
      )
      .all(from, to, limit + 1, after) as TotalRow[]
    const all = this.#db
      .prepare(`SELECT ${sums} FROM usage WHERE at >= ? AND at < ?`)
      .get(from, to) as Omit<TotalRow, 'key'>
    return {
      items: rows.slice(0, limit).map((row) => ({
        key: typeof row.key === 'number' ? formatId('s', row.key) : row.key,
        ...toTotal(row),
      })),
      next: rows.length > limit ? String(after + limit) : null,
      total: toTotal(all),
    }
  }
}

/** How many totals came before: they are sums, so no row of theirs could be named. */
function parseTotalsCursor(cursor = '0'): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw new RequestError(400, 'invalid-cursor', 'The cursor is not one this gateway gave out.')
}

function toTotal(row: Omit<TotalRow, 'key'>) {
  return { ...toSpent(row), runs: row.runs }
}

function toSpent(row: SpentRow | undefined): Spent {
  return {
    inputTokens: row?.input_tokens ?? 0,
    outputTokens: row?.output_tokens ?? 0,
    cachedTokens: row?.cached_tokens ?? 0,
    costUsd: row?.cost_usd ?? 0,
    unpriced: row?.unpriced ?? 0,
  }
}
