import { readFile } from 'node:fs/promises'
import { type ChannelUnderTest, channelScenarios } from '../channel.ts'

const begin = '<!-- channels:begin -->'
const end = '<!-- channels:end -->'

/** The document with its table as the suite has it now: a promise stands as kept only while its test passes. */
export async function guaranteesWithTable(
  file: string | URL,
  channels: readonly ChannelUnderTest[],
): Promise<string> {
  const text = await readFile(file, 'utf8')
  const [head, rest] = text.split(begin)
  const tail = rest?.split(end)[1]
  if (head === undefined || tail === undefined) throw new Error(`${file} lacks ${begin} … ${end}.`)
  return `${head}${begin}\n\n${guaranteesTable(channels)}\n${end}${tail}`
}

function guaranteesTable(channels: readonly ChannelUnderTest[]): string {
  const reasons: string[] = []
  const cell = ({ cannot }: ChannelUnderTest, key: string) => {
    const reason = cannot[key]
    if (reason === undefined) return '✓'
    if (!reasons.includes(reason)) reasons.push(reason)
    return `– (${reasons.indexOf(reason) + 1})`
  }
  const rows = Object.entries(channelScenarios).flatMap(([part, scenarios]) => [
    [`**${part}**`, ...channels.map(() => '')],
    ...scenarios.map(({ key, promise }) => [
      promise,
      ...channels.map((channel) => cell(channel, key)),
    ]),
  ])
  const table = [['', ...channels.map(({ name }) => name)], ...rows]
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths?.[column] ?? 0)).join(' | ')} |`
  const [header = [], ...body] = table
  const ruler = `| ${(widths ?? []).map((width) => '-'.repeat(width)).join(' | ')} |`
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`)
  return `${[line(header), ruler, ...body.map(line)].join('\n')}\n\n${notes.join('\n')}\n`
}
