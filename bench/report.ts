import type { Sample } from './measure.ts'
import { median } from './statistics.ts'

/** All repetitions of one peer. */
export type Result = { readonly title: string; readonly samples: readonly Sample[] }

type Metric = {
  readonly label: string
  readonly digits: number
  value(sample: Sample): number | undefined
}

const metrics: readonly Metric[] = [
  { label: 'burst, messages/s', digits: 0, value: (sample) => sample.burstPerSecond },
  { label: 'burst, CPU s per 1,000', digits: 2, value: (sample) => sample.cpuSecondsPerThousand },
  { label: 'steady, p50 ms', digits: 2, value: (sample) => sample.p50Ms },
  { label: 'steady, p95 ms', digits: 2, value: (sample) => sample.p95Ms },
  { label: 'steady, p99 ms', digits: 2, value: (sample) => sample.p99Ms },
  { label: 'memory, peak MB', digits: 0, value: (sample) => sample.peakMb },
  { label: 'memory, idle MB', digits: 0, value: (sample) => sample.idleMb },
  { label: 'ready (first poll), ms', digits: 0, value: (sample) => sample.readyMs },
  { label: 'ready (own word), ms', digits: 0, value: (sample) => sample.readyLineMs },
  { label: 'calls per message', digits: 2, value: callsPerMessage },
]

const faults = [
  ['lost', 'lost'],
  ['doubled', 'answered twice'],
  ['outOfOrder', 'out of order'],
  ['misplaced', 'in the wrong chat'],
  ['merged', 'answered together'],
  ['unknown', 'answers to nothing'],
] as const

/** The results as rows of cells, the heading first: medians with the range over all repetitions, and every fault. */
export function tabulate(results: readonly Result[]): string[][] {
  return [
    ['', ...results.map((result) => result.title)],
    ...metrics.map((metric) => [
      metric.label,
      ...results.map(({ samples }) => summarise(metric, samples)),
    ]),
    ['lost, doubled, out of order', ...results.map(({ samples }) => describeFaults(samples))],
  ]
}

/** The table for a terminal, in columns of their widest cell. */
export function formatAligned(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd()
  const [heading = [], ...body] = rows
  return [line(heading), line(widths.map((width) => '─'.repeat(width))), ...body.map(line)].join(
    '\n',
  )
}

/** The table as Markdown. */
export function formatMarkdown(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows)
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [heading = [], ...body] = rows
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(heading), rule, ...body.map(line)].join('\n')
}

const begin = '<!-- bench:begin -->'
const end = '<!-- bench:end -->'

/** Puts `content` between the marks of `document`, in place of what stands there. Throws when it has no marks. */
export function replaceMarked(document: string, content: string): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`The document has no ${begin} followed by ${end}.`)
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`
}

function callsPerMessage({ tally }: Sample): number | undefined {
  const { getUpdates: _, ...others } = tally.calls
  const answers = others['sendMessage']
  const total = Object.values(others).reduce((sum, count) => sum + count, 0)
  return answers === undefined ? undefined : total / answers
}

function summarise(metric: Metric, samples: readonly Sample[]): string {
  // A repetition that answered nothing has no rate and no latency; the row of faults says so.
  const values = samples
    .map((sample) => metric.value(sample) ?? Number.NaN)
    .filter((value) => Number.isFinite(value))
  if (values.length === 0) return '–'
  const format = (value: number) =>
    value.toLocaleString('en', {
      minimumFractionDigits: metric.digits,
      maximumFractionDigits: metric.digits,
    })
  const range = `${format(Math.min(...values))}–${format(Math.max(...values))}`
  return `${format(median(values))} [${range}]`
}

function describeFaults(samples: readonly Sample[]): string {
  const found = faults.flatMap(([key, words]) => {
    const total = samples.reduce((sum, sample) => sum + sample.tally[key], 0)
    return total === 0 ? [] : [`${total.toLocaleString('en')} ${words}`]
  })
  return found.length === 0 ? 'none' : found.join(', ')
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = rows[0]?.length ?? 0
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
}
