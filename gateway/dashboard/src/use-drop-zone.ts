import { type RefObject, useEffect, useRef, useState } from 'react'

/** Takes files dropped on an element; true while some hover over it. */
export function useDropZone(
  zone: RefObject<HTMLElement | null>,
  onDrop: (files: readonly File[]) => void,
): boolean {
  const [isOver, setOver] = useState(false)
  const latest = useRef(onDrop)
  latest.current = onDrop

  useEffect(() => {
    const element = zone.current
    if (!element) return
    const ended = new AbortController()
    const on = (
      type: 'dragenter' | 'dragover' | 'dragleave' | 'drop',
      handle: (event: DragEvent) => void,
    ) =>
      element.addEventListener(
        type,
        (event) => {
          if (!event.dataTransfer?.types.includes('Files')) return
          event.preventDefault()
          handle(event)
        },
        { signal: ended.signal },
      )
    on('dragenter', () => setOver(true))
    on('dragover', () => setOver(true))
    on('dragleave', (event) => {
      const isInside = event.relatedTarget instanceof Node && element.contains(event.relatedTarget)
      if (!isInside) setOver(false)
    })
    on('drop', (event) => {
      setOver(false)
      latest.current([...(event.dataTransfer?.files ?? [])])
    })
    return () => ended.abort()
  }, [zone])

  return isOver
}
