import type { Span, StyledText } from './styled-text.ts'

/** A stretch of text under the same spans throughout, the outermost first. In UTF-16 units, `end` exclusive. */
export type StyleRun = {
  readonly start: number
  readonly end: number
  readonly spans: readonly Span[]
}

/** Cuts a text where a span begins or ends. The runs are in order and cover all of it. Linear, given nested spans. */
export function styleRuns({ text, spans }: StyledText): readonly StyleRun[] {
  const runs: StyleRun[] = []
  let open: readonly Span[] = []
  let position = 0
  const advance = (to: number) => {
    if (to > position) runs.push({ start: position, end: to, spans: open })
    position = Math.max(position, to)
  }
  const close = (until: number) => {
    for (let inner = open.at(-1); inner !== undefined && inner.end <= until; inner = open.at(-1)) {
      advance(inner.end)
      open = open.slice(0, -1)
    }
  }
  for (const span of spans) {
    close(span.start)
    advance(span.start)
    open = [...open, span]
  }
  close(text.length)
  advance(text.length)
  return runs
}

/** Whether one style may go on where the other ends. */
export function isSameStyle(a: Span | undefined, b: Span | undefined): boolean {
  if (a === undefined || b === undefined || a.style !== b.style) return false
  return a.style !== 'link' || b.style !== 'link' || a.url === b.url
}
