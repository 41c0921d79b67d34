import { useEffect, useState } from 'react'
import { fetchStatus } from './api.ts'
import { Logo } from './logo.tsx'
import './empty-chat.css'

/** What a chat without messages says, and what keeps its agent from real answers, if anything does. */
export function EmptyChat() {
  const [hint, setHint] = useState<string | undefined>()
  useEffect(() => {
    fetchStatus().then(
      ({ agent }) => setHint(agent.hint),
      // The connection has a banner of its own.
      () => undefined,
    )
  }, [])
  return (
    <div className="empty-chat">
      <Logo size={56} />
      <p className="empty-chat-lead">
        This is your line to the agent: write a message or drop a file, and the answer appears here,
        even if you close the page in between.
      </p>
      {hint !== undefined && (
        <p className="empty-chat-warning" role="note">
          {hint}
        </p>
      )}
      <p className="empty-chat-hint">
        Type <kbd>/</kbd> to see the commands.
      </p>
    </div>
  )
}
