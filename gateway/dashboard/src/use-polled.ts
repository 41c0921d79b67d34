import { useCallback, useEffect, useRef, useState } from 'react'
import { explain } from './explain.ts'

/** What was asked for last; `problem` says why that is old, or missing. */
export type Polled<T> = {
  readonly data: T | null
  readonly problem: string | null
  /** Asks now; resolves once the answer, or its lack, is shown. */
  readonly reload: () => Promise<void>
}

/**
 * Asks again and again while somebody looks, one question at a time, and at once when they come back. `load` must keep
 * its identity for as long as it asks for the same.
 */
export function usePolled<T>(
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'reload'>>({ data: null, problem: null })
  const ask = useRef(async (): Promise<void> => undefined)

  useEffect(() => {
    const end = new AbortController()
    let timer: number | undefined
    let turn = 0
    ask.current = async () => {
      const mine = ++turn
      window.clearTimeout(timer)
      const found = await load(end.signal).then(
        (data) => ({ data, problem: null }),
        (error: unknown) => ({ problem: explain(error) }),
      )
      // An answer to an older question would take back what is known by now.
      if (end.signal.aborted || mine !== turn) return
      setState((had) => ({ ...had, ...found }))
      timer = window.setTimeout(tick, everyMs)
    }
    const tick = () => {
      if (document.visibilityState === 'visible') void ask.current()
    }
    void ask.current()
    document.addEventListener('visibilitychange', tick)
    return () => {
      end.abort()
      window.clearTimeout(timer)
      document.removeEventListener('visibilitychange', tick)
    }
  }, [load, everyMs])

  const reload = useCallback(() => ask.current(), [])
  return { ...state, reload }
}
