/** Text from chats may hold anything; nothing of it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[[\p{Cc}\p{Cf}]--[\n\t\u200d]]/gv, '')
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2))
}

/**
 * Rows under headings, in columns; a cell longer than `maxCell` is cut, in the last column only one longer than
 * `maxLast`: there the sentences stand. Prints `empty` when there are none.
 */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  empty: string,
): void {
  if (rows.length === 0) {
    print(empty)
    return
  }
  const cells = [headings, ...rows.map(toCells)]
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of cells) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** Local time, because a person compares it with a watch. */
export function formatWhen(iso: string | null): string {
  return iso === null ? '' : new Date(iso).toLocaleString('sv-SE')
}

/** `90000` is `1 min 30 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

const maxCell = 60
const maxLast = 200

function toCells(row: readonly (string | null)[]): readonly string[] {
  return row.map((cell, column) => {
    const line = printable(cell ?? '')
      .replace(/\s+/g, ' ')
      .trim()
    const max = column === row.length - 1 ? maxLast : maxCell
    return line.length <= max ? line : `${line.slice(0, max - 1).toWellFormed()}…`
  })
}
