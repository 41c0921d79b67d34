/**
 * The markdown parser is quadratic in a few shapes that no person writes, so these are counted first. Measured on one
 * core: 2,000 short lists in a row take 1 s and 8,000 take 15 s, 13,000 times `_a*` take 23 s, and 2,500 `>` overflow
 * the stack.
 */

/** Deepest nesting of quotes and lists on one line. */
const maxDepth = 24
/** Emphasis runs and brackets in one stretch of text without a blank line, outside of code. */
const maxMarks = 1_000
/** Lists, quotes and underlined headings begun (at every depth), times lines: 4 million are about 0.4 s. */
const maxContainerLines = 4_000_000
const maxDefinitions = 1_000

/** Tells whether parsing `text` takes time in proportion to its length. Linear itself; when in doubt it says no. */
export function isParseable(text: string): boolean {
  let fence: string | undefined
  let marks = 0
  let lines = 0
  let containers = 0
  let definitions = 0
  let wasContainer = false
  for (const line of linesOf(text)) {
    lines += 1
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined
      continue
    }
    fence = openedFence(line)
    marks = line.trim() === '' ? 0 : marks + countMarks(line)
    const depth = containerDepth(line)
    if ((depth > 0 && !wasContainer) || isUnderline(line)) containers += 1
    containers += Math.max(0, depth - 1)
    wasContainer = depth > 0
    if (isDefinition(line)) definitions += 1
    if (depth > maxDepth || marks > maxMarks || definitions > maxDefinitions) return false
    if (containers * lines > maxContainerLines) return false
  }
  return containers * lines <= maxContainerLines
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start)
    yield text.slice(start, end < 0 ? text.length : end)
    if (end < 0) return
    start = end + 1
  }
}

/** Only fences in the first column: further in they may belong to a list item, which ends without closing them. */
function openedFence(line: string): string | undefined {
  return /^(`{3,})[^`]*$/.exec(line)?.[1] ?? /^(~{3,}|\${2,}(?=[^$]*$))/.exec(line)?.[1]
}

function closesFence(line: string, fence: string): boolean {
  const mark = line.trim()
  const indent = line.length - line.trimStart().length
  return indent < 4 && mark.length >= fence.length && mark === fence.charAt(0).repeat(mark.length)
}

function countMarks(line: string): number {
  let count = 0
  let previous = 0
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index)
    if (isBracket(code) || (isDelimiter(code) && code !== previous)) count += 1
    previous = code
  }
  return count
}

const isBracket = (code: number) => code === 0x5b || code === 0x5d
const isDelimiter = (code: number) => code === 0x2a || code === 0x5f || code === 0x7e

function containerDepth(line: string): number {
  const lead = /^(?:[ \t]*(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)))+/.exec(line)?.[0] ?? ''
  return lead.match(/[>\-+*]|\d+/g)?.length ?? 0
}

const isUnderline = (line: string) => /^[ \t]*(?:=+|-+)[ \t]*$/.test(line)
const isDefinition = (line: string) => /^[ \t>]*\[[^\]]*\]:/.test(line)
