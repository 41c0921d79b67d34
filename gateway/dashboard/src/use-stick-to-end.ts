import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const nearEndPx = 64

/**
 * Keeps a scrolling list at its end while the reader is there, and leaves it alone while they read further up:
 * then new lines are only flagged, and older ones put above do not move what is being read.
 */
export function useStickToEnd(list: {
  readonly firstId: string | undefined
  readonly lastId: string | undefined
  /** Whether the last line is the reader's own. */
  readonly isOwn: boolean
  /** The reader's newest line on its way; a change brings the end into view. */
  readonly sending: string | undefined
}): {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly content: RefObject<HTMLDivElement | null>
  readonly isAtEnd: boolean
  readonly hasNew: boolean
  readonly onScroll: () => void
  readonly toEnd: () => void
} {
  const { firstId, lastId, isOwn, sending } = list
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const sticks = useRef(true)
  const before = useRef({ firstId, lastId, fromEnd: 0 })
  const [isAtEnd, setAtEnd] = useState(true)
  const [hasNew, setHasNew] = useState(false)

  const toEnd = useCallback(() => {
    sticks.current = true
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
    setAtEnd(true)
    setHasNew(false)
  }, [])

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (!element) return
    const fromEnd = element.scrollHeight - element.scrollTop
    before.current.fromEnd = fromEnd
    sticks.current = fromEnd - element.clientHeight < nearEndPx
    setAtEnd(sticks.current)
    if (sticks.current) setHasNew(false)
  }, [])

  useLayoutEffect(() => {
    const element = scroller.current
    const was = before.current
    if (!element || (was.firstId === firstId && was.lastId === lastId)) return
    const isPrepended = was.lastId === lastId && was.firstId !== undefined
    before.current = { firstId, lastId, fromEnd: was.fromEnd }
    if (sticks.current) element.scrollTop = element.scrollHeight
    else if (isPrepended) element.scrollTop = element.scrollHeight - was.fromEnd
    else if (!isOwn) setHasNew(true)
  }, [firstId, lastId, isOwn])

  useLayoutEffect(() => {
    if (sending !== undefined) toEnd()
  }, [sending, toEnd])

  useEffect(() => {
    const element = scroller.current
    if (!element || !content.current) return
    // Pictures that load, an answer that grows, a keyboard that opens: all move the end.
    const observer = new ResizeObserver(() => {
      if (sticks.current) element.scrollTop = element.scrollHeight
      else before.current.fromEnd = element.scrollHeight - element.scrollTop
    })
    observer.observe(element)
    observer.observe(content.current)
    return () => observer.disconnect()
  }, [])

  return { scroller, content, isAtEnd, hasNew, onScroll, toEnd }
}
