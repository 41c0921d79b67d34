import { useEffect, useState } from 'react'
import { formatTime } from '../format.ts'

const tickMs = 5_000

/** How long a question is still open. */
export function TimeLeft({ until }: { readonly until: string }) {
  const at = new Date(until)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    let timer = setTimeout(tick, tickMs)
    function tick() {
      setNow(Date.now())
      timer = setTimeout(tick, tickMs)
    }
    return () => clearTimeout(timer)
  }, [])
  return (
    <time className="question-left" dateTime={until} title={`Until ${formatTime(at)}`}>
      {formatLeft(at.getTime() - now)}
    </time>
  )
}

function formatLeft(ms: number): string {
  if (ms <= 0) return 'expired'
  if (ms < 60_000) return 'less than a minute left'
  const minutes = Math.ceil(ms / 60_000)
  if (minutes < 90) return minutes === 1 ? '1 minute left' : `${minutes} minutes left`
  return `${Math.round(minutes / 60)} hours left`
}
