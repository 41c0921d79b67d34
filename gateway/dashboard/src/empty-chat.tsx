import { Logo } from './logo.tsx'
import './empty-chat.css'

/** What a chat without messages says. */
export function EmptyChat() {
  return (
    <div className="empty-chat">
      <Logo size={56} />
      <p className="empty-chat-lead">
        This is your line to the agent: write a message or drop a file, and the answer appears here,
        even if you close the page in between.
      </p>
      <p className="empty-chat-hint">
        Type <kbd>/</kbd> to see the commands.
      </p>
    </div>
  )
}
