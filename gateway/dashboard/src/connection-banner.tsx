import { UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Connection } from './use-chat.ts'
import './connection-banner.css'

/** Says that the page is cut off, and that nothing written meanwhile is lost. Empty while all is well. */
export function ConnectionBanner(props: {
  readonly connection: Connection
  readonly onRetry: () => void
}) {
  const isOnline = useOnline()
  const text =
    props.connection === 'lost'
      ? isOnline
        ? 'Connection lost. Trying again …'
        : 'You are offline. Messages are sent when the network is back.'
      : null
  return (
    <div className="connection-banner" role="status">
      {text !== null && (
        <div className="connection-banner-line">
          <span>{text}</span>
          {isOnline && (
            <UnstyledButton className="connection-banner-retry" onClick={props.onRetry}>
              Try now
            </UnstyledButton>
          )}
        </div>
      )}
    </div>
  )
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const update = () => setOnline(navigator.onLine)
    addEventListener('online', update)
    addEventListener('offline', update)
    return () => {
      removeEventListener('online', update)
      removeEventListener('offline', update)
    }
  }, [])
  return isOnline
}
