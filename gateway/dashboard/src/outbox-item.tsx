import { UnstyledButton } from '@mantine/core'
import { FileChip } from './file-chip.tsx'
import type { OutboxEntry } from './outbox.ts'
import './message-item.css'

/** A message of the reader that the gateway has not confirmed yet. */
export function OutboxItem(props: {
  readonly entry: OutboxEntry
  readonly onRetry: () => void
  readonly onDiscard: () => void
}) {
  const { entry } = props
  return (
    <article className="message message-user message-last" aria-label="You, not sent yet">
      <div className="message-bubble">
        {entry.text !== '' && <p className="message-text">{entry.text}</p>}
        {entry.files.length > 0 && (
          <div className="message-files">
            {entry.files.map((file) => (
              <FileChip key={`${file.name} ${file.lastModified}`} file={file} />
            ))}
          </div>
        )}
      </div>
      {entry.state === 'sending' ? (
        <p className="message-meta" role="status">
          Sending …
        </p>
      ) : (
        <div className="message-meta">
          <span className="message-bad" role="alert">
            Not sent. {entry.reason}
          </span>
          <UnstyledButton className="message-action" onClick={props.onRetry}>
            Try again
          </UnstyledButton>
          <UnstyledButton className="message-action" onClick={props.onDiscard}>
            Discard
          </UnstyledButton>
        </div>
      )}
    </article>
  )
}
