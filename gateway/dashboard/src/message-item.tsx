import { memo } from 'react'
import type { Message, RunState } from './api.ts'
import { AttachmentView } from './attachment-view.tsx'
import { formatMoment, formatTime } from './format.ts'
import { MessageButtons } from './message-buttons.tsx'
import { RichText } from './rich-text.tsx'
import './message-item.css'

const authors: Readonly<Record<Message['role'], string>> = {
  user: 'You',
  agent: 'Jackdaw',
  notice: 'Notice',
}

/** What a person wants to know of their message's run; what needs no word has none. */
const stateWords: Readonly<Record<RunState, string | null>> = {
  queued: 'Queued',
  running: null,
  waiting: 'Waiting for your decision',
  completed: null,
  failed: 'Failed',
  cancelled: 'Stopped',
  superseded: 'Answered with a later message',
}

type MessageItemProps = {
  readonly message: Message
  /** Whether the author or the time changes after this one. */
  readonly endsGroup: boolean
  readonly onPress: (data: string) => Promise<void>
}

/** One message of the history. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  const { message, endsGroup } = props
  const at = new Date(message.at)
  const word = message.role === 'user' && message.state !== null ? stateWords[message.state] : null
  return (
    <article
      className={`message message-${message.role}${endsGroup ? ' message-last' : ''}`}
      aria-label={`${authors[message.role]}, ${formatTime(at)}`}
    >
      <div className="message-bubble">
        {message.html !== null ? (
          <RichText html={message.html} />
        ) : (
          message.text !== '' && <p className="message-text">{message.text}</p>
        )}
        {message.attachments.length > 0 && (
          <div className="message-files">
            {message.attachments.map((attachment) => (
              <AttachmentView key={attachment.url} attachment={attachment} />
            ))}
          </div>
        )}
        <MessageButtons rows={message.buttons} onPress={props.onPress} />
      </div>
      {(endsGroup || word !== null) && (
        <p className="message-meta">
          {word !== null && (
            <span className={message.state === 'failed' ? 'message-bad' : ''}>{word}</span>
          )}
          <time dateTime={message.at} title={formatMoment(at)}>
            {formatTime(at)}
          </time>
        </p>
      )}
    </article>
  )
})
