import Database from 'better-sqlite3'

/** Says of each text that nobody saw an answer to how far it came, so that a failing run tells where to look. */
export function explainLost(file: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return []
  const db = new Database(file, { readonly: true })
  try {
    const find = db.prepare<[string], Record<string, string | null>>(
      `SELECT m.disposition, m.reason, r.state AS run, group_concat(d.state) AS deliveries
       FROM messages m LEFT JOIN runs r ON r.id = m.run_id LEFT JOIN deliveries d ON d.run_id = r.id
       WHERE m.text = ? GROUP BY m.id`,
    )
    return texts.map((text) => {
      const found = find.all(text).map((row) => JSON.stringify(row))
      return `${text}: ${found.length === 0 ? 'never stored' : found.join(' ')}`
    })
  } finally {
    db.close()
  }
}
